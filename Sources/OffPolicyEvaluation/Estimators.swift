import Foundation

/// The estimators of a policy's value from recorded episodes.
///
/// All estimate E[Σ γ^t·x_t], where x is the reward or a cost and an episode that ends counts 0 from then on. Importance
/// sampling knows nothing beyond the end of a truncated episode, so that it estimates the sum over the recorded steps;
/// what uses fitted values continues with them.
public enum Estimator: String, Codable, Sendable, CaseIterable {
    /// Ordinary importance sampling: the mean of w·G. Unbiased, of large variance.
    case importanceSampling = "is"
    /// Per decision: the mean of Σ γ^t·w_t·x_t. Unbiased, of smaller variance.
    case perDecision = "pdis"
    /// Weighted importance sampling: Σ w·G over Σ w. Biased for few episodes, consistent, of much smaller variance.
    case weighted = "wis"
    /// Weighted, per decision: for each step Σ w_t·x_t over Σ w_t.
    case weightedPerDecision = "pdwis"
    /// Fitted values alone: the mean of V(s_0). As good as the fit.
    case fittedValues = "fqe"
    /// Doubly robust, per decision: fitted values, corrected by weighted residuals. Unbiased for fixed values.
    case doublyRobust = "dr"
    /// Doubly robust with weights that sum to 1 at each step.
    case weightedDoublyRobust = "wdr"

    /// Whether weights enter.
    public var usesWeights: Bool { self != .fittedValues }
    /// Whether fitted values enter.
    public var usesValues: Bool {
        switch self {
        case .fittedValues, .doublyRobust, .weightedDoublyRobust: true
        case .importanceSampling, .perDecision, .weighted, .weightedPerDecision: false
        }
    }
}

/// Everything that estimators are computed from, for one signal.
///
/// - SeeAlso: Precup, Sutton and Singh 2000, "Eligibility traces for off-policy policy evaluation"; Jiang and Li 2016,
///   arXiv:1511.03722; Thomas and Brunskill 2016, arXiv:1604.00923.
public struct OffPolicyInputs {
    /// The signal at each step of each episode.
    public let signal: [[Double]]
    /// The ratios; nothing where only fitted values are used.
    public let ratios: ImportanceRatios?
    /// Fitted values at what was recorded; nothing where only weights are used.
    public let values: RecordedValues?
    /// γ, in [0, 1].
    public let discount: Double

    /// Takes the inputs; their sizes must agree.
    public init(
        signal: [[Double]], ratios: ImportanceRatios? = nil, values: RecordedValues? = nil, discount: Double
    ) {
        precondition(discount >= 0 && discount <= 1, "a discount of \(discount) is outside [0, 1]")
        let lengths = signal.map(\.count)
        precondition(
            (ratios.map { $0.steps.map(\.count) == lengths } ?? true)
                && (values.map { $0.actions.map(\.count) == lengths } ?? true),
            "ratios or values of other episodes")
        (self.signal, self.ratios, self.values, self.discount) = (signal, ratios, values, discount)
    }

    /// The value by one estimator.
    ///
    /// - Throws: `noOverlap` where weights must sum to 1 and are all 0; `noSolution` where a weight is beyond all numbers.
    public func estimate(_ estimator: Estimator) throws(OffPolicyError) -> Double {
        let value = try sum(estimator).value
        guard value.isFinite else {
            throw .noSolution("\(estimator.rawValue): a weight is beyond all numbers")
        }
        return value
    }

    /// A resampled interval of that estimate; fitted values are kept, not fitted anew.
    ///
    /// - Returns: nothing for a single episode, and where too many resamples have no estimate.
    /// - Throws: as `estimate`.
    public func interval(_ estimator: Estimator, _ resampling: Resampling) throws(OffPolicyError)
        -> ClosedRange<Double>?
    {
        try sum(estimator).interval(resampling)
    }

    private func sum(_ estimator: Estimator) throws(OffPolicyError) -> RatioSum {
        let terms: [RatioSum.Term] =
            switch estimator {
            case .importanceSampling:
                [mean(weightedReturns(neededRatios.weights(at: neededRatios.longest - 1)))]
            case .weighted: try [weightedReturn()]
            case .perDecision: [mean(perEpisode { $2 })]
            case .weightedPerDecision: try perStep { $2 }
            case .fittedValues: [mean(neededValues.starts)]
            case .doublyRobust: [baseline, mean(perEpisode(residual))]
            case .weightedDoublyRobust: try [baseline] + perStep(residual)
            }
        return RatioSum(terms: terms, episodes: signal.count)
    }

    private var neededRatios: ImportanceRatios {
        guard let ratios else { preconditionFailure("an estimator with weights needs ratios") }
        return ratios
    }
    private var neededValues: RecordedValues {
        guard let values else { preconditionFailure("an estimator with fitted values needs them") }
        return values
    }

    private func mean(_ numerator: [Double]) -> RatioSum.Term {
        .init(numerator: numerator, denominator: nil)
    }

    private var baseline: RatioSum.Term { mean(neededValues.starts) }

    private func weightedReturns(_ weights: [Double]) -> [Double] {
        signal.indices.map { episode in
            weights[episode] == 0 ? 0 : weights[episode] * discountedSum(signal[episode])
        }
    }

    private func weightedReturn() throws(OffPolicyError) -> RatioSum.Term {
        let weights = try neededRatios.relativeWeights(at: neededRatios.longest - 1)
        return .init(numerator: weightedReturns(weights), denominator: weights)
    }

    private func discountedSum(_ values: [Double]) -> Double {
        values.reversed().reduce(0) { $1 + discount * $0 }
    }

    /// What is left of x_t + γ·V(s_{t+1}) when Q(s_t, a_t) is taken away; V is 0 after a termination.
    private func residual(_ episode: Int, _ step: Int, _ signal: Double) -> Double {
        let values = neededValues
        return signal + discount * values.states[episode][step + 1] - values.actions[episode][step]
    }

    /// Σ_t γ^t·w_t·y_t of each episode.
    private func perEpisode(_ y: (Int, Int, Double) -> Double) -> [Double] {
        signal.indices.map { episode in
            var (total, power) = (0.0, 1.0)
            for step in signal[episode].indices {
                let weight = exp(neededRatios.logWeight(episode, step))
                if weight > 0 { total += power * weight * y(episode, step, signal[episode][step]) }
                power *= discount
            }
            return total
        }
    }

    /// For each step t the term γ^t·Σ w_t·y_t / Σ w_t, where ended episodes keep their weight and add 0 above.
    private func perStep(_ y: (Int, Int, Double) -> Double) throws(OffPolicyError) -> [RatioSum.Term] {
        var power = 1.0
        var terms: [RatioSum.Term] = []
        for step in 0..<neededRatios.longest {
            let weights = try neededRatios.relativeWeights(at: step)
            let numerator = signal.indices.map { episode in
                step < signal[episode].count && weights[episode] > 0
                    ? power * weights[episode] * y(episode, step, signal[episode][step]) : 0
            }
            terms.append(.init(numerator: numerator, denominator: weights))
            power *= discount
        }
        return terms
    }
}
