import Alignment
import Assurance
import LanguageModels
import Storage

/// A stream head with the model whose states it reads, as a file holds it.
public struct StoredHead: Sendable, Hashable {
    /// What the head was trained on.
    public struct Training: Sendable, Hashable {
        /// The world, or SHA-256 of the file of rows.
        public var source: String
        /// Rows that were learned from, and unsafe ones in which no boundary was found.
        public var rows, leftOut: Int
        /// Continuations of a beginning; 0 where none was needed.
        public var rollouts: Int
        /// Of rows, roll-outs, weights and order.
        public var seed: UInt64

        /// Tells of a training.
        public init(source: String, rows: Int, leftOut: Int, rollouts: Int, seed: UInt64) {
            (self.source, self.rows, self.leftOut) = (source, rows, leftOut)
            (self.rollouts, self.seed) = (rollouts, seed)
        }
    }

    /// Categories of replies, in the order of the logits.
    public static let replyCategories = GuardCategory.allCases.filter { $0 != .none && $0 != .jailbreak }
    /// Categories of prompts.
    public static let promptCategories = GuardCategory.allCases.filter { $0 != .none }

    /// Its numbers.
    public let head: TrainedHead
    /// What identifies the model, as `ModelFile.identity` tells it.
    public let model: String
    /// How it was trained.
    public let training: Training

    /// Binds a head to a model.
    public init(_ head: TrainedHead, model: String, training: Training) {
        precondition(head.inputs.isMultiple(of: head.reading.states), "a head that reads part of a state")
        (self.head, self.model, self.training) = (head, model, training)
    }

    /// Numbers of a state.
    public var hidden: Int { head.inputs / head.reading.states }

    /// Checks that the head reads the states of a model, and of no other.
    ///
    /// - Parameters:
    ///   - file: the model.
    ///   - path: of the head, for the message.
    /// - Throws: `HeadError`; `StorageError`.
    public func check(_ file: ModelFile, path: String) throws {
        guard try file.identity() == model, hidden == file.description.hidden else {
            throw HeadError(
                "\(path): reads the states of another model than \(file.path). Name the model that it was trained on, or train one by \"saferl guard train-head\"."
            )
        }
    }
}

extension StoredHead {
    /// The format that is written.
    public static let format = 1

    private static let kind = SealedTensors.Kind(
        key: "saferl.stream_head", member: "head", format: format, name: "stream head", short: "head",
        command: "guard train-head", fault: { HeadError($0) })
    private static let keys = [
        "head", "model", "reads", "epsilon", "source", "rows", "left_out", "rollouts", "seed", "tensors",
        "seal",
    ]

    /// The towers' numbers under the names of Qwen3Guard's checkpoints.
    private var tensors: [(name: String, rows: [[Double]])] {
        func reader(_ place: Int, _ prefix: String) -> [(String, [[Double]])] {
            guard !head.readers.isEmpty else { return [] }
            let reader = head.readers[place]
            return [(prefix + "reader.weight", reader.weight), (prefix + "reader.bias", [reader.bias])]
        }
        func tower(_ tower: StreamTower, _ prefix: String) -> [(String, [[Double]])] {
            [
                (prefix + "risk_level_category_pre.weight", tower.pre),
                (prefix + "risk_level_category_layernorm.weight", [tower.norm]),
                (prefix + "risk_level_head.weight", tower.risk),
                (prefix + "category_head.weight", tower.category),
            ]
        }
        return reader(0, "") + tower(head.towers.response, "") + reader(1, "query_")
            + tower(head.towers.prompt, "query_")
    }

    /// The file: safetensors in single precision, whose header holds the rest as sealed JSON; equal heads give equal bytes.
    public var bytes: [UInt8] {
        // A norm is a list, as in the checkpoints.
        let stored = tensors.map { name, rows in
            (
                name, rows.count == 1 ? [rows[0].count] : [rows.count, rows[0].count],
                rows.joined().map(Float.init)
            )
        }
        let data = stored.flatMap { TensorBytes.bytes($0.2) }
        let facts = JSONValue.object([
            ("head", .integer(Self.format)), ("model", .text(model)), ("reads", .text(head.reading.rawValue)),
            ("epsilon", .number(head.towers.epsilon)),
            ("source", .text(training.source)), ("rows", .integer(training.rows)),
            ("left_out", .integer(training.leftOut)), ("rollouts", .integer(training.rollouts)),
            ("seed", .integer(training.seed)), ("tensors", .text(SHA256.hexadecimal(of: data))),
        ])
        var file = TensorBytes(Self.kind.key, Seal.sealing(facts.compact))
        for (name, shape, numbers) in stored { file.add(name, "F32", shape, numbers) }
        return file.file
    }

