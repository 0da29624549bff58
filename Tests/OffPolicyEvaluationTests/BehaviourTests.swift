import Foundation
import OffPolicyEvaluation
import Replay
import Tensors
import TestSupport
import Testing

@Suite struct BehaviourTests {
    @Test func countedFrequenciesArePerState() throws {
        let ward = Ward()
        let counted = CountedBehaviour(try ward.perfectData())
        for step in 0..<3 {
            for state in 0..<2 {
                let observation = [Double(step), Double(state)]
                for action in 0..<2 {
                    let expected = Ward.behaviour.probability(of: [Double(action)], at: observation)
                    #expect(counted.probability(of: [Double(action)], at: observation) == expected)
                }
            }
        }
        #expect(counted.probability(of: [2], at: [0, 0]) == 0)
        #expect(counted.probability(of: [0], at: [9, 9]) == 0)
        #expect(counted.loneShare == 0)
    }

    @Test func statesThatOccurOnceAreCounted() throws {
        func episode(_ states: [Double]) -> Trajectory {
            Trajectory(
                observations: states.map { [$0] }, actions: states.dropLast().map { _ in [0] },
                rewards: states.dropLast().map { _ in 0 }, end: .terminated)
        }
        let data = try TrajectorySet([episode([1, 2, 3]), episode([1, 4, 5])])
        #expect(CountedBehaviour(data).loneShare == 0.5)
    }

    @Test func theRegressionFindsTheLawOnFewStates() throws {
        // One number that is 0 or 1 can express any frequencies of two actions.
        let data = try Ward().perfectData()
        let law = try SoftmaxBehaviour(stateOnly(data, shares: [0.25, 0.5]), ridge: 1e-6)
        #expect(law.actions == [[0], [1]])
        #expect(law.probability(of: [1], at: [0]).isWithin(1e-5, of: 0.25))
        #expect(law.probability(of: [1], at: [1]).isWithin(1e-5, of: 0.5))
        #expect(law.probability(of: [3], at: [0]) == 0)
    }

    /// Episodes of one step: 64 in each of two states, with shares of action 1.
    private func stateOnly(_ data: TrajectorySet, shares: [Double]) throws -> TrajectorySet {
        try TrajectorySet(
            (0..<2).flatMap { state in
                (0..<64).map { place in
                    Trajectory(
                        observations: [[Double(state)], [0]],
                        actions: [[Double(place) < 64 * shares[state] ? 1 : 0]], rewards: [0],
                        end: .terminated)
                }
            })
    }

    @Test func noOtherWeightsAreMoreLikely() throws {
        // Three actions whose odds change smoothly: the mean log-likelihood beats that of nearby and of even laws.
        var stream = RandomStream(seed: 2, for: .testing)
        let episodes = (0..<400).map { _ in
            let x = Double(stream.nextUniform(in: -2..<2)), y = Double(stream.nextUniform(in: -50..<50))
            let scores = [exp(x), exp(0.02 * y), exp(-x - 0.5)]
            var rest = Double(stream.nextUniform()) * scores.reduce(0, +)
            let action = scores.firstIndex { score in
                rest -= score
                return rest < 0
            }
            return Trajectory(
                observations: [[x, y], [0, 0]], actions: [[Double(action ?? 2)]], rewards: [0],
                end: .terminated)
        }
        let data = try TrajectorySet(episodes)
        let law = try SoftmaxBehaviour(data, ridge: 1e-3)
        func likelihood(_ shift: Double) -> Double {
            let sum = episodes.reduce(0.0) { sum, episode in
                let (x, y) = (episode.observations[0][0], episode.observations[0][1])
                let scores = [exp(x + shift), exp(0.02 * y), exp(-x - 0.5)]
                return sum + log(scores[Int(episode.actions[0][0])] / scores.reduce(0, +))
            }
            return sum / Double(episodes.count)
        }
        let mean = episodes.reduce(0.0) {
            $0 + log(law.probability(of: $1.actions[0], at: $1.observations[0]))
        }
        #expect((mean / 400).isWithin(1e-12, of: law.logLikelihood))
        #expect(law.logLikelihood > likelihood(0) && law.logLikelihood < likelihood(0) + 0.02)
        #expect(law.logLikelihood > log(1 / 3.0))
        let total = law.actions.reduce(0) { $0 + law.probability(of: $1, at: [0.3, -7]) }
        #expect(total.isWithin(1e-12, of: 1))
    }

    @Test func separableActionsStillHaveProbabilities() throws {
        let law = try SoftmaxBehaviour(stateOnly(try Ward().perfectData(), shares: [0, 1]), ridge: 1)
        let certain = law.probability(of: [1], at: [1])
        #expect(certain > 0.9 && certain < 1)
    }

    @Test func oneActionIsNoChoice() throws {
        let data = try stateOnly(try Ward().perfectData(), shares: [0, 0])
        let error = #expect(throws: OffPolicyError.self) { try SoftmaxBehaviour(data) }
        #expect(error?.description == "fitted values: 1 distinct actions, not 2 to 256.")
    }

    @Test func anImpossibleRecordedActionIsRefused() throws {
        let never = FinitePolicy { _ in [WeightedAction([0], weight: 1)] }
        let data = try Ward().perfectData()
        struct Law: BehaviourLaw {
            let description = "one action"
            let policy: FinitePolicy
            func probability(of action: [Double], at observation: [Double]) -> Double {
                policy.probability(of: action, at: observation) ?? 0
            }
        }
        let error = #expect(throws: OffPolicyError.self) {
            try ImportanceRatios(data, of: Ward.policy, over: .estimated(Law(policy: never)))
        }
        guard case .impossibleAction = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        var episode = data.episodes[0]
        episode.behaviour?[0] = 0
        let zero = try TrajectorySet([episode])
        #expect(throws: OffPolicyError.impossibleAction(episode: 0, step: 0)) {
            try ImportanceRatios(zero, of: Ward.policy, over: .recorded)
        }
    }

    @Test func aRatioBeyondAllNumbersIsRefused() throws {
        var episode = try Ward().perfectData().episodes[0]
        episode.behaviour?[1] = .leastNonzeroMagnitude
        let data = try TrajectorySet([episode])
        let error = #expect(throws: OffPolicyError.self) {
            try ImportanceRatios(data, of: Ward.policy, over: .recorded)
        }
        #expect(error == .hugeRatio(episode: 0, step: 1))
        #expect(
            error?.description
                == "episode 0, step 1: the policy takes the recorded action so much more often than the behaviour that "
                + "the ratio is beyond all numbers.")
    }

    @Test func nothingIsGuessedWhereProbabilitiesAreMissing() throws {
        var episode = try Ward().perfectData().episodes[0]
        episode.behaviour = nil
        let data = try TrajectorySet([episode])
        #expect(throws: OffPolicyError.noBehaviour) {
            try ImportanceRatios(data, of: Ward.policy, over: .recorded)
        }
        #expect(throws: OffPolicyError.noProbabilities) {
            try ImportanceRatios(
                data, of: Silent(),
                over: .estimated(CountedBehaviour(data)))
        }
    }
}

/// A policy that does not say how probable its actions are.
private struct Silent: EvaluatedPolicy {
    func probability(of action: [Double], at observation: [Double]) -> Double? { nil }
    func weightedActions(at observation: [Double]) -> [WeightedAction] { [WeightedAction([0], weight: 1)] }
}
