import Foundation
import SafeRL
import Storage

/// A prompt with two answers, and what people said of them.
public struct JudgedPair: Hashable, Sendable {
    /// What was asked.
    public let prompt: Dialogue
    /// Two different answers.
    public let answers: [String]
    /// The more helpful one, 0 or 1; nil where nobody said.
    public let betterIndex: Int?
    /// The less harmful one, 0 or 1; nil where nobody said.
    public let saferIndex: Int?
    /// Whether each is safe in itself; nil where nobody said.
    public let isSafe: [Bool]?

    /// A pair with every judgement.
    public init(_ pair: SafetyPreferencePair) {
        (prompt, answers) = (pair.prompt, pair.answers.map(\.text))
        (betterIndex, saferIndex, isSafe) = (
            pair.betterIndex, pair.saferIndex, pair.answers.map(\.isSafe)
        )
    }

    /// A pair that was judged by helpfulness alone.
    public init(helpful pair: PreferencePair) {
        (prompt, answers) = (pair.prompt, [pair.better, pair.worse])
        (betterIndex, saferIndex, isSafe) = (0, nil, nil)
    }

    /// A pair that was judged by harmlessness alone.
    public init(harmless pair: PreferencePair) {
        (prompt, answers) = (pair.prompt, [pair.better, pair.worse])
        (betterIndex, saferIndex, isSafe) = (nil, 0, nil)
    }
}

/// What HC-RLHF learns from: judged pairs and demonstrations, or a task whose truth is known.
public final class LanguageData: TrainingData {
    /// Where responses get their scores from.
    enum Source {
        /// Models that are learned from pairs.
        case pairs([JudgedPair], demonstrations: [Demonstration])
        /// The task itself.
        case task(any TokenTask.Type)
    }

    let source: Source
    /// Whether the pairs are of the grammar, whose truth is known.
    let isSynthetic: Bool
    /// SHA-256 of the content, in hexadecimal.
    public let identity: String
    /// Pairs; 0 for a task.
    public let count: Int

    private init(_ source: Source, isSynthetic: Bool, identity: String, count: Int) {
        (self.source, self.isSynthetic, self.identity, self.count) = (source, isSynthetic, identity, count)
    }

    /// Judged pairs, in any order.
    ///
    /// - Parameters:
    ///   - pairs: at least one.
    ///   - demonstrations: answers to learn from; where there are none, the better answers are.
    ///   - isSynthetic: whether the answers are of `SyntheticPreferences`.
    public convenience init(
        _ pairs: [JudgedPair], demonstrations: [Demonstration] = [], isSynthetic: Bool = false
    ) {
        var digest = SHA256()
        for pair in pairs {
            let judgements = [pair.betterIndex ?? -1, pair.saferIndex ?? -1]
            let labels = pair.isSafe.map { $0.map { $0 ? 1 : 0 } } ?? []
            digest.add(pair.prompt.turns + pair.answers + (judgements + labels).map(String.init))
        }
        for row in demonstrations { digest.add(row.prompt.turns + [row.answer]) }
        self.init(
            .pairs(pairs, demonstrations: demonstrations), isSynthetic: isSynthetic,
            identity: digest.hexadecimal(), count: pairs.count)
    }

    /// Pairs of the grammar.
    ///
    /// - Parameters:
    ///   - synthetic: how many.
    ///   - seed: of the draw.
    ///   - corrupted: share of the pairs in which one answer has left the grammar, in [0, 1].
    ///   - demonstrations: answers to learn to write from; 0 leaves it to the better answers of the pairs.
    public convenience init(
        synthetic: Int, seed: UInt64, corrupted: Double = 0, demonstrations: Int = 0
    ) {
        self.init(
            SyntheticPreferences.pairs(synthetic, seed: seed, corrupted: corrupted).map(JudgedPair.init),
            demonstrations: SyntheticPreferences.demonstrations(demonstrations, seed: seed),
            isSynthetic: true)
    }

    /// The same data, that is identified together with something else that training depends on.
    func joined(with others: [String]) -> LanguageData {
        var digest = SHA256()
        digest.add([identity] + others)
        return LanguageData(
            source, isSynthetic: isSynthetic, identity: digest.hexadecimal(), count: count)
    }

    /// A task that scores every response itself.
    public convenience init<Task: TokenTask>(_ task: Task.Type) {
        self.init(
            .task(task), isSynthetic: false,
            identity: SHA256.hexadecimal(of: "token task \(Task.name)".utf8), count: 0)
    }
}

extension SHA256 {
    /// Adds texts so that no others add up to the same.
    fileprivate mutating func add(_ texts: [String]) {
        update("\(texts.count)".utf8)
        for text in texts { update("\n\(text.utf8.count)\n\(text)".utf8) }
    }
}