    /// Whether a file is a stream head, or may claim to be one: safetensors that are no filter of prompts.
    public static func isHead(_ path: String) -> Bool {
        SealedTensors.isTensors(path) && !DecoderFilter.isFilter(path)
    }

    /// Reads a file.
    ///
    /// - Throws: `HeadError` where it is no head, or not as it was written; `StorageError`, `SafetensorsError`.
    public init(contentsOf path: String) throws {
        self = try SealedTensors(Self.kind, contentsOf: path).contents(Self.read, written: \.bytes)
    }

    /// The head of a file; nothing where anything is missing, too much, or of the wrong kind.
    private static func read(_ value: JSONValue, _ file: SafetensorsFile) throws -> StoredHead? {
        guard value.members?.map(\.key) == keys, let model = value["model"]?.string,
            let reading = value["reads"]?.string.flatMap(HeadReading.init(rawValue:)),
            let epsilon = value["epsilon"]?.number?.double, epsilon > 0, epsilon.isFinite,
            let source = value["source"]?.string, let rows = value["rows"]?.number?.int,
            let leftOut = value["left_out"]?.number?.int, let rollouts = value["rollouts"]?.number?.int,
            let seed = value["seed"]?.number?.uint64,
            let response = try tower("", replyCategories.count, file),
            let prompt = try tower("query_", promptCategories.count, file),
            let readers = try readers(file)
        else { return nil }
        let head = TrainedHead(
            reading, readers: readers,
            towers: StreamHead(response: response, prompt: prompt, epsilon: epsilon))
        guard head.inputs.isMultiple(of: reading.states),
            readers.isEmpty
                ? response.pre[0].count == prompt.pre[0].count
                : readers[0].weight[0].count == readers[1].weight[0].count
                    && response.pre[0].count == readers[0].bias.count
                    && prompt.pre[0].count == readers[1].bias.count
        else { return nil }
        return StoredHead(
            head, model: model,
            training: Training(
                source: source, rows: rows, leftOut: leftOut, rollouts: rollouts, seed: seed))
    }

    private static func readers(_ file: SafetensorsFile) throws -> [HeadReader]? {
        guard file.names.contains("reader.weight") else { return [] }
        let readers = try ["", "query_"].compactMap { prefix -> HeadReader? in
            guard let weight = try matrix(prefix + "reader.weight", file),
                let bias = try matrix(prefix + "reader.bias", file), bias.count == 1,
                weight.count == bias[0].count
            else { return nil }
            return HeadReader(weight: weight, bias: bias[0])
        }
        return readers.count == 2 ? readers : nil
    }

    private static func matrix(_ name: String, _ file: SafetensorsFile) throws -> [[Double]]? {
        let shape = try file.shape(of: name)
        let numbers = try file.floats(name)
        guard 1...2 ~= shape.count, !numbers.isEmpty, numbers.allSatisfy(\.isFinite),
            let columns = shape.last
        else { return nil }
        return stride(from: 0, to: numbers.count, by: columns).map {
            numbers[$0..<$0 + columns].map(Double.init)
        }
    }

    private static func tower(_ prefix: String, _ categories: Int, _ file: SafetensorsFile) throws
        -> StreamTower?
    {
        func matrix(_ name: String) throws -> [[Double]]? { try Self.matrix(prefix + name, file) }
        guard let pre = try matrix("risk_level_category_pre.weight"),
            let norm = try matrix("risk_level_category_layernorm.weight"), norm.count == 1,
            let risk = try matrix("risk_level_head.weight"),
            let category = try matrix("category_head.weight"), pre.count == norm[0].count,
            risk.count == GuardLabel.allCases.count, category.count == categories,
            (risk + category).allSatisfy({ $0.count == pre.count })
        else { return nil }
        return StreamTower(pre: pre, norm: norm[0], risk: risk, category: category)
    }
}
