import Foundation

/// The loss of GRPO and its variants, with its gradient with respect to the log-probabilities of tokens.
///
///     L_t = −min(min(ρ, δ)·A, clip(ρ, 1 − low, 1 + high)·A) + β·k(ℓ_ref − ℓ),   ρ = exp(ℓ − ℓ_old)
///
/// All in double precision; rows are responses, which may differ in length.
///
/// - SeeAlso: Shao et al. 2024, arXiv:2402.03300, equations 1 to 4 (grpo); Yu et al. 2025, arXiv:2503.14476 (dapo); Zheng et al.
///   2025, arXiv:2507.18071 (gspo); Ye et al. 2020, arXiv:1912.09729 (dual clip); MiniMax 2025, arXiv:2506.13585 (cispo).
public struct GRPOLoss: Sendable, Hashable {
    /// What a likelihood ratio is of.
    public enum Ratio: String, Codable, Sendable, CaseIterable {
        /// Of each token.
        case token
        /// Of the whole response, as the geometric mean of its tokens' ratios.
        case sequence
        /// The value of `sequence`, the gradient of each token through its own log-probability.
        case sequenceToken = "sequence-token"
        /// Of the whole response: the product of its tokens' ratios.
        case whole
    }

    /// How losses of tokens are added up.
    public enum Normalisation: Sendable, Hashable {
        /// The mean over responses of the mean over a response's tokens.
        case sequence
        /// The mean over the tokens of a mini-batch.
        case token
        /// The sum over so many tokens: those of all mini-batches of an update.
        case total(tokens: Int)
        /// The sum over responses times the longest length that is allowed.
        case constant(length: Int)
    }

    /// The estimate of the divergence from the reference, of d = ℓ_ref − ℓ.
    public enum Divergence: String, Codable, Sendable, CaseIterable {
        /// exp(d) − d − 1.
        case k3
        /// d²/2.
        case k2
        /// −d, whose gradient has mean 0.
        case k1
    }

    /// The policy's surrogate.
    public enum Surrogate: String, Codable, Sendable, CaseIterable {
        /// The smaller of the ratio and the clipped ratio, times the advantage.
        case clipped
        /// −min(ρ, 1 + high)·A·ℓ, with a weight that no gradient passes.
        case cispo
    }

    /// Clip widths below and above 1; at least 0.
    public var low = 0.2, high = 0.2
    /// Of tokens or of responses.
    public var ratio = Ratio.token
    /// How losses of tokens are added up.
    public var normalisation = Normalisation.sequence
    /// Weight of the divergence from the reference (β), at least 0.
    public var divergencePenalty = 0.0
    /// Its estimate.
    public var divergence = Divergence.k3
    /// Largest ratio of an unclipped term (δ), above 1; nothing for none.
    public var twoSided: Double?
    /// Multiple of a negative advantage that bounds its term (c), above 1; nothing for none.
    public var dual: Double?
    /// Clipped, or CISPO's.
    public var surrogate = Surrogate.clipped
    /// Bound of a difference of log-probabilities before it is an exponent, above 0; nothing for none.
    public var largestLogRatio: Double? = 20

    /// GRPO without a divergence penalty.
    public init() {}

    /// What a mini-batch gives.
    public struct Value: Sendable {
        /// The loss.
        public internal(set) var loss = 0.0
        /// Of each token, before they are added up.
        public internal(set) var tokenLosses: [[Double]] = []
        /// ∂loss/∂ℓ of each token.
        public internal(set) var gradient: [[Double]] = []
        /// Mean of exp(d) − d − 1 over the tokens, whatever the loss uses.
        public internal(set) var meanDivergence = 0.0
        /// Shares of the tokens whose ratio is clipped below and above, as the sign of the advantage asks for.
        public internal(set) var clippedLow = 0.0, clippedHigh = 0.0

        /// Nothing yet.
        public init() {}

        /// Takes the figures of another mini-batch in, with its share of all; its tokens stay with it.
        public mutating func include(_ other: Value, share: Double) {
            loss += share * other.loss
            meanDivergence += share * other.meanDivergence
            clippedLow += share * other.clippedLow
            clippedHigh += share * other.clippedHigh
        }
    }

