/// Two answers to one prompt of which one is preferred.
public struct PreferencePair: Hashable, Sendable {
    /// What was asked.
    public let prompt: Dialogue
    /// The preferred answer.
    public let better: String
    /// The other answer.
    public let worse: String

    /// Makes a pair.
    public init(_ prompt: Dialogue, better: String, worse: String) {
        (self.prompt, self.better, self.worse) = (prompt, better, worse)
    }
}

/// Two answers to one prompt, compared twice: by helpfulness alone and by harmlessness, and each labelled safe or not.
///
/// - SeeAlso: Ji et al. 2024, arXiv:2406.15513.
public struct SafetyPreferencePair: Hashable, Sendable {
    /// One of the two answers.
    public struct Answer: Hashable, Sendable {
        /// The text.
        public let text: String
        /// Whether it is harmless in itself.
        public let isSafe: Bool

        /// Makes an answer.
        public init(_ text: String, isSafe: Bool) { (self.text, self.isSafe) = (text, isSafe) }

        /// +1 for a safe answer, −1 for another: the sign of the cost model's loss.
        public var sign: Float { isSafe ? 1 : -1 }
    }

    /// What was asked.
    public let prompt: Dialogue
    /// Both answers, two.
    public let answers: [Answer]
    /// Which of them is more helpful.
    public let betterIndex: Int
    /// Which of them is less harmful.
    public let saferIndex: Int

    /// Makes a pair.
    ///
    /// - Parameters:
    ///   - prompt: what was asked.
    ///   - answers: two.
    ///   - betterIndex: 0 or 1.
    ///   - saferIndex: 0 or 1.
    public init(_ prompt: Dialogue, _ answers: [Answer], betterIndex: Int, saferIndex: Int) {
        precondition(answers.count == 2, "\(answers.count) answers in a pair")
        precondition(
            (0...1).contains(betterIndex) && (0...1).contains(saferIndex), "an answer beyond the two")
        (self.prompt, self.answers) = (prompt, answers)
        (self.betterIndex, self.saferIndex) = (betterIndex, saferIndex)
    }

    /// The less harmful answer.
    public var safer: Answer { answers[saferIndex] }
    /// The more harmful answer.
    public var unsafer: Answer { answers[1 - saferIndex] }
    /// The pair as the reward model sees it.
    public var helpfulness: PreferencePair {
        PreferencePair(prompt, better: answers[betterIndex].text, worse: answers[1 - betterIndex].text)
    }
    /// Whether the labels contradict each other: the safer answer is unsafe and the other safe.
    public var isContradictory: Bool { !safer.isSafe && unsafer.isSafe }
}

/// A prompt and the answer to learn from, for supervised training.
public struct Demonstration: Hashable, Sendable {
    /// What was asked.
    public let prompt: Dialogue
    /// The answer.
    public let answer: String

    /// Makes a demonstration.
    public init(_ prompt: Dialogue, _ answer: String) { (self.prompt, self.answer) = (prompt, answer) }
}

/// Rows of a file, and those that were sound JSON of the right columns but may not be used.
public struct PreferenceRows<Row: Sendable>: Sendable {
    /// The rows in order of the file.
    public private(set) var rows: [Row] = []
    /// Where each row stands in the file, counted from 1.
    public private(set) var places: [Int] = []
    /// Rows left out, each with the reason.
    public private(set) var rejected: [(row: Int, reason: String)] = []

    mutating func append(_ row: Row, at place: Int) {
        rows.append(row)
        places.append(place)
    }

    mutating func reject(_ place: Int, _ reason: String) { rejected.append((place, reason)) }

    /// The same rows without those whose two answers have the same tokens, between which no model can choose.
    ///
    /// - Parameter tokens: the tokens of both answers of a row, cut as they will be in training.
    /// - Returns: the rows that remain; the others are among `rejected`.
    public func rejectingEqualTokens(_ tokens: (Row) throws -> ([Int32], [Int32])) rethrows -> Self {
        var result = Self()
        result.rejected = rejected
        for (row, place) in zip(rows, places) {
            let (first, second) = try tokens(row)
            if first == second {
                result.reject(place, "both answers have the same tokens")
            } else {
                result.append(row, at: place)
            }
        }
        result.rejected.sort { $0.row < $1.row }
        return result
    }
}
