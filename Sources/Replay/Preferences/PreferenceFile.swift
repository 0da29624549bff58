import Storage

/// How much is read of a file of preferences.
public struct PreferenceLimits: Sendable {
    /// The longest row, in bytes.
    public var rowBytes: Int
    /// The most bytes of the whole file, after unpacking.
    public var bytes: Int
    /// The longest list, in bytes, where the file is one.
    public var listBytes: Int

    /// Makes limits.
    public init(rowBytes: Int = 1 << 22, bytes: Int = 1 << 32, listBytes: Int = 1 << 28) {
        (self.rowBytes, self.bytes, self.listBytes) = (rowBytes, bytes, listBytes)
    }
}

/// A file of preferences, prompts or demonstrations: JSON Lines, one object a row, or one list of objects; plain or gzip.
///
/// Fields that are not asked for are ignored. A row that is not what it must be is an error with its number; a sound row
/// that the reference implementation would not train on is left out and reported. An empty answer is an answer, in every
/// layout: a model may say nothing, and the end of saying nothing has its score.
public struct PreferenceFile: Sendable {
    /// Where it is.
    public let path: String
    /// How much is read.
    public let limits: PreferenceLimits

    /// Names a file.
    public init(_ path: String, limits: PreferenceLimits = PreferenceLimits()) {
        (self.path, self.limits) = (path, limits)
    }

    /// Rows in the columns of PKU-SafeRLHF: `prompt`, `response_0`, `response_1`, `better_response_id`,
    /// `safer_response_id`, `is_response_0_safe`, `is_response_1_safe`.
    ///
    /// Left out are rows whose safer answer is labelled unsafe while the other is safe, and rows with equal answers.
    ///
    /// - Throws: `PreferenceError`.
    public func safetyPairs() throws(PreferenceError) -> PreferenceRows<SafetyPreferencePair> {
        var result = PreferenceRows<SafetyPreferencePair>()
        try forEachRow { row throws(PreferenceError) in
            let answers = try [0, 1].map { (index) throws(PreferenceError) in
                SafetyPreferencePair.Answer(
                    try row.text("response_\(index)", mayBeEmpty: true),
                    isSafe: try row.flag("is_response_\(index)_safe"))
            }
            let pair = SafetyPreferencePair(
                Dialogue(try row.text("prompt")), answers,
                betterIndex: try row.choice("better_response_id"),
                saferIndex: try row.choice("safer_response_id"))
            if pair.isContradictory {
                result.reject(row.number, "the safer answer is labelled unsafe and the other safe")
            } else if answers[0].text == answers[1].text {
                result.reject(row.number, "both answers are equal")
            } else {
                result.append(pair, at: row.number)
            }
        }
        return result
    }

    /// Rows of hh-rlhf: `chosen` and `rejected`, whole dialogues.
    ///
    /// Left out are rows whose two dialogues do not share their prompt or do not end with an answer to the human, and
    /// rows with equal answers.
    ///
    /// - Throws: `PreferenceError`.
    public func dialoguePairs() throws(PreferenceError) -> PreferenceRows<PreferencePair> {
        var result = PreferenceRows<PreferencePair>()
        try forEachRow { row throws(PreferenceError) in
            let (chosen, rejected) = (try row.text("chosen"), try row.text("rejected"))
            guard let better = Dialogue.reading(chosen), let worse = Dialogue.reading(rejected) else {
                return result.reject(row.number, "a dialogue that does not end with an answer to the human")
            }
            if better.prompt != worse.prompt {
                result.reject(row.number, "the two dialogues have different prompts")
            } else if better.answer == worse.answer {
                result.reject(row.number, "both answers are equal")
            } else {
                result.append(
                    PreferencePair(better.prompt, better: better.answer, worse: worse.answer), at: row.number)
            }
        }
        return result
    }

    /// The prompts of rows with a `prompt`, each once, the last copy's place counting.
    ///
    /// - Throws: `PreferenceError`.
    public func prompts() throws(PreferenceError) -> [Dialogue] {
        var prompts: [Dialogue] = []
        try forEachRow { row throws(PreferenceError) in prompts.append(Dialogue(try row.text("prompt"))) }
        var seen: Set<Dialogue> = []
        return prompts.reversed().filter { seen.insert($0).inserted }.reversed()
    }

