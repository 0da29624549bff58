import Foundation
import SafeRL

/// Judges the policy now and then while it is trained, by the same seed and so from the same starts each time.
///
/// What goes wrong costs the figures of one evaluation, which become `null`, and a warning; training goes on.
final class ScheduledEvaluator<A: Algorithm> {
    private let resolved: ResolvedRun<A.Configuration>
    private let environment: NamedEnvironment
    /// Made when first needed and kept, for what takes long to start; given up where it failed.
    private var place: (any VectorEnvironment)?

    /// What the configuration asks for; nothing where it asks for no evaluation during training.
    ///
    /// - Throws: `ConfigurationError` when there is no such environment.
    init?(_ resolved: ResolvedRun<A.Configuration>, in registry: Registry) throws {
        guard resolved.run.evaluation.interval > 0,
            let environment = try resolved.evaluationEnvironment(in: registry)
        else { return nil }
        (self.resolved, self.environment) = (resolved, environment)
    }

    /// What the trainer is given.
    var evaluation: PeriodicEvaluation<A> {
        PeriodicEvaluation(every: resolved.run.evaluation.interval) { algorithm, step, isStopping in
            self.figures(of: algorithm, after: step, isStopping)
        }
    }

    /// Nothing when the run is to stop, and before there is a policy.
    private func figures(
        of algorithm: A, after step: Int, _ isStopping: () -> Bool
    ) -> [(name: String, value: Float)]? {
        guard algorithm.hasPolicy else { return nil }
        do { return try judge(try algorithm.makePolicy(), isStopping).figures } catch {
            place = nil
            // A signal from the terminal also ends the processes of an environment.
            if isStopping() { return nil }
            FileHandle.standardError.offer(
                "warning: the evaluation after update \(step) has no figures, training goes on. \(error)\n")
            return EvaluationReport.missingFigures
        }
    }

    private func judge(_ policy: any Policy, _ isStopping: () -> Bool) throws -> EvaluationReport {
        var judgement = try resolved.judging(policy, in: environment)
        let episodes = resolved.run.evaluation.intervalEpisodes
        if episodes > 0 { judgement.episodes = episodes }
        let place = try place ?? judgement.place()
        self.place = place
        return try judgement.run(policy, in: place, isStopping: isStopping).1
    }
}

extension EvaluationReport {
    /// Numbers for a line of `metrics.jsonl`, by their names in `report.json`, the most important first.
    fileprivate var figures: [(name: String, value: Float)] {
        var figures = [("return_mean", returnMean), ("cost_mean", cost.costMean)]
        figures.append(("violation_free_share", cost.violationFreeShare))
        for channel in channels ?? [] {
            figures.append(("cost_mean.\(channel.name)", channel.costMean))
            figures.append(("violation_free_share.\(channel.name)", channel.violationFreeShare))
        }
        if let normalizedReturn { figures.append(("normalized_return", normalizedReturn)) }
        if let normalizedCost { figures.append(("normalized_cost", normalizedCost)) }
        if let goalShare { figures.append(("goal_share", goalShare)) }
        figures.append(("length_mean", lengthMean))
        return figures.map { ($0, Float($1)) }
    }

    /// What stands there where nothing could be found out.
    fileprivate static var missingFigures: [(name: String, value: Float)] {
        ["return_mean", "cost_mean", "violation_free_share"].map { ($0, .nan) }
    }
}