    /// The loss of some responses and its gradient.
    ///
    /// - Parameters:
    ///   - logProbabilities: ℓ of each response's tokens, by the policy that learns; no row is empty.
    ///   - old: by the policy that drew them.
    ///   - reference: by the reference.
    ///   - advantages: one a response.
    /// - Returns: loss, its gradient in the order of `logProbabilities`, and what is watched beside.
    public func callAsFunction(
        _ logProbabilities: [[Double]], old: [[Double]], reference: [[Double]], advantages: [Double]
    ) -> Value {
        precondition(
            logProbabilities.map(\.count) == old.map(\.count)
                && logProbabilities.map(\.count) == reference.map(\.count)
                && logProbabilities.count == advantages.count
                && logProbabilities.allSatisfy { !$0.isEmpty }, "rows of other lengths")
        var value = Value()
        let tokens = logProbabilities.reduce(0) { $0 + $1.count }
        for (row, new) in logProbabilities.enumerated() {
            let part = response(new, old[row], reference[row], advantages[row])
            let weight = weight(of: new.count, responses: logProbabilities.count, tokens: tokens)
            value.loss += weight * part.losses.reduce(0, +)
            value.tokenLosses.append(part.losses)
            value.gradient.append(part.gradient.map { weight * $0 })
            value.meanDivergence += part.divergence / Double(tokens)
            value.clippedLow += Double(part.low) / Double(tokens)
            value.clippedHigh += Double(part.high) / Double(tokens)
        }
        return value
    }

    /// What each response's tokens count in the sum, one number for each response.
    ///
    /// - Parameter lengths: tokens of the responses of a mini-batch, none 0.
    /// - Returns: in the same order.
    public func weights(_ lengths: [Int]) -> [Double] {
        let tokens = lengths.reduce(0, +)
        return lengths.map { weight(of: $0, responses: lengths.count, tokens: tokens) }
    }

    /// What a token's loss counts in the sum.
    private func weight(of length: Int, responses: Int, tokens: Int) -> Double {
        switch normalisation {
        case .sequence: 1 / (Double(responses) * Double(length))
        case .token: 1 / Double(tokens)
        case .total(let all): 1 / Double(all)
        case .constant(let longest): 1 / (Double(responses) * Double(longest))
        }
    }

    private struct Part {
        var losses, gradient: [Double]
        var divergence = 0.0
        var low = 0, high = 0
    }

    /// A response's losses, and ∂(their sum)/∂ℓ.
    private func response(
        _ new: [Double], _ old: [Double], _ reference: [Double], _ advantage: Double
    ) -> Part {
        var part = Part(losses: [], gradient: [])
        let differences = zip(new, old).map { $0 - $1 }
        let sum = differences.reduce(0, +)
        let whole = ratio == .whole ? sum : sum / Double(new.count)
        // The slope of the whole response's exponent with respect to each of its tokens.
        var shared = 0.0
        for t in new.indices {
            let exponent = clamped(ratio == .token ? differences[t] : whole)
            let term = term(exponent.value, advantage, new[t])
            let divergence = divergence(clamped(reference[t] - new[t]))
            part.losses.append(term.loss + divergencePenalty * divergence.value)
            part.gradient.append(divergencePenalty * divergence.slope)
            switch ratio {
            case _ where surrogate == .cispo: part.gradient[t] += term.slope
            case .token, .sequenceToken: part.gradient[t] += term.slope * exponent.slope
            case .sequence: shared += term.slope * exponent.slope / Double(new.count)
            case .whole: shared += term.slope * exponent.slope
            }
            part.divergence += k3(clamped(reference[t] - new[t]).value)
            if advantage < 0 && exp(exponent.value) < 1 - low { part.low += 1 }
            if advantage > 0 && exp(exponent.value) > 1 + high { part.high += 1 }
        }
        for t in new.indices { part.gradient[t] += shared }
        return part
    }

    /// The surrogate of a token and its slope with respect to the exponent of the ratio, or for CISPO to ℓ itself.
    private func term(_ exponent: Double, _ advantage: Double, _ logProbability: Double) -> (
        loss: Double, slope: Double
    ) {
        let ratio = exp(exponent)
        if surrogate == .cispo {
            let weight = min(ratio, 1 + high) * advantage
            return (-weight * logProbability, -weight)
        }
        let bounded = twoSided.map { min(ratio, $0) } ?? ratio
        let free = bounded * advantage
        let clipped = min(max(ratio, 1 - low), 1 + high) * advantage
        var (loss, slope) = (-min(free, clipped), 0.0)
        // Where both agree the ratio lies inside of all bounds, and the gradient is that of the ratio.
        if free <= clipped {
            slope = bounded == ratio ? -ratio * advantage : 0
        }
        if let dual, advantage < 0, -loss < dual * advantage {
            (loss, slope) = (-dual * advantage, 0)
        }
        return (loss, slope)
    }

    private func divergence(_ d: (value: Double, slope: Double)) -> (value: Double, slope: Double) {
        switch divergence {
        case .k3: (k3(d.value), (1 - exp(d.value)) * d.slope)
        case .k2: (d.value * d.value / 2, -d.value * d.slope)
        case .k1: (-d.value, d.slope)
        }
    }

    private func k3(_ d: Double) -> Double { exp(d) - d - 1 }

    /// A difference within its bound, and whether a gradient passes.
    private func clamped(_ difference: Double) -> (value: Double, slope: Double) {
        guard let largestLogRatio, abs(difference) > largestLogRatio else { return (difference, 1) }
        return (difference < 0 ? -largestLogRatio : largestLogRatio, 0)
    }
}
