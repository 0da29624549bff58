import Algorithms
import OffPolicyEvaluation
import SafeRL
import Testing

/// A ladder of four rungs whose recordings climb, 1, or stay, 0, as a coin says; the third choice nobody takes.
private enum Ladder {
    static func data(_ episodes: Int) throws -> TransitionDataset {
        var stream = RandomStream(seed: 9, for: .testing)
        var columns = TransitionColumns(observationSize: 1, actionSize: 1, actionChoices: 3)
        for _ in 0..<episodes {
            var rung: Float = 0
            for step in 1...5 {
                let action = Float(stream.nextInteger(below: 2))
                let next = rung + action
                columns.append(
                    observation: [rung], action: [action], nextObservation: [next], reward: action,
                    cost: 1 - action, terminated: next == 4, truncated: next < 4 && step == 5)
                rung = next
                if next == 4 { break }
            }
        }
        return try TransitionDataset(columns)
    }
}

/// Climbs with a probability that it states.
private struct Climber: FiniteChoicePolicy {
    var share: Float
    var memory = 0
    var observationSize = 1
    let actionSize = 1
    let actionChoices: Int? = 3
    let choices: [[Float]] = [[0], [1], [2]]

    func probabilities(in observations: [Float]) -> [Double] {
        observations.flatMap { _ in [1 - Double(share), Double(share), 0] }
    }

    func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count { actions[row] = streams[row].nextUniform() < share ? 1 : 0 }
    }

    func feasibilityValues(of observations: Span<Float>) -> [Float]? {
        (0..<observations.count).map { observations[$0] - 1.5 }
    }
}

/// Always does the same, and states no probabilities.
private struct Single: Policy {
    let action: Float
    let observationSize = 1
    let actionSize = 1
    let actionChoices: Int? = 3

    func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count { actions[row] = action }
    }
}

@Suite struct PolicyEstimatorTests {
    private let subject = PolicyEstimate.Subject(
        checkpoint: "run/checkpoints/step-1", step: 1, policy: "a", data: "a.hdf5", dataDigest: "b")

    private func estimate(_ policy: any Policy, _ episodes: Int = 1500) throws -> PolicyEstimate {
        var estimator = PolicyEstimator()
        estimator.tableResamples = 40
        estimator.constants = TaskConstants(minimumReturn: 0, maximumReturn: 4, costLimit: 2)
        return try estimator.estimate(policy, on: try Ladder.data(episodes), of: subject)
    }

    @Test func aPolicyThatStatesProbabilitiesHasEstimatesOfEveryKind() throws {
        let estimate = try estimate(Climber(share: 0.75))
        // Five steps that climb with 0.75 each, but no step after the fourth rung.
        let truth = (5 * 0.75) - 0.75 * 0.31640625
        let reward = try #require(estimate["reward"])
        for method in [PolicyEstimate.Method.fittedValues, .weighted, .doublyRobust] {
            let found = try #require(reward[method])
            #expect(abs((found.value ?? 0) - truth) < 0.1, "\(found)")
            let interval = try #require(found.interval)
            // A world without chance makes an interval of fitted values narrower than the error of drawn actions.
            let slack = interval[1] - interval[0] + 0.01
            #expect(interval[0] - slack < truth && truth < interval[1] + slack && slack < 0.5, "\(found)")
        }
        #expect(reward[.model] == nil && estimate.fit == "table" && estimate.kind == "estimate")
        #expect(abs((reward.normalized ?? 0) - truth / 4) < 0.05)
        #expect(estimate.weights.map { $0.effectiveSize > 100 } == true)
        #expect(estimate.feasibleShare.map { $0 > 0.5 && $0 < 1 } == true)
        #expect(estimate.nearness.equalShare.map { abs($0 - 0.5) < 0.1 } == true)
        #expect(estimate.nearness.unseenShare == 0 && estimate.nearness.outsideShare < 0.1)
        #expect(estimate == (try self.estimate(Climber(share: 0.75))))
    }

    @Test func aPolicyWithoutProbabilitiesHasNoWeightsAndSaysWhy() throws {
        let estimate = try estimate(Single(action: 1))
        let cost = try #require(estimate["cost"])
        #expect(abs(cost[.fittedValues]?.value ?? 1) < 0.05)
        #expect(
            cost[.weighted]?.refusal
                == "the policy states no probabilities: importance sampling needs them; fitted values do not."
        )
        #expect(estimate.weights == nil && estimate.feasibleShare == nil)
    }

    @Test func tooFewEffectiveEpisodesAreNoWeights() throws {
        let refusal = try estimate(Climber(share: 1), 100)["reward"]?[.weighted]?.refusal
        #expect(refusal?.hasPrefix("effective sample size") == true, "\(refusal ?? "")")
    }

    @Test func whatNobodyDidIsSaidToBeOutside() throws {
        let estimate = try estimate(Single(action: 2))
        #expect(estimate.nearness.unseenShare == 1 && estimate.nearness.outsideShare == 1)
        #expect(estimate.warnings.contains { $0.contains("100 % of the policy's actions are outside") })
        #expect(estimate.warnings.contains { $0.contains("never taken in those states") })
    }

    @Test func whatDoesNotFitIsRefused() throws {
        #expect(throws: EstimateError.remembers(2)) { try estimate(Climber(share: 1, memory: 2)) }
        #expect(throws: EstimateError.otherSizes(file: "a.hdf5", recorded: [1, 1], policy: [2, 1])) {
            try estimate(Climber(share: 1, observationSize: 2))
        }
        #expect(throws: EstimateError.badAction(.infinity)) { try estimate(Single(action: .infinity)) }
        let error = #expect(throws: DatasetError.self) { try estimate(Climber(share: 1), 9) }
        #expect(
            error?.description.hasSuffix(
                "9 episodes, and an interval by resamples of episodes needs at least 10. Record more, whole ones."
            )
                == true)
    }

    @Test func thePageNamesWhatItIsAbout() throws {
        let estimate = try estimate(Climber(share: 0.75), 200)
        #expect(estimate.markdown.contains("No certificate") && estimate.markdown.contains("`b`"))
        #expect(estimate.table.contains("Return, fqe") && estimate.table.contains("Feasible by V_h"))
        #expect(try estimate.json().contains("\"kind\" : \"estimate\""))
    }
}
