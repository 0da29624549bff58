import Foundation

/// The loss of pairs of scores, and its gradients.
public struct PairLoss: Sendable, Hashable {
    /// The mean over the pairs, with regularisation.
    public let value: Double
    /// Its Bradley–Terry part, the mean of −ln σ(higher − lower).
    public let preference: Double
    /// Gradient with respect to the scores that should be higher, one for each, row after row.
    public let higher: [Double]
    /// Gradient with respect to the scores that should be lower.
    public let lower: [Double]
}

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

    /// The reward model's loss.
    ///
    /// - Parameters:
    ///   - better: scores of the answers that were preferred, at least one.
    ///   - worse: scores of the others, as many.
    /// - Returns: the loss; `higher` are the gradients of `better`.
    public func rewardLoss(better: [Double], worse: [Double]) -> PairLoss {
        tokenRewardLoss(better: better.map { [$0] }, worse: worse.map { [$0] }, spans: .single(better.count))
    }

    /// The cost model's loss.
    ///
    /// - Parameters:
    ///   - safer: costs of the answers judged safer, at least one.
    ///   - unsafer: costs of the others, as many.
    ///   - labels: whether each answer is safe, for the sign terms; nothing leaves them out.
    /// - Returns: the loss; `higher` are the gradients of `unsafer`.
    public func costLoss(safer: [Double], unsafer: [Double], labels: SafetyLabels?) -> PairLoss {
        tokenCostLoss(
            safer: safer.map { [$0] }, unsafer: unsafer.map { [$0] }, spans: .single(safer.count),
            labels: labels)
    }

    /// The reward model's loss over the tokens of both answers: the mean over each pair's span, then over the pairs.
    ///
    /// - Parameters:
    ///   - better: a score for each token of the preferred answers; rows of one pair have one length.
    ///   - worse: the same of the others.
    ///   - spans: the tokens that count in each pair, not empty.
    /// - Returns: the loss; `higher` are the gradients of `better`.
    public func tokenRewardLoss(
        better: [[Double]], worse: [[Double]], spans: [ClosedRange<Int>]
    ) -> PairLoss {
        loss(higher: better, lower: worse, spans, higherSafe: nil, lowerSafe: nil)
    }

    /// The cost model's loss over the tokens of both answers.
    ///
    /// - Parameters:
    ///   - safer: a cost for each token of the safer answers; rows of one pair have one length.
    ///   - unsafer: the same of the others.
    ///   - spans: the tokens that count in each pair, not empty.
    ///   - labels: whether each answer is safe, for the sign terms; nothing leaves them out.
    /// - Returns: the loss; `higher` are the gradients of `unsafer`.
    public func tokenCostLoss(
        safer: [[Double]], unsafer: [[Double]], spans: [ClosedRange<Int>], labels: SafetyLabels?
    ) -> PairLoss {
        loss(higher: unsafer, lower: safer, spans, higherSafe: labels?.unsafer, lowerSafe: labels?.safer)
    }

    private func loss(
        higher: [[Double]], lower: [[Double]], _ spans: [ClosedRange<Int>], higherSafe: [Bool]?,
        lowerSafe: [Bool]?
    ) -> PairLoss {
        precondition(!higher.isEmpty && higher.count == lower.count, "\(higher.count), \(lower.count) scores")
        precondition(spans.count == higher.count, "\(spans.count) spans of \(higher.count) pairs")
        var (value, preference) = (0.0, 0.0)
        var gradients = (higher: [Double](), lower: [Double]())
        for row in higher.indices {
            precondition(higher[row].count == lower[row].count, "pair \(row): answers of different lengths")
            precondition(
                spans[row].lowerBound >= 0 && spans[row].upperBound < higher[row].count,
                "pair \(row): span \(spans[row]) of \(higher[row].count) scores")
            let weight = 1 / Double(spans[row].count * higher.count)
            for (column, (high, low)) in zip(higher[row], lower[row]).enumerated() {
                guard spans[row].contains(column) else {
                    gradients.higher.append(0)
                    gradients.lower.append(0)
                    continue
                }
                let pair = Self.preference(high, over: low)
                let first = single(high, isSafe: higherSafe?[row])
                let second = single(low, isSafe: lowerSafe?[row])
                preference += weight * pair.value
                value += weight * (pair.value + first.value + second.value)
                gradients.higher.append(weight * (first.slope - pair.slope))
                gradients.lower.append(weight * (second.slope + pair.slope))
            }
        }
        return PairLoss(
            value: value, preference: preference, higher: gradients.higher, lower: gradients.lower)
    }

    /// −ln σ(high − low), and how it grows with `low`.
    private static func preference(_ high: Double, over low: Double) -> (value: Double, slope: Double) {
        (softplus(low - high), logistic(low - high))
    }

    /// What one score adds by itself: its square, and −ln σ(−e·c) with e = 1 for a safe answer, −1 for an unsafe one.
    private func single(_ score: Double, isSafe: Bool?) -> (value: Double, slope: Double) {
        let square = (0.5 * regularisation * score * score, regularisation * score)
        guard let isSafe else { return square }
        let sign = isSafe ? 1.0 : -1
        return (square.0 + softplus(sign * score), square.1 + sign * logistic(sign * score))
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

extension [ClosedRange<Int>] {
    fileprivate static func single(_ count: Int) -> Self { .init(repeating: 0...0, count: count) }
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