    /// Rows for supervised training: `instruction`, `input` (may be missing or empty) and `output`, or `prompt` and
    /// `response`.
    ///
    /// The input follows the instruction after a blank.
    ///
    /// - Throws: `PreferenceError`.
    public func demonstrations() throws(PreferenceError) -> [Demonstration] {
        var demonstrations: [Demonstration] = []
        try forEachRow { row throws(PreferenceError) in
            if row.has("prompt") {
                demonstrations.append(
                    Demonstration(
                        Dialogue(try row.text("prompt")), try row.text("response", mayBeEmpty: true)))
                return
            }
            let instruction = try row.text("instruction")
            let input = row.has("input") ? try row.text("input", mayBeEmpty: true) : ""
            demonstrations.append(
                Demonstration(
                    Dialogue(input.isEmpty ? instruction : instruction + " " + input),
                    try row.text("output", mayBeEmpty: true)))
        }
        return demonstrations
    }

    /// Rows of LLaMA-Factory: `conversations` before the answers, `chosen` and `rejected`, each turn with `from`
    /// (`human` or `gpt`) and `value`.
    ///
    /// Left out are rows with equal answers.
    ///
    /// - Throws: `PreferenceError`.
    public func conversationPairs() throws(PreferenceError) -> PreferenceRows<PreferencePair> {
        var result = PreferenceRows<PreferencePair>()
        try forEachRow { row throws(PreferenceError) in
            let prompt = try row.conversation("conversations")
            let (better, worse) = (try row.answer("chosen"), try row.answer("rejected"))
            if better == worse {
                result.reject(row.number, "both answers are equal")
            } else {
                result.append(PreferencePair(prompt, better: better, worse: worse), at: row.number)
            }
        }
        return result
    }

    /// Calls `body` with every row; a file without rows is an error.
    private func forEachRow(
        _ body: (PreferenceRow) throws(PreferenceError) -> Void
    ) throws(PreferenceError) {
        let reader = try PieceReader(path, limit: limits.bytes)
        let first = try reader.next()
        let count =
            first.first { $0 != 0x20 && ($0 < 0x09 || $0 > 0x0D) } == UInt8(ascii: "[")
            ? try forEachElement(first, reader, body) : try forEachLine(first, reader, body)
        if count == 0 { throw PreferenceError(file: path, "no rows. Check that this is the file you mean") }
    }

    private func forEachLine(
        _ first: [UInt8], _ reader: PieceReader, _ body: (PreferenceRow) throws(PreferenceError) -> Void
    ) throws(PreferenceError) -> Int {
        var waiting: [UInt8]? = first
        var lines = JSONLines<PreferenceError>(limits: JSONLimits(bytes: limits.rowBytes)) {
            () throws(PreferenceError) in
            guard let bytes = waiting.take() else { return try reader.next() }
            return bytes
        }
        var count = 0
        while let value = try next(&lines) {
            count += 1
            try body(try row(value, lines.row))
        }
        return count
    }

    /// A file that is one list is read whole.
    private func forEachElement(
        _ first: [UInt8], _ reader: PieceReader, _ body: (PreferenceRow) throws(PreferenceError) -> Void
    ) throws(PreferenceError) -> Int {
        var bytes = first
        while case let piece = try reader.next(), !piece.isEmpty {
            bytes += piece
            guard bytes.count <= limits.listBytes else {
                throw PreferenceError(
                    file: path,
                    "a list of more than \(limits.listBytes) bytes, the most that is read. Write one object a row"
                )
            }
        }
        let list: JSONValue
        do {
            list = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: limits.listBytes))
        } catch {
            throw PreferenceError(file: path, "\(error). Get a fresh copy of the file")
        }
        let elements = list.elements ?? []
        for (index, value) in elements.enumerated() { try body(try row(value, index + 1)) }
        return elements.count
    }

    private func row(_ value: JSONValue, _ number: Int) throws(PreferenceError) -> PreferenceRow {
        guard value.members != nil else {
            throw PreferenceError(
                file: path, row: number, "\(value.kind), not an object. Write one object a row")
        }
        return PreferenceRow(file: path, number: number, value: value)
    }

    private func next(_ lines: inout JSONLines<PreferenceError>) throws(PreferenceError) -> JSONValue? {
        do {
            return try lines.next()
        } catch let error as PreferenceError {
            throw error
        } catch let error as JSONLineError {
            let column = error.column.map { "column \($0): " } ?? ""
            throw PreferenceError(
                file: path, row: error.row, "\(column)\(error.message). Repair the row or leave it out")
        } catch {
            throw PreferenceError(.missingInput, file: path, "\(error)")
        }
    }
}
