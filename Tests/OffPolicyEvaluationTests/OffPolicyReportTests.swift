import Foundation
import OffPolicyEvaluation
import Replay
import Tensors
import TestSupport
import Testing

@Suite struct OffPolicyReportTests {
    static let evaluator = OffPolicyEvaluator(
        discount: 0.5, estimators: Estimator.allCases, leastEffectiveSize: 10,
        resampling: Resampling(resamples: 100, seed: 1))

    private func judged(_ data: TrajectorySet, _ evaluator: OffPolicyEvaluator = Self.evaluator)
        -> OffPolicyReport
    {
        evaluator.report(Ward.policy, from: data, over: .recorded) { signal, part throws(OffPolicyError) in
            try TabularValues(part, signal, of: Ward.policy, discount: 0.5, unseen: .value(0))
        }
    }

    @Test func everySignalIsEstimatedByEveryEstimator() throws {
        let ward = Ward()
        let report = judged(try ward.perfectData())
        #expect(report.signals.map(\.signal) == ["reward", "cost harm"])
        for (signal, estimates) in zip([Signal.reward, .cost("harm")], report.signals) {
            for estimator in Estimator.allCases {
                let value = try #require(estimates.value(estimator))
                #expect(value.isWithin(1e-10, of: ward.exactValue(signal)), "\(estimator)")
            }
            for estimate in estimates.estimates {
                #expect((estimate.interval == nil) == (estimate.estimator == .fittedValues))
            }
        }
        #expect(
            report.warnings == [
                "values were fitted to the episodes they correct: doubly robust estimates are biased."
            ])
    }

    @Test func tooFewEffectiveEpisodesAreRefusedWithAReason() throws {
        var evaluator = Self.evaluator
        evaluator.leastEffectiveSize = 1e6
        let reward = judged(try Ward().sample(100, seed: 1), evaluator).signals[0]
        for estimate in reward.estimates where estimate.estimator.usesWeights {
            #expect(estimate.value == nil && estimate.interval == nil)
            #expect(estimate.refusal?.hasPrefix("effective sample size") == true)
            #expect(estimate.refusal?.contains("below 1e+06") == true)
        }
        #expect(reward.value(.fittedValues) != nil)
    }

    @Test func aPolicyWithoutProbabilitiesHasFittedValuesOnly() throws {
        struct Silent: EvaluatedPolicy {
            func probability(of action: [Double], at observation: [Double]) -> Double? { nil }
            func weightedActions(at observation: [Double]) -> [WeightedAction] {
                Ward.policy.weightedActions(at: observation)
            }
        }
        let data = try Ward().perfectData()
        let report = Self.evaluator.report(Silent(), from: data, over: .recorded) {
            signal, part throws(OffPolicyError) in
            try TabularValues(part, signal, of: Silent(), discount: 0.5)
        }
        #expect(report.weights == nil)
        for estimate in report.signals[0].estimates {
            #expect((estimate.value == nil) == estimate.estimator.usesWeights)
        }
    }

    @Test func warningsSayWhatTheFiguresRestOn() throws {
        var episodes = try Ward().sample(30, seed: 2).episodes
        episodes[0].end = .truncated
        let data = try TrajectorySet(episodes)
        var evaluator = Self.evaluator
        evaluator.folds = 3
        let counted = CountedBehaviour(data)
        let report = evaluator.report(Ward.policy, from: data, over: .estimated(counted)) {
            signal, part throws(OffPolicyError) in
            try TabularValues(part, signal, of: Ward.policy, discount: 0.5, unseen: .value(0))
        }
        #expect(report.behaviour == "counted frequencies" && report.truncated == 1)
        #expect(report.warnings.contains { $0.hasPrefix("1 of 30 episodes were cut") })
        #expect(
            report.warnings.contains { $0.hasPrefix("the behaviour was estimated (counted frequencies)") })
        #expect(!report.warnings.contains { $0.contains("biased") })
        #expect(report.signals[0].value(.doublyRobust) != nil)
    }

    @Test func aPolicyFarFromTheBehaviourIsWarnedAbout() throws {
        // Two of forty episodes do what the policy does.
        let episodes = (0..<40).map { number in
            Trajectory(
                observations: [[0], [0]], actions: [[number < 2 ? 1 : 0]], rewards: [1], end: .terminated,
                behaviour: [number < 2 ? 0.05 : 0.95])
        }
        var evaluator = Self.evaluator
        (evaluator.leastEffectiveSize, evaluator.estimators) = (0, [.weighted])
        let policy = FinitePolicy(taking: { _ in [1] })
        let report = evaluator.report(policy, from: try TrajectorySet(episodes), over: .recorded) {
            signal, part throws(OffPolicyError) in
            try TabularValues(part, signal, of: policy, discount: 0.5)
        }
        #expect(
            report.warnings == [
                "the weights leave 2 effective episodes of 40: the policy is far from the behaviour.",
                "one episode carries 50 % of the weight.",
            ])
    }

    @Test func theReportIsJSONAndLines() throws {
        let report = judged(try Ward().sample(200, seed: 4))
        let text = try report.json()
        #expect(try JSONDecoder().decode(OffPolicyReport.self, from: Data(text.utf8)) == report)
        #expect(text.contains("\"effective_sample_size\""))
        let table = report.table
        #expect(table.contains("reward, wis") && table.contains("cost harm, wdr"))
        #expect(table.contains("effective sample size"))
        var evaluator = Self.evaluator
        evaluator.leastEffectiveSize = 1e6
        #expect(judged(try Ward().sample(50, seed: 1), evaluator).table.contains("refused: effective"))
    }
}
