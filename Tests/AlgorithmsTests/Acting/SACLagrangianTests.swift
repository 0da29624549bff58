import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

extension SACLagrangian.Configuration {
    /// Small enough for a test.
    fileprivate static func tiny(_ change: (inout Self) -> Void = { _ in }) -> Self {
        var c = Self()
        (c.costLimit, c.rollout.steps, c.rollout.slots) = (3, 200, 4)
        (c.actorWidths, c.criticWidths, c.rows) = ([16, 16], [16, 16], 32)
        (c.buffer, c.warmUp, c.updatesPerStep) = (4000, 200, 0.5)
        change(&c)
        return c
    }
}

@Suite struct SACLagrangianTests {
    @Test(.enabled(if: MallocCounter.worksInRelease, "needs a release build"))
    func aStepOfTheNetworksAllocatesNothing() throws {
        let sac = try learner(.tiny())
        var stream = RandomStream(seed: 5, for: .testing)
        func step() throws {
            sac.buffer.fill(sac.batch, using: &stream)
            try sac.learn()
        }
        for _ in 0..<4 { try step() }
        let count = try MallocCounter.fewest { for _ in 0..<5 { try step() } }
        #expect(count == 0, "\(count) allocations in five steps")
    }

    private typealias Configuration = SACLagrangian.Configuration

    private func interaction() throws -> Interaction {
        try Interaction(NamedEnvironment(PushedPoint.self), slots: 4)
    }

    private func learner(_ configuration: Configuration, rounds: Int = 2) throws -> SACLagrangian {
        let sac = try SACLagrangian(configuration, on: interaction(), seed: 7)
        for _ in 0..<rounds { _ = try sac.update() }
        return sac
    }

    @Test func everyOptionIsDescribed() throws {
        #expect(try Configuration.inconsistencies() == [])
    }

    /// What the actor does with given draws: an action, and its log-density by the plain formula.
    private func acted(
        _ sac: SACLagrangian, _ observation: Float, _ noise: Float
    ) -> (action: Float, logDensity: Double) {
        let tape = Tape()
        let gaussian = sac.actor([observation].withUnsafeBufferPointer { tape.constant($0, 1, 1) })
        let (mean, ln) = (Double(gaussian.mean.scalar), Double(gaussian.logDeviation.scalar))
        let u = mean + exp(ln) * Double(noise)
        let normal = -0.5 * Double(noise * noise) - ln - 0.5 * log(2 * Double.pi)
        return (Float(tanh(u)), normal - log(1 - tanh(u) * tanh(u)))
    }

    private func values(_ critic: Learner<Ensemble>, _ pair: [Float], target: Bool) -> [Double] {
        let tape = Tape()
        let x = pair.withUnsafeBufferPointer { tape.constant($0, 1, 2) }
        return (target ? critic.target(x) : critic(x)).values.map(Double.init)
    }

    @Test func theCriticsLearnTheTargetsOfTheirDefinition() throws {
        let sac = try learner(.tiny())
        var stream = RandomStream(seed: 3, for: .testing)
        sac.buffer.fill(sac.batch, using: &stream)
        stream.fillNormal(sac.nextNoise.buffer)
        stream.fillNormal(sac.noise.buffer)
        // An end in the first row, so that both cases occur.
        (sac.batch.terminated.buffer[0], sac.batch.terminated.buffer[1]) = (1, 0)
        let (rows, alpha, discount) = (32, Double(sac.alpha), 0.99)
        var (loss, costLoss) = (0.0, 0.0)
        for row in 0..<rows {
            let next = sac.batch.nextObservations.buffer[row]
            let (action, density) = acted(sac, next, sac.nextNoise.buffer[row])
            let q = values(sac.critic, [next, action], target: true)
            let dear = values(sac.costCritic, [next, action], target: true)
            let goesOn = sac.batch.terminated.buffer[row] == 1 ? 0 : discount
            let y = Double(sac.batch.rewards.buffer[row]) + goesOn * (min(q[0], q[1]) - alpha * density)
            let cost = Double(sac.batch.costs.buffer[row]) + goesOn * max(dear[0], dear[1])
            let pair = [sac.batch.observations.buffer[row], sac.batch.actions.buffer[row]]
            for value in values(sac.critic, pair, target: false) { loss += (value - y) * (value - y) }
            for value in values(sac.costCritic, pair, target: false) {
                costLoss += (value - cost) * (value - cost)
            }
        }
        try sac.learn()
        #expect(abs(Double(sac.metrics.criticLoss) - loss / Double(rows)) < 1e-4 * max(1, loss))
        #expect(abs(Double(sac.metrics.costCriticLoss) - costLoss / Double(rows)) < 1e-4 * max(1, costLoss))
    }

