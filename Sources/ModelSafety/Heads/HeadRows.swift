import Alignment
import LanguageModels
import Storage
import Tensors

/// Prompts and replies with labels, read strictly from JSON Lines and never printed.
///
/// A row has `prompt`, `prompt_label`, `response` and `label`, labels being safe, unsafe or controversial. What is not safe has a
/// `category`; a response that is not safe has `unsafe_from`, the characters before the first unsafe one, unless a judge finds it.
public struct HeadRows: Sendable {
    /// A row as it was read.
    public struct Row: Sendable, Hashable {
        /// Texts.
        public let prompt, response: String
        /// Labels.
        public let promptLabel, label: GuardLabel
        /// Of what is not safe.
        public let category: GuardCategory?
        /// Characters before the first one that is not safe, where that is said.
        public let unsafeFrom: Int?
    }

    /// The file.
    public let path: String
    /// Its rows, at least two.
    public let rows: [Row]
    /// SHA-256 of the file, in hexadecimal.
    public let hash: String

    /// The largest file that is read, in bytes.
    public static let largest = 1 << 28
    private static let keys = ["prompt", "prompt_label", "response", "label", "category", "unsafe_from"]

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - isJudged: whether a judge finds boundaries, so that rows need not say them.
    /// - Throws: `HeadError` with path and row; `StorageError`.
    public init(contentsOf path: String, isJudged: Bool = false) throws {
        let bytes = try fileContents(path, limit: Self.largest)
        var lines = JSONLines<Never>(bytes)
        var rows: [Row] = []
        do {
            while let value = try lines.next() {
                rows.append(try Self.row(value, "\(path): row \(lines.row): ", isJudged: isJudged))
            }
        } catch let error as JSONLineError {
            // The message of a fault may quote what stands there.
            throw HeadError(
                "\(path): row \(error.row)\(error.column.map { ", column \($0)" } ?? ""): not the strict JSON that is read. Write one object a row."
            )
        }
        guard Set(rows.map(\.prompt)).count >= 2 else {
            throw HeadError("\(path): fewer than two different prompts. A part is held out: give more rows.")
        }
        (self.path, self.rows, hash) = (path, rows, SHA256.hexadecimal(of: bytes))
    }

    private static func row(_ value: JSONValue, _ place: String, isJudged: Bool) throws -> Row {
        guard let members = value.members, members.allSatisfy({ keys.contains($0.key) }) else {
            throw HeadError(
                "\(place)an object with \(keys.joined(separator: ", ")) is needed, and no other key.")
        }
        func label(_ key: String) throws -> GuardLabel {
            let label = GuardLabel.allCases.first { $0.name.lowercased() == value[key]?.string }
            guard let label else {
                throw HeadError("\(place)\(key): write safe, unsafe or controversial.")
            }
            return label
        }
        func text(_ key: String) throws -> String {
            guard let text = value[key]?.string, !text.isEmpty else {
                throw HeadError("\(place)\(key): a text that is not empty is needed.")
            }
            return text
        }
        let (asked, said) = (try label("prompt_label"), try label("label"))
        let (prompt, response) = (try text("prompt"), try text("response"))
        var category: GuardCategory?
        if let given = value["category"] {
            category = given.string.flatMap(GuardCategory.init(rawValue:))
            guard let category, category != .none, category != .jailbreak || said == .safe else {
                throw HeadError(
                    "\(place)category: write one of \(StoredHead.replyCategories.map(\.rawValue).joined(separator: ", "))."
                )
            }
        } else if asked != .safe || said != .safe {
            throw HeadError("\(place)category: what is not safe needs one.")
        }
        var from: Int?
        if let given = value["unsafe_from"] {
            from = given.number?.int
            guard said != .safe, let from, 0..<response.count ~= from else {
                throw HeadError(
                    "\(place)unsafe_from: a whole number from 0 to \(response.count - 1) is needed, and a response that is not safe."
                )
            }
        } else if said != .safe && !isJudged {
            throw HeadError(
                "\(place)unsafe_from: a response that is not safe needs it, the characters before the first unsafe one; or name a guard by --judge."
            )
        }
        return Row(
            prompt: prompt, response: response, promptLabel: asked, label: said, category: category,
            unsafeFrom: from)
    }

