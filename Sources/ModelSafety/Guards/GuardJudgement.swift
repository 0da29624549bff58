import Alignment

/// What one guard says of one text.
public struct GuardJudgement: Sendable, Hashable {
    /// Why.
    public enum Ground: Sendable, Hashable {
        /// The probabilities of the labels.
        case labels(GuardProbabilities)
        /// A filter's probability of harm.
        case filter(Double)
        /// The chance of harm that a reward head expects of a finished reply.
        case reward(Double)
        /// Erase-and-check, in words.
        case erasing(String)
        /// The text is too long for the guard: there is no verdict, which is unsafe whatever the policy.
        case tooLong
    }

    /// The guard's file, as it was named.
    public let source: String
    /// Whose text was judged.
    public let subject: GuardVerdict.Subject
    /// Why.
    public let ground: Ground
    /// Whether the text is refused.
    public let isUnsafe: Bool

    /// The probability of what counts as unsafe; nothing where the guard gives none.
    public let probability: Double?

    /// States a verdict.
    ///
    /// - Parameters:
    ///   - source: the guard.
    ///   - subject: whose text was judged.
    ///   - ground: why.
    ///   - isUnsafe: whether the text is refused.
    ///   - probability: of what counts as unsafe, if the guard gives one.
    public init(
        _ source: String, _ subject: GuardVerdict.Subject, _ ground: Ground, isUnsafe: Bool,
        probability: Double?
    ) {
        (self.source, self.subject, self.ground) = (source, subject, ground)
        (self.isUnsafe, self.probability) = (isUnsafe, probability)
    }

    /// The likeliest label; nothing where the guard has none.
    public var label: GuardLabel? {
        switch ground {
        case .labels(let probabilities): probabilities.label
        case .filter, .erasing, .reward: isUnsafe ? .unsafe : .safe
        case .tooLong: nil
        }
    }

    /// Why a text is refused, one sentence for a person; it does not repeat the text.
    public var reason: String {
        let text = subject == .prompt ? "what was asked" : "the reply"
        switch ground {
        case .labels(let values):
            return
                "\(source) calls \(text) \(values.label.name.lowercased()), and unsafe with a probability of \(Self.rounded(probability ?? 1))."
        case .filter(let harm):
            return "\(source) calls \(text) harmful with a probability of \(Self.rounded(harm))."
        case .reward(let harm):
            return "\(source) expects harm of \(text) with a probability of \(Self.rounded(harm))."
        case .erasing(let words): return "erase-and-check: \(words)."
        case .tooLong: return "\(text) is too long for \(source), which counts as unsafe."
        }
    }

    private static func rounded(_ value: Double) -> String { "\((1000 * value).rounded() / 1000)" }
}
