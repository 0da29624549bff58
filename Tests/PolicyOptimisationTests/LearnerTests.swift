import Foundation
import PolicyOptimisation
import Tensors
import TestSupport
import Testing

/// Batches of one cost for a learner, from a random but fixed world.
struct LearnerWorld {
    let policy: StochasticPolicy
    let rows: Int

    static let gaussian = LearnerWorld(
        policy: .gaussian(observation: 3, hidden: [16, 16], actions: 2), rows: 300)
    static let choice = LearnerWorld(
        policy: .categorical(observation: 3, hidden: [16], choices: 4), rows: 64)

    func batch(_ parameters: [Double], number: UInt64, excess: Double = -0.02) -> PolicyBatch {
        var random = RandomNumbers(seed: number)
        let inputs = PolicyInputs(random.matrix(rows, 3))
        var streams = (0..<rows).map { RandomStream(seed: number, for: .action, index: UInt32($0)) }
        let actions = policy.sample(inputs, parameters: parameters, using: &streams)
        let advantages = random.vector(rows)
        let costs = zip(advantages, random.vector(rows)).map { 2 * $0 + $1 }  // they rise together
        return PolicyBatch(
            inputs: inputs, actions: actions, advantages: advantages, returns: random.vector(rows, scale: 30),
            costAdvantages: [costs], costReturns: [costs.map { abs($0) }], excess: [excess],
            rowsPerEpisode: 5)
    }

    func trustRegion(_ choosing: (inout TrustRegionLearner.Configuration) -> Void = { _ in })
        -> TrustRegionLearner
    {
        var c = TrustRegionLearner.Configuration()
        (c.values.hidden, c.values.rows, c.values.passes) = ([8], 50, 2)
        choosing(&c)
        return TrustRegionLearner(policy, constraints: 1, configuration: c, seed: 3)
    }

    func ppo() -> PPOLagrangian {
        var c = PPOLagrangian.Configuration()
        (c.rows, c.epochs, c.values.hidden, c.values.rows, c.values.passes) = (50, 3, [8], 50, 2)
        c.multipliers = .controller(proportional: 1, integral: 0.1, derivative: 1)
        return PPOLagrangian(policy, constraints: 1, configuration: c, seed: 3)
    }
}

