import Foundation

/// One estimate in a report.
public struct OffPolicyEstimate: Codable, Sendable, Hashable {
    /// By which estimator.
    public let estimator: Estimator
    /// The value; nothing where it was refused.
    public let value: Double?
    /// Lower and upper end of the resampled interval; nothing where there is none.
    public let interval: [Double]?
    /// Why there is no value; nothing where there is one.
    public let refusal: String?
}

/// The estimates of one signal.
public struct SignalEstimates: Codable, Sendable, Hashable {
    /// `reward`, or `cost NAME`.
    public let signal: String
    /// In the order asked for.
    public let estimates: [OffPolicyEstimate]

    /// The value by an estimator; nothing where it was refused or not asked for.
    public func value(_ estimator: Estimator) -> Double? {
        estimates.first { $0.estimator == estimator }?.value
    }
}

/// A policy's value for every signal, by several estimators, with what they rest on.
///
/// No estimate here is a guarantee: intervals are approximate, and a policy chosen by these figures looks better than it is.
public struct OffPolicyReport: Codable, Sendable, Hashable {
    /// γ.
    public let discount: Double
    /// Recorded episodes, and those of them that were cut.
    public let episodes, truncated: Int
    /// Where the behaviour's probabilities come from.
    public let behaviour: String
    /// How evenly episodes count; nothing where the policy states no probabilities.
    public let weights: WeightDiagnostics?
    /// The effective sample size below which no estimate that uses weights is given.
    public let leastEffectiveSize: Double
    /// How intervals were made.
    public let resampling: Resampling
    /// The reward, then the costs.
    public let signals: [SignalEstimates]
    /// What a reader should know before using the figures.
    public let warnings: [String]

    private enum CodingKeys: String, CodingKey {
        case discount, episodes, truncated, behaviour, weights, resampling, signals, warnings
        case leastEffectiveSize = "least_effective_sample_size"
    }

    /// The report as JSON, keys sorted, ended by a line feed.
    ///
    /// - Throws: never for a report that was computed.
    public func json() throws -> String {
        try JSONEncoder.indented.text(of: self) + "\n"
    }

    /// The report as lines for a person.
    public var table: String {
        func number(_ value: Double) -> String { String(format: "%.4g", value) }
        var lines = ["\(episodes) episodes, \(truncated) of them truncated; behaviour: \(behaviour)"]
        if let weights {
            lines.append(
                "effective sample size \(number(weights.effectiveSize)), largest weight "
                    + "\(number(100 * weights.largestShare)) %, mean weight \(number(weights.meanWeight)), "
                    + "\(weights.weightless) episodes without weight")
        }
        for signal in signals {
            for estimate in signal.estimates {
                let name = "\(signal.signal), \(estimate.estimator.rawValue)"
                let padding = String(repeating: " ", count: max(24 - name.count, 1))
                let interval = estimate.interval.map { "  \(number($0[0])) … \(number($0[1]))" } ?? ""
                let value =
                    estimate.value.map { number($0) + interval } ?? "refused: \(estimate.refusal ?? "")"
                lines.append(name + padding + value)
            }
        }
        return (lines + warnings.map { "warning: \($0)" }).map { $0 + "\n" }.joined()
    }
}

/// How a policy is evaluated from recorded episodes.
public struct OffPolicyEvaluator: Sendable {
    /// γ, in [0, 1].
    public var discount: Double
    /// The estimators, in the order of the report.
    public var estimators: [Estimator]
    /// The effective sample size below which estimates with weights are refused.
    public var leastEffectiveSize: Double
    /// How intervals are made.
    public var resampling: Resampling
    /// Parts for fitting values to other episodes than those they are used on; nothing to fit once to all, which makes
    /// doubly robust estimates biased.
    public var folds: Int?

    /// Describes an evaluation.
    public init(
        discount: Double,
        estimators: [Estimator] = [.weighted, .weightedPerDecision, .fittedValues, .weightedDoublyRobust],
        leastEffectiveSize: Double, resampling: Resampling, folds: Int? = nil
    ) {
        precondition(discount >= 0 && discount <= 1, "a discount of \(discount) is outside [0, 1]")
        precondition(leastEffectiveSize >= 0, "an effective sample size of \(leastEffectiveSize)")
        (self.discount, self.estimators, self.folds) = (discount, estimators, folds)
        (self.leastEffectiveSize, self.resampling) = (leastEffectiveSize, resampling)
    }