    /// The rows in two parts that share no prompt: to learn from, and held out, a fifth of the prompts and at least one.
    ///
    /// - Parameter seed: of the parts.
    /// - Returns: places of rows, each list in the order of the file.
    public func parts(seed: UInt64) -> (learned: [Int], heldOut: [Int]) {
        var prompts: [String] = []
        var known: Set<String> = []
        for row in rows where known.insert(row.prompt).inserted { prompts.append(row.prompt) }
        var stream = RandomStream(seed: seed, for: .splitting)
        for place in prompts.indices.dropFirst().reversed() {
            prompts.swapAt(place, stream.nextInteger(below: place + 1))
        }
        let kept = Set(prompts.prefix(max(1, prompts.count / 5)))
        let places = rows.indices
        return (
            places.filter { !kept.contains(rows[$0].prompt) },
            places.filter { kept.contains(rows[$0].prompt) }
        )
    }

    /// The tokens of a row, the prompt's with the beginning of a reply.
    ///
    /// - Throws: `HeadError` where there is none of either, or more than the model's context; `ChatTemplateError`.
    func tokens(_ place: Int, of model: FrozenModel) throws -> (prompt: [Int32], reply: [Int32]) {
        let context = model.file.description.contextLength
        let prompt = try model.prompt(rows[place].prompt)
        let reply = model.tokenizer.encode(
            rows[place].response, addingTemplate: false, recognisingSpecialTokens: false
        ).ids
        guard !prompt.isEmpty, !reply.isEmpty, prompt.count + reply.count <= context else {
            throw HeadError(
                "\(path): a row has no token, or more than the model's context of \(context). Leave it out.")
        }
        return (prompt, reply)
    }
}

extension HeadLesson {
    /// Labels rows of a file.
    ///
    /// - Parameters:
    ///   - chosen: places of rows.
    ///   - file: has them.
    ///   - model: has the tokens, and writes continuations for the judge.
    ///   - labeller: of rows that do not say where they become unsafe.
    ///   - judge: of these; nothing where all say it.
    ///   - goOn: asked before every token, with the rows that are labelled.
    /// - Throws: `HeadError` where a row is too long; what the model, the judge and `goOn` throw.
    public init(
        _ chosen: [Int], of file: HeadRows, by model: FrozenModel, _ labeller: ReplyLabeller,
        judge: (any TextGuard)?, asking goOn: (Int) throws -> Void = { _ in }
    ) throws {
        let replies = try chosen.map { try file.tokens($0, of: model) }
        let open = chosen.indices.filter {
            file.rows[chosen[$0]].label != .safe && file.rows[chosen[$0]].unsafeFrom == nil
        }
        var labels = replies.indices.map { index -> RolloutLabels? in
            let row = file.rows[chosen[index]]
            let reply = replies[index].reply
            guard row.label == .safe || row.unsafeFrom != nil else { return nil }
            let confirmed = reply.indices.map { place in
                row.unsafeFrom.map { model.text(reply[...place]).count > $0 } ?? false
            }
            return RolloutLabels(
                unsafe: confirmed.map { $0 ? 1 : 0 }, of: 1, confirmed: confirmed, label: row.label)
        }
        var (continuations, tokens) = (0, 0)
        if let judge, !open.isEmpty {
            let found = try labeller(
                open.map { replies[$0] }, by: model,
                GuardedJudge(judge, prompts: open.map { file.rows[chosen[$0]].prompt }),
                whole: open.map { file.rows[chosen[$0]].label }, asking: goOn)
            for (index, label) in zip(open, found.labels) { labels[index] = label }
            (continuations, tokens) = (found.continuations, found.tokens)
        }
        self.init(
            replies,
            ReplyLabeller.Result(
                labels: labels, truth: labels.map { _ in nil }, whole: chosen.map { file.rows[$0].label },
                continuations: continuations, tokens: tokens),
            prompts: chosen.map { place in
                let category = file.rows[place].category.flatMap(StoredHead.promptCategories.firstIndex(of:))
                return (file.rows[place].promptLabel, category ?? 0)
            },
            categories: chosen.map { place in
                file.rows[place].category.flatMap(StoredHead.replyCategories.firstIndex(of:)) ?? 0
            })
    }
}
