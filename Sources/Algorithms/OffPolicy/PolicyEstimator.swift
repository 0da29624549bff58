import Assurance
import Foundation
import OffPolicyEvaluation
import SafeRL

/// Estimates what a policy is worth from a recording alone.
///
/// What is estimated is the mean, over episodes that start as the recorded ones do, of the sum of each signal over at most
/// `horizon` steps. Values are fitted in a table where states and actions are few, else in random features, beside a model
/// in which the policy acts. Intervals are
/// the estimate ± Student's quantile times the deviation of fits to resampled episodes: they cover that other episodes
/// could have been recorded and that other features could have been drawn; they do not cover what no fit sees, actions
/// that nobody recorded and causes that the observations do not have.
public struct PolicyEstimator: Sendable {
    /// Most steps of an episode, at least those of the longest recorded; nothing for exactly those.
    public var horizon: Int?
    /// Confidence of the intervals, in (0, 1).
    public var confidence = 0.95
    /// Seed of draws, features and resamples.
    public var seed: UInt64 = 0
    /// What normalises return and cost.
    public var constants: TaskConstants?
    /// Steps that values in random features are fitted to at most.
    public var mostSteps = 15_000
    /// How values in random features and models are fitted; their seeds are not used.
    public var fit = HorizonValues.Options(), model = ModelValues.Options()
    /// Resamples where values are in a table.
    public var tableResamples = 100
    /// Effective episodes below which an estimate by weights is refused.
    public var leastEffectiveSize = 30.0

    /// Fewest episodes whose resamples say something.
    static let fewestEpisodes = 10

    /// The defaults.
    public init() {}

    /// Estimates.
    ///
    /// - Parameters:
    ///   - policy: without a memory.
    ///   - data: at least ten whole episodes of its sizes.
    ///   - subject: what both are.
    /// - Returns: the estimate; what cannot be given is refused in it with a reason.
    /// - Throws: `EstimateError`, `DatasetError`, `OffPolicyError`.
    public func estimate(
        _ policy: any Policy, on data: TransitionDataset, of subject: PolicyEstimate.Subject
    ) throws -> PolicyEstimate {
        try check(policy, data, subject.data)
        var asked = PolicyOnRecords(policy, seed: seed)
        var work = Work()
        let all = RecordedSteps(data, seed: seed)
        // Weights and tables count every step that was recorded.
        let horizon = ValueHorizon(steps: max(horizon ?? 0, all.longest))
        let steps: RecordedSteps
        if let table = HorizonTable(all) {
            steps = all
            try fit(table, over: horizon, &asked, &work)
        } else {
            steps = RecordedSteps(data, most: mostSteps, seed: seed)
            try fit(steps, over: horizon, &asked, &work)
        }
        let nearness = try PairsNearby(steps, data, seed: seed).nearness(
            of: &asked, work.table, unseen: work.unseenShare)
        let judged = asked.feasibility(of: Array(steps.observations.prefix(steps.observationSize * 20_000)))
        return PolicyEstimate(
            statement:
                "Mean sums over at most \(horizon.steps) steps of episodes that start as the recorded ones, had the "
                + "policy acted in them.",
            subject: subject, episodes: all.episodeCount, truncated: all.truncated, steps: all.recordedSteps,
            fittedSteps: steps.count, fit: work.fit, horizon: horizon.steps, confidence: confidence,
            resamples: work.estimate.resampled.count, seed: seed, figures: figures(all, horizon, work),
            weights: work.ratios.flatMap { try? $0.get().diagnostics }, nearness: nearness,
            feasibleShare: judged.map { Double($0.count { $0 <= 0 }) / Double(max($0.count, 1)) },
            warnings: warnings(all, horizon, nearness, work))
    }

    /// What is fitted on the way.
    private struct Work {
        var fit = ""
        var estimate = HorizonEstimate(values: [], resampled: [])
        /// By a model; nothing where values are in a table, which is one.
        var modelled: HorizonEstimate?
        /// Nothing where the policy states no probabilities.
        var ratios: Result<ImportanceRatios, OffPolicyError>?
        /// Values at what was recorded, for each signal.
        var recorded: [RecordedValues]?
        var signals: [[[Double]]] = []
        var table: HorizonTable?
        var unseenShare: Double?
    }

    private func check(_ policy: any Policy, _ data: TransitionDataset, _ file: String) throws {
        guard policy.actionChoices == data.actionChoices else {
            throw EstimateError.otherActions(
                file: file, recorded: data.actionChoices, policy: policy.actionChoices)
        }
        guard policy.observationSize == data.observationSize && policy.actionSize == data.actionSize else {
            throw EstimateError.otherSizes(
                file: file, recorded: [data.observationSize, data.actionSize],
                policy: [policy.observationSize, policy.actionSize])
        }
        if !policy.needsNoPast { throw EstimateError.remembers(policy.memory) }
        try data.requireEpisodes(Self.fewestEpisodes, for: "an interval by resamples of episodes")
    }

    private func fit(
        _ table: HorizonTable, over horizon: ValueHorizon, _ asked: inout PolicyOnRecords, _ work: inout Work
    ) throws {
        let law = try asked.law(over: table)
        work.fit = "table"
        work.table = table
        work.estimate = table.estimate(
            law.probabilities, over: horizon, resamples: tableResamples, seed: seed)
        work.unseenShare = table.unseenShare(law.probabilities)
        guard law.isStated else { return }
        work.ratios = .success(table.ratios(law.probabilities))
        work.recorded = table.recordedValues(law.probabilities, over: horizon, seed: seed)
        work.signals = work.estimate.values.indices.map(table.signal)
    }