    @Test func theActorDescendsItsWeightedLoss() throws {
        let sac = try learner(.tiny())
        sac.weight = 1.5
        var stream = RandomStream(seed: 4, for: .testing)
        sac.buffer.fill(sac.batch, using: &stream)
        stream.fillNormal(sac.nextNoise.buffer)
        stream.fillNormal(sac.noise.buffer)
        let rows = 32, alpha = Double(sac.alpha)
        var draws: [(pair: [Float], logDensity: Double)] = []
        for row in 0..<rows {
            let seen = sac.batch.observations.buffer[row]
            let (action, density) = acted(sac, seen, sac.noise.buffer[row])
            draws.append(([seen, action], density))
        }
        try sac.learn()
        // The critics made their step before the actor read them.
        var wanted = 0.0
        for (pair, density) in draws {
            let q = values(sac.critic, pair, target: false),
                dear = values(sac.costCritic, pair, target: false)
            wanted += (alpha * density - min(q[0], q[1]) + 1.5 * max(dear[0], dear[1])) / 2.5
        }
        #expect(abs(Double(sac.metrics.actorLoss) - wanted / Double(rows)) < 1e-4)
        let entropy = -draws.reduce(0) { $0 + $1.logDensity } / Double(rows)
        #expect(abs(Double(sac.metrics.entropy) - entropy) < 1e-4)
        // One number of an action wants an entropy of −1: above it the temperature falls.
        #expect((sac.alpha < sac.metrics.temperature) == (entropy > -1))
    }

    @Test func theMultiplierFollowsTheMeanCostOfEpisodes() throws {
        let sac = try learner(.tiny { $0.costLimit = 0 }, rounds: 0)
        var controller = PIDMultiplier(proportional: 0.05, integral: 0.0005, derivative: 0.1)
        for _ in 0..<5 {
            let metrics = try sac.update()
            #expect(metrics.multiplier == controller.update(Float(metrics.costMean)))
        }
        #expect(sac.weight > 0)
    }

    @Test func aFullBufferForgetsTheOldest() throws {
        let buffer = ReplayBuffer(capacity: 3, observation: 2, action: 1)
        for number in 0..<5 {
            let x = Float(number)
            buffer.add(
                [x, -x][...], [10 * x][...],
                StepOutcome(reward: x, cost: 2 * x, end: number == 4 ? .terminated : nil),
                next: [x + 1, 0][...])
        }
        #expect(buffer.count == 3)
        let batch = TransitionBatch(rows: 200, observationSize: 2, actionSize: 1)
        var stream = RandomStream(seed: 1, for: .testing)
        buffer.fill(batch, using: &stream)
        var seen: Set<Float> = []
        for row in 0..<200 {
            let x = batch.rewards.buffer[row]
            seen.insert(x)
            #expect(batch.observations.buffer[2 * row] == x && batch.observations.buffer[2 * row + 1] == -x)
            #expect(batch.actions.buffer[row] == 10 * x && batch.costs.buffer[row] == 2 * x)
            #expect(batch.nextObservations.buffer[2 * row] == x + 1)
            #expect(batch.terminated.buffer[row] == (x == 4 ? 1 : 0))
        }
        #expect(seen == [2, 3, 4])
    }

    @Test func itKeepsTheLimitAndGathersReward() throws {
        let sac = try SACLagrangian(
            .tiny {
                ($0.updatesPerStep, $0.discount, $0.integralGain) = (1, 0.9, 0.02)
                ($0.actorRate, $0.temperature, $0.temperatureRate) = (1e-3, 0.05, 1e-3)
            }, on: interaction(), seed: 3)
        var (gained, cost) = (0.0, 0.0)
        for round in 0..<60 {
            _ = try sac.update()
            guard round >= 50 else { continue }
            gained += sac.metrics.returnMean / 10
            cost += sac.metrics.costMean / 10
        }
        // Alone, reward would bring 20 steps to the right and a cost of some 16.
        #expect(gained > 1 && cost < 5, "return \(gained), cost \(cost)")
    }

    @Test func interruptionsLeaveNoTraceAndSeedsDecide() throws {
        let run = try TrainedRun<SACLagrangian>(
            .tiny { $0.buffer = 500 }, on: interaction(), steps: 6, log: 1)
        try run.expectEqualBitsOfEqualSeeds()
        try run.expectNoTraceOfInterruptions(after: [1, 2, 5])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        let wide = Configuration.tiny {
            ($0.actorWidths, $0.criticWidths, $0.rows) = ([64, 64], [64, 64], 256)
        }
        try TrainedRun<SACLagrangian>(wide, on: interaction(), steps: 2, log: 1)
            .expectEqualBitsForAnyThreads()
    }

    @Test func aWarmUpThatDoesNotFitIntoTheBufferIsRefused() {
        let large = Configuration.tiny { ($0.buffer, $0.warmUp) = (100, 101) }
        #expect { try large.validate() } throws: {
            "\($0)".contains("101 steps do not fit into a buffer of 100. Write at most 100.")
        }
    }
}
