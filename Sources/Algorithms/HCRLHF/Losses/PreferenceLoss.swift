import Tensors

/// What a preference model learns from: the better answer gets the higher reward, or the unsafer one the higher cost.
///
/// Pairs are drawn from Bradley and Terry's model, P(a before b) = σ(a − b); a small square of the scores keeps them near
/// zero, which pairs alone would not. The sign terms take labels of single answers and push costs of safe answers
/// below zero and those of unsafe ones above; without them a cost of zero has no meaning.
///
/// - SeeAlso: Dai et al. 2023, arXiv:2310.12773, equations 4 and 5.
public struct PreferenceObjective: Codable, Sendable, Hashable {
    /// μ, at least 0: the loss has μ/2 times the mean of the sum of both squared scores.
    public var regularisation: Double

    /// Describes the objective.
    public init(regularisation: Double = 0.001) {
        precondition(regularisation >= 0, "a regularisation of \(regularisation)")
        self.regularisation = regularisation
    }

    /// The loss of pairs of scores: of the reward model, those of preferred answers should be higher; of the cost model,
    /// those of unsafer ones.
    ///
    /// - Parameters:
    ///   - higher: the scores that should be higher, `[N, 1]`, of whole answers or of tokens.
    ///   - lower: the others, `[N, 1]`.
    ///   - weights: of the pairs in the mean, N, as `weights(lengths:spans:)` gives them.
    ///   - signs: for the sign terms, whether each answer is safe; nothing leaves them out.
    /// - Returns: the loss, and its Bradley–Terry part, the mean of −ln σ(higher − lower); `[1, 1]` each.
    public func callAsFunction(
        higher: VariableOf<Double>, lower: VariableOf<Double>, weights: [Double],
        signs: (higher: [Bool], lower: [Bool])? = nil
    ) -> (loss: VariableOf<Double>, preference: VariableOf<Double>) {
        precondition(
            higher.shape == Shape(weights.count, 1) && lower.shape == higher.shape,
            "\(higher.shape), \(lower.shape) scores of \(weights.count) pairs")
        let weight = higher.tape.column(weights)
        let pair = (lower - higher).softplus()
        let terms = pair + single(higher, areSafe: signs?.higher) + single(lower, areSafe: signs?.lower)
        return ((weight * terms).sum(), (weight * pair).sum())
    }

    /// What scores add by themselves: their squares, and −ln σ(−e·c) with e = 1 for a safe answer, −1 for an unsafe one.
    private func single(_ scores: VariableOf<Double>, areSafe: [Bool]?) -> VariableOf<Double> {
        let squares = 0.5 * regularisation * scores.squared()
        guard let areSafe else { return squares }
        precondition(areSafe.count == scores.shape.rows, "\(areSafe.count) labels of \(scores.shape) scores")
        return squares + (scores * scores.tape.column(areSafe.map { $0 ? 1 : -1 })).softplus()
    }

    /// Weights of a mean over the tokens of each pair's span, then over the pairs; 0 outside the spans.
    ///
    /// - Parameters:
    ///   - lengths: tokens of both answers of each pair.
    ///   - spans: the tokens that count in each pair, not empty.
    /// - Returns: pair after pair.
    public static func weights(lengths: [Int], spans: [ClosedRange<Int>]) -> [Double] {
        precondition(
            !lengths.isEmpty && lengths.count == spans.count, "\(spans.count) spans of \(lengths.count) pairs"
        )
        return zip(lengths, spans).flatMap { length, span in
            precondition(span.lowerBound >= 0 && span.upperBound < length, "span \(span) of \(length) scores")
            let weight = 1 / Double(span.count * lengths.count)
            return (0..<length).map { span.contains($0) ? weight : 0 }
        }
    }
}

/// Whether the answers of pairs are safe, each judged by itself.
public struct SafetyLabels: Sendable, Hashable {
    /// Of the answers judged safer.
    public let safer: [Bool]
    /// Of the others.
    public let unsafer: [Bool]

    /// States labels.
    public init(safer: [Bool], unsafer: [Bool]) {
        precondition(safer.count == unsafer.count, "\(safer.count), \(unsafer.count) labels")
        (self.safer, self.unsafer) = (safer, unsafer)
    }
}

/// How well scores agree with judgements.
public enum PreferenceAccuracy {
    /// The share of pairs whose preferred answer scores higher; equal scores are a miss.
    public static func ofPairs(higher: [Double], lower: [Double]) -> Double {
        precondition(!higher.isEmpty && higher.count == lower.count, "\(higher.count), \(lower.count) scores")
        return Double(zip(higher, lower).count { $0 > $1 }) / Double(higher.count)
    }

    /// The share of answers whose cost is below zero where they are safe, and above where not; a cost of zero is a miss.
    public static func ofSigns(safer: [Double], unsafer: [Double], labels: SafetyLabels) -> Double {
        precondition(
            !safer.isEmpty && safer.count == labels.safer.count && unsafer.count == labels.unsafer.count,
            "\(safer.count), \(unsafer.count) costs, \(labels.safer.count) labels")
        let right =
            zip(safer, labels.safer).count { $1 ? $0 < 0 : $0 > 0 }
            + zip(unsafer, labels.unsafer).count { $1 ? $0 < 0 : $0 > 0 }
        return Double(right) / Double(safer.count + unsafer.count)
    }

    /// The tokens over which two answers to one prompt differ: from the first that does to the later of both ends.
    ///
    /// - Parameters:
    ///   - first: token numbers of one answer with its prompt, without padding.
    ///   - second: those of the other.
    /// - Returns: nothing where they are equal, which is no preference.
    public static func span(_ first: [Int], _ second: [Int]) -> ClosedRange<Int>? {
        let shared = zip(first, second).prefix { $0 == $1 }.count
        let end = Swift.max(first.count, second.count)
        return shared < end ? shared...end - 1 : nil
    }
}