    /// Estimates the value of every signal; what cannot be estimated is refused with a reason, one by one.
    ///
    /// - Parameters:
    ///   - policy: what is evaluated.
    ///   - data: the recorded episodes.
    ///   - source: where the behaviour's probabilities come from.
    ///   - fit: fits values of a signal to some of the episodes.
    /// - Returns: the report.
    public func report<Policy: EvaluatedPolicy, Fit: ActionValues>(
        _ policy: Policy, from data: TrajectorySet, over source: BehaviourSource,
        fit: (Signal, TrajectorySet) throws(OffPolicyError) -> Fit
    ) -> OffPolicyReport {
        let ratios = Result { () throws(OffPolicyError) in
            try ImportanceRatios(data, of: policy, over: source)
        }
        let weights = (try? ratios.get())?.diagnostics
        let signals = data.signals.map { signal in
            let values = Result { () throws(OffPolicyError) in try recordedValues(signal, policy, data, fit) }
            return SignalEstimates(
                signal: "\(signal)",
                estimates: estimators.map { estimator in
                    do throws(OffPolicyError) {
                        return try estimate(estimator, data.values(of: signal), ratios, values)
                    } catch {
                        return OffPolicyEstimate(
                            estimator: estimator, value: nil, interval: nil, refusal: error.description)
                    }
                })
        }
        return OffPolicyReport(
            discount: discount, episodes: data.episodes.count, truncated: data.truncated,
            behaviour: source.description, weights: weights, leastEffectiveSize: leastEffectiveSize,
            resampling: resampling, signals: signals, warnings: warnings(data, source, weights))
    }

    private func recordedValues<Fit: ActionValues>(
        _ signal: Signal, _ policy: some EvaluatedPolicy, _ data: TrajectorySet,
        _ fit: (Signal, TrajectorySet) throws(OffPolicyError) -> Fit
    ) throws(OffPolicyError) -> RecordedValues {
        guard let folds else { return try RecordedValues(data, of: policy, by: try fit(signal, data)) }
        return try RecordedValues(data, of: policy, folds: folds, seed: resampling.seed) {
            part throws(OffPolicyError) in try fit(signal, part)
        }
    }

    private func estimate(
        _ estimator: Estimator, _ signal: [[Double]], _ ratios: Result<ImportanceRatios, OffPolicyError>,
        _ values: Result<RecordedValues, OffPolicyError>
    ) throws(OffPolicyError) -> OffPolicyEstimate {
        let usedRatios = estimator.usesWeights ? try ratios.get() : nil
        let usedValues = estimator.usesValues ? try values.get() : nil
        if let size = usedRatios?.diagnostics.effectiveSize, size < leastEffectiveSize {
            throw .fewEffectiveEpisodes(size, least: leastEffectiveSize)
        }
        let inputs = OffPolicyInputs(
            signal: signal, ratios: usedRatios, values: usedValues, discount: discount)
        let value = try inputs.estimate(estimator)
        // Resampling starts alone would make fitted values look certain.
        let interval = estimator.usesWeights ? try inputs.interval(estimator, resampling) : nil
        return OffPolicyEstimate(
            estimator: estimator, value: value, interval: interval.map { [$0.lowerBound, $0.upperBound] },
            refusal: nil)
    }

    private func warnings(_ data: TrajectorySet, _ source: BehaviourSource, _ weights: WeightDiagnostics?)
        -> [String]
    {
        var warnings: [String] = []
        if data.truncated > 0 {
            warnings.append(
                "\(data.truncated) of \(data.episodes.count) episodes were cut: importance sampling counts nothing "
                    + "after the cut.")
        }
        if case .estimated(let law) = source {
            warnings.append(
                "the behaviour was estimated (\(law.description)): its error enters every weight and no interval."
            )
            if let counted = law as? CountedBehaviour, counted.loneShare > 0.1 {
                warnings.append(
                    String(format: "%.0f %% of the steps are", 100 * counted.loneShare)
                        + " at states recorded once, where the counted behaviour is certain of what was done."
                )
            }
        }
        if let weights, weights.effectiveSize * 10 < Double(weights.episodes) {
            warnings.append(
                String(format: "the weights leave %.3g effective episodes", weights.effectiveSize)
                    + " of \(weights.episodes): the policy is far from the behaviour.")
        }
        if let weights, weights.largestShare > 0.1 {
            warnings.append(
                String(format: "one episode carries %.0f %% of the weight.", 100 * weights.largestShare))
        }
        if folds == nil && estimators.contains(where: { $0.usesValues && $0.usesWeights }) {
            warnings.append(
                "values were fitted to the episodes they correct: doubly robust estimates are biased.")
        }
        return warnings
    }
}
