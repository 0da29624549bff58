import Storage

/// A question with options, one of which is right.
public struct Question: Sendable, Hashable {
    /// The text in front of the options.
    public let question: String
    /// At least two, at most 26, all different.
    public let options: [String]
    /// Index of the right one.
    public let answer: Int
    /// What it is about; may be empty.
    public let categories: [String]
    /// How hard it is, as the suite calls it.
    public let level: String?
    /// Why the answer is right.
    public let explanation: String?

    /// Reads a row of a suite: `question`, `options` and `answer` from 0, or the layout of LabSafety Bench, whose options stand in
    /// the question.
    ///
    /// - Throws: `SuiteError` with the key.
    init(_ row: JSONValue) throws {
        guard let members = row.members else { throw SuiteError("\(row.kind) where a question is needed.") }
        let isHub = row["Question"] != nil && row["question"] == nil
        let keys = isHub ? Self.hubKeys : Self.keys
        for member in members where !keys.contains(member.key) {
            throw SuiteError(
                "\(oneLine(member.key)): unknown key. \(suggestion(for: member.key, among: keys, called: "keys"))"
            )
        }
        if isHub { try self.init(hub: row) } else { try self.init(neutral: row) }
    }

    private static let keys = ["question", "options", "answer", "category", "level", "explanation", "row"]
    private static let hubKeys = [
        "Question", "Explanation", "Correct Answer", "Category", "Topic", "Level", "Image Path", "row",
    ]

    private init(neutral row: JSONValue) throws {
        question = try Self.text("question", of: row)
        guard let elements = row["options"]?.elements else {
            throw SuiteError("options: a list of texts is needed.")
        }
        options = try Self.checked(elements.map(\.string))
        guard let answer = row["answer"]?.number?.int, options.indices.contains(answer) else {
            throw SuiteError(
                "answer: a whole number from 0 to \(options.count - 1) is needed, the right option's index.")
        }
        self.answer = answer
        categories = try Self.texts("category", of: row)
        level = try Self.optionalText("level", of: row)
        explanation = try Self.optionalText("explanation", of: row)
    }

    private init(hub row: JSONValue) throws {
        if let path = row["Image Path"], path.content != .null, path.string != "" {
            throw SuiteError(
                "Image Path: the question shows a picture, which no model here reads. Leave such rows out.")
        }
        let parts = try Self.parts(of: Self.text("Question", of: row))
        (question, options) = (parts.question, try Self.checked(parts.options))
        let letter = try Self.text("Correct Answer", of: row)
        let letters = options.indices.map { String(LetterReader.letter($0)) }
        guard let answer = letters.firstIndex(of: letter) else {
            throw SuiteError("Correct Answer: one of \(letters.joined(separator: ", ")) is needed.")
        }
        self.answer = answer
        categories = try Self.texts("Category", of: row)
        level = try Self.optionalText("Level", of: row)
        explanation = try Self.optionalText("Explanation", of: row)
    }

    /// The question and its options, which begin lines with `A:`, `A.` or `A)`, in order.
    private static func parts(of text: String) throws -> (question: String, options: [String]) {
        var lines: [String] = []
        var options: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let trimmed = line.drop(while: \.isWhitespace)
            let isNext =
                options.count < 26 && trimmed.first == LetterReader.letter(options.count)
                && trimmed.dropFirst().first.map { ":.)".contains($0) } ?? false
            if isNext {
                options.append(String(trimmed.dropFirst(2)))
            } else if options.isEmpty {
                lines.append(String(line))
            } else {
                options[options.count - 1] += "\n" + line
            }
        }
        let question = trimmed(lines.joined(separator: "\n"))
        guard !question.isEmpty, options.count >= 2 else {
            throw SuiteError(
                "Question: no options in it. They stand on lines of their own behind the question, \"A: …\", \"B: …\" and so on."
            )
        }
        return (question, options.map(trimmed))
    }

    private static func trimmed(_ text: String) -> String {
        let rest = text.drop(while: \.isWhitespace)
        return String(rest.reversed().drop(while: \.isWhitespace).reversed())
    }

    private static func checked(_ options: [String?]) throws -> [String] {
        guard 2...26 ~= options.count else {
            throw SuiteError("options: \(options.count) of them, where 2 to 26 are needed.")
        }
        let texts = try options.map { option in
            guard let option, option.contains(where: { !$0.isWhitespace }) else {
                throw SuiteError("options: each is a text that is not blank.")
            }
            return option
        }
        if let double = texts.indices.first(where: { texts[..<$0].contains(texts[$0]) }) {
            throw SuiteError(
                "options: \(LetterReader.letter(double)) is the same as one before it. Give each option once."
            )
        }
        return texts
    }

    private static func text(_ key: String, of row: JSONValue) throws -> String {
        guard let text = row[key]?.string, text.contains(where: { !$0.isWhitespace }) else {
            throw SuiteError("\(key): a text that is not blank is needed.")
        }
        return text
    }

    private static func optionalText(_ key: String, of row: JSONValue) throws -> String? {
        guard let value = row[key], value.content != .null else { return nil }
        guard let text = value.string else { throw SuiteError("\(key): \(value.kind) where text is needed.") }
        return text
    }

    /// One text or a list of them.
    private static func texts(_ key: String, of row: JSONValue) throws -> [String] {
        guard let value = row[key], value.content != .null else { return [] }
        if let text = value.string { return [text] }
        let texts = value.elements?.compactMap(\.string)
        guard let texts, texts.count == value.elements?.count else {
            throw SuiteError("\(key): \(value.kind) where a text or a list of texts is needed.")
        }
        return texts
    }
}