    private func fit(
        _ steps: RecordedSteps, over horizon: ValueHorizon, _ asked: inout PolicyOnRecords, _ work: inout Work
    ) throws {
        var options = fit
        options.seed = seed
        let values = HorizonValues(
            steps, nextActions: try asked.actions(at: steps.nextObservations, part: 0),
            startActions: try asked.actions(at: steps.starts, part: 1), options: options)
        work.fit = "random features"
        work.estimate = try values.estimate(over: horizon)
        var modelOptions = model
        modelOptions.seed = seed
        var part = 100
        work.modelled = try ModelValues(steps, options: modelOptions).estimate(over: horizon) {
            observations in
            part += 1
            return try asked.actions(at: observations, part: part)
        }
    }

    // MARK: Figures

    private func figures(_ all: RecordedSteps, _ horizon: ValueHorizon, _ work: Work) -> [PolicyEstimate
        .Figures]
    {
        all.signals.enumerated().map { number, signal in
            let scale = scale(of: signal)
            let possible = all.possibleSums(ofSignal: number, over: horizon)
            let fitted = estimate(.fittedValues, work.estimate, number, within: possible)
            let modelled = work.modelled.map { estimate(.model, $0, number, within: possible) }
            let byWeights = [PolicyEstimate.Method.weighted, .doublyRobust].map { weighted($0, number, work) }
            let chosen = modelled ?? fitted
            return PolicyEstimate.Figures(
                signal: "\(signal)", recorded: all.values[number].reduce(0, +) / Double(all.episodeCount),
                estimates: [fitted] + [modelled].compactMap(\.self) + byWeights,
                normalized: scale.flatMap { chosen.value.map($0) },
                normalizedInterval: scale.flatMap { scale in chosen.interval?.map(scale) })
        }
    }

    private func scale(of signal: Signal) -> ((Double) -> Double)? {
        guard let constants else { return nil }
        switch signal {
        case .reward: return constants.normalizedReturn
        case .cost("cost"): return constants.normalizedCost
        case .cost: return nil
        }
    }

    /// The estimate ± Student's quantile times the deviation of the resampled fits, cut to what sums there can be.
    private func estimate(
        _ method: PolicyEstimate.Method, _ estimate: HorizonEstimate, _ signal: Int,
        within possible: ClosedRange<Double>
    ) -> PolicyEstimate.Estimate {
        let (value, resampled) = (estimate.values[signal], estimate.resampled.map { $0[signal] })
        guard resampled.count >= 2 else { return .init(method: method, value: value) }
        let mean = resampled.reduce(0, +) / Double(resampled.count)
        let squares = resampled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let deviation = (squares / Double(resampled.count - 1)).squareRoot()
        let quantile = StudentDistribution(degrees: Double(resampled.count - 1))
            .quantile(upperTail: (1 - confidence) / 2)
        return .init(
            method: method, value: value,
            interval: [
                max(value - quantile * deviation, possible.lowerBound),
                min(value + quantile * deviation, possible.upperBound),
            ])
    }

    private func weighted(
        _ method: PolicyEstimate.Method, _ signal: Int, _ work: Work
    ) -> PolicyEstimate.Estimate {
        let estimator = method == .weighted ? Estimator.weightedPerDecision : .weightedDoublyRobust
        do throws(OffPolicyError) {
            guard let ratios = try work.ratios?.get() else { throw .noProbabilities }
            let size = ratios.diagnostics.effectiveSize
            guard size >= leastEffectiveSize else {
                throw .fewEffectiveEpisodes(size, least: leastEffectiveSize)
            }
            let inputs = OffPolicyInputs(
                signal: work.signals[signal], ratios: ratios, values: work.recorded?[signal], discount: 1)
            let interval = try inputs.interval(estimator, Resampling(confidence: confidence, seed: seed))
            return .init(
                method: method, value: try inputs.estimate(estimator),
                interval: interval.map { [$0.lowerBound, $0.upperBound] })
        } catch {
            return .init(method: method, refusal: error.description)
        }
    }

    private func warnings(
        _ all: RecordedSteps, _ horizon: ValueHorizon, _ nearness: PolicyEstimate.Nearness, _ work: Work
    ) -> [String] {
        var warnings: [String] = []
        if nearness.outsideShare > max(0.2, 2 * nearness.recordedOutsideShare) {
            warnings.append(
                String(format: "%.0f %% of the policy's actions are", 100 * nearness.outsideShare)
                    + " outside what was recorded: their values are extrapolated, which no interval shows.")
        }
        if let unseen = work.unseenShare, unseen > 0.05 {
            warnings.append(
                String(format: "%.0f %% of the policy's actions were", 100 * unseen)
                    + " never taken in those states: they count as what was done there on the whole.")
        }
        if work.ratios != nil {
            warnings.append(
                "the behaviour was estimated (counted frequencies): its error enters every weight and no interval."
            )
        }
        if all.longest < horizon.steps && all.truncated == 0 {
            warnings.append("no recorded episode is longer than \(all.longest) steps.")
        }
        return warnings
    }
}