@Suite struct LearnerTests {
    @Test func theStepIsTakenInTheUnitOfTheBudget() throws {
        // Twice the rows an episode is twice the change of J that a step makes.
        let world = LearnerWorld.gaussian, learner = world.trustRegion()
        let batch = world.batch(learner.parameters, number: 1)
        var longer = batch
        (longer.rowsPerEpisode, longer.excess) = (10, [-0.04])
        let (one, two) = (try world.trustRegion().update(batch), try world.trustRegion().update(longer))
        #expect(relativeError(two.step.step, one.step.step) <= 1e-9)
        #expect(abs(two.step.predictedExcess[0] - 2 * one.step.predictedExcess[0]) <= 1e-12)
        #expect(
            abs(
                two.search.attempts[0].values.costChanges[0] - 2
                    * one.search.attempts[0].values.costChanges[0]) <= 1e-12)
        #expect(one.step.stepCase == .bounded && one.step.costMultipliers[0] > 0, "the budget matters here")
    }

    @Test func theRewardMayBeRescaledButACostMayNot() throws {
        let world = LearnerWorld.gaussian, learner = world.trustRegion()
        let batch = world.batch(learner.parameters, number: 1)
        let plain = try world.trustRegion().update(batch)
        var shifted = batch
        shifted.advantages = batch.advantages.map { 100 * $0 + 7 }
        shifted.costAdvantages = [batch.costAdvantages[0].map { $0 + 3 }]
        #expect(relativeError(try world.trustRegion().update(shifted).step.step, plain.step.step) <= 1e-8)
        var scaled = batch
        scaled.costAdvantages = [batch.costAdvantages[0].map { 3 * $0 }]
        #expect(relativeError(try world.trustRegion().update(scaled).step.step, plain.step.step) > 1e-2)
        // Without differences in the reward, only the cost is left to follow.
        var same = batch
        (same.advantages, same.excess) = (batch.advantages.map { _ in 0.3 }, [0.02])
        let report = try world.trustRegion().update(same)
        #expect(report.step.predictedGain == 0 && report.step.predictedExcess[0] < 0.02)
    }

    @Test func withoutAnAcceptableShareThePolicyStays() throws {
        let world = LearnerWorld.gaussian
        let learner = world.trustRegion { $0.lineSearch = LineSearch(shrink: 0.5, attempts: 1) }
        let before = learner.parameters
        // Against so small a radius of the true divergence the quadratic model errs, or the cost rises.
        var report = try learner.update(world.batch(before, number: 2, excess: -1e-9))
        var number: UInt64 = 3
        while report.isAccepted && number < 60 {
            learner.replaceParameters(before)
            report = try learner.update(world.batch(before, number: number, excess: -1e-9))
            number += 1
        }
        #expect(!report.isAccepted && report.search.acceptedShare == nil)
        #expect(report.search.attempts.last?.verdict != .accepted)
        #expect(learner.parameters == before)
        #expect(learner.updates > 0)
    }

    @Test func theEntropyIsThatOfTheNewPolicy() throws {
        let world = LearnerWorld.choice, learner = world.trustRegion()
        let batch = world.batch(learner.parameters, number: 1)
        let report = try learner.update(batch)
        let pass = PolicyPass(world.policy, capacity: world.rows)
        pass.evaluate(batch.inputs, at: learner.parameters)
        #expect(report.entropy == pass.entropy && report.isAccepted)
    }

    // MARK: - Faults

    @Test func whatIsNotFiniteIsNamedAndChangesNothing() throws {
        let faults: [(String, (inout PolicyBatch) -> Void)] = [
            ("observations", { $0.inputs = PolicyInputs(Matrix($0.inputs.rows, 3, repeating: .nan)) }),
            ("actions", { $0.actions = .vectors(Matrix($0.inputs.rows, 2, repeating: .infinity)) }),
            ("advantages of the reward", { $0.advantages[3] = .nan }),
            ("returns of the reward", { $0.returns[3] = .infinity }),
            ("advantages of cost 0", { $0.costAdvantages[0][1] = .nan }),
            ("returns of cost 0", { $0.costReturns[0][1] = .nan }),
            ("excess of cost 0", { $0.excess[0] = .infinity }),
            ("gradient of the surrogate of cost 0", { $0.costAdvantages[0][0] = 1e200 }),
        ]
        let world = LearnerWorld.gaussian, learner = world.trustRegion(), ppo = world.ppo()
        let before = (learner.state, ppo.state)
        for (name, spoil) in faults {
            var batch = world.batch(learner.parameters, number: 1)
            spoil(&batch)
            #expect(throws: NonFiniteError(name)) { try learner.update(batch) }
            if name.hasPrefix("gradient") { continue }
            #expect(throws: NonFiniteError(name)) { try ppo.update(batch) }
        }
        #expect(learner.state == before.0 && ppo.state == before.1)
    }

    @Test func anActionThatWasNotAllowedIsRefused() throws {
        let world = LearnerWorld.choice, learner = world.trustRegion()
        var batch = world.batch(learner.parameters, number: 1)
        guard case .choices(let choices) = batch.actions else {
            Issue.record("not choices")
            return
        }
        let allowed = choices.flatMap { choice in (0..<4).map { $0 != choice || choice != choices[5] } }
        batch.inputs = PolicyInputs(batch.inputs.observations, allowed: allowed)
        #expect(throws: NonFiniteError("log-probability of a recorded action")) { try learner.update(batch) }
        #expect(throws: NonFiniteError("log-probability of a recorded action")) {
            try world.ppo().update(batch)
        }
    }
}
