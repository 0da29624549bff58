import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

@Suite struct OneStepFlowTests {
    @Test func theThreeCasesAreTheSpecified() {
        // Rows: feasible and safe, feasible and unsafe, infeasible and safe, feasible on both borders, within the margin.
        let vh: [Float] = [-1, -1, 3, 0, -1], qh: [Float] = [-1, 2, -1, 0, -0.1]
        func rewarding(_ objective: FISOR.Objective = .feasibility, margin: Float = 0) -> [Float] {
            var c = FISOR.Configuration()
            c.objective = objective
            let tape = Tape()
            let cases = c.cases(
                infeasible: tape.column(vh).isAbove(0), qh: tape.column(qh), margin: margin)
            #expect(Array((cases.rewarding + cases.saving).values) == [1, 1, 1, 1, 1])
            return Array(cases.rewarding.values)
        }
        #expect(rewarding() == [1, 0, 0, 1, 1])
        #expect(rewarding(margin: 0.5) == [1, 0, 0, 0, 0])
        #expect(rewarding(.reward) == [1, 1, 1, 1, 1])
    }

    /// The loss of both networks and the value, recomputed from the networks' numbers before the step.
    @Test func theLossesAreThoseOfFlowQLearningWithFISORsValues() throws {
        var c = FISOR.Configuration.tinyFlow
        (c.policyUpdates, c.flowSettings.margin, c.flowSettings.rewardWeight) = (1, 0.1, 2)
        let fisor = try FISOR(c, on: randomTransitions(), seed: 3)
        for _ in 0..<30 { _ = try fisor.update(.joint) }
        let flow = try #require(fisor.flow)
        let draw = flow.draws[0], tape = Tape()
        let s = tape.constant(fisor.batch.observations, rows: 0..<c.policyRows)
        let a = tape.constant(fisor.batch.actions, rows: 0..<c.policyRows)
        let x0 = tape.constant(draw.start), t = tape.constant(draw.times), z = tape.constant(draw.noise)
        let x = x0 + t * (a - x0)
        let cloning = squaredError(flow.clone(s.joined(x).joined(t)), a - x0).mean().scalar
        let action = flow.actor(s.joined(z))
        let sa = s.joined(action.clipped(-1, 1))
        let q = Array(fisor.qr.target(sa).smallest().values), qh = Array(fisor.qh.target(sa).largest().values)
        let vh = Array(fisor.vh(s).values)
        func size(_ values: [Float]) -> Float { values.reduce(0) { $0 + abs($1) } / Float(values.count) }
        let value = vh.indices.reduce(Float(0)) { sum, row in
            sum + (vh[row] <= 0 && qh[row] <= -0.1 ? 2 * q[row] / size(q) : -qh[row] / size(qh))
        }

        try fisor.updatePolicy()

        #expect(relativeError([fisor.metrics.flow.cloneLoss], [cloning]) < 1e-5)
        #expect(relativeError([fisor.metrics.flow.value], [value / Float(vh.count)]) < 1e-4)
        // The goal is where the flow as just moved takes the same noise.
        var point = z
        for step in 0..<10 {
            let time = tape.constant(Float(step) / 10, c.policyRows, 1)
            point = point + flow.clone(s.joined(point).joined(time)) / 10
        }
        let distance = squaredError(action, point.clipped(-1, 1)).mean().scalar
        #expect(relativeError([fisor.metrics.flow.distillationLoss], [distance]) < 1e-4)
        let shares = fisor.metrics.flow
        #expect(abs(shares.rewarding + shares.unsafe + shares.infeasible - 1) < 1e-6)
    }

    @Test func thePolicysStepLeavesTheCriticsAsTheyAre() throws {
        let fisor = try FISOR(.tinyFlow, on: randomTransitions(), seed: 3)
        for _ in 0..<3 { _ = try fisor.update(.joint) }
        func critics() -> [Float] {
            numbers(fisor.qr) + numbers(fisor.qh) + numbers(fisor.vr) + numbers(fisor.vh)
                + numbers(fisor.qr, .target) + numbers(fisor.qh, .target)
        }
        let flow = try #require(fisor.flow)
        let (before, clone, actor) = (critics(), numbers(flow.clone), numbers(flow.actor))
        _ = try fisor.update(.policy)
        #expect(critics() == before)
        #expect(numbers(flow.clone) != clone && numbers(flow.actor) != actor)
        #expect(flow.actor.updates == 8)
    }

    /// Cloning alone: draws have the mean and the deviation of the recorded actions.
    @Test func aClonedGaussianIsDrawnWithItsOwnMeanAndDeviation() throws {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        var stream = RandomStream(seed: 6, for: .testing)
        for _ in 0..<500 {
            columns.append(
                observation: [0], action: [0.3 + 0.2 * stream.nextNormal()], nextObservation: [0], reward: 0,
                cost: 0, terminated: true, truncated: false)
        }
        var c = FISOR.Configuration.tinyFlow
        (c.objective, c.policyRows, c.learningRate, c.policyTargetRate) = (.cloning, 128, 3e-3, 0.02)
        c.flowSettings.widths = [32, 32]
        let fisor = try FISOR(c, on: TransitionDataset(columns), seed: 3)
        for _ in 0..<800 { _ = try fisor.update(.policy) }
        let drawn = try drawnActions(of: fisor.makePolicy(), 4000)
        let mean = drawn.reduce(0, +) / 4000
        let deviation = (drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000).squareRoot()
        #expect(abs(mean - 0.3) < 0.05, "\(mean)")
        #expect(abs(deviation - 0.2) < 0.06, "\(deviation)")
    }

    /// A step of which the reward is the action, and actions above 0.5 cost: the best safe one is 0.5.
    @Test func thePolicyTakesWhatIsRewardingAsFarAsItIsSafe() throws {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        var stream = RandomStream(seed: 6, for: .testing)
        for _ in 0..<2000 {
            let action = stream.nextUniform(in: -1..<1)
            columns.append(
                observation: [0], action: [action], nextObservation: [0], reward: action,
                cost: action > 0.5 ? 1 : 0, terminated: true, truncated: false)
        }
        var c = FISOR.Configuration.tinyFlow
        (c.policyRows, c.policyUpdates, c.criticRows, c.criticsFirst) = (64, 1, 128, 1500)
        (c.learningRate, c.policyTargetRate, c.criticTargetRate) = (3e-3, 0.02, 0.05)
        (c.criticWidths, c.feasibilityExpectile) = ([32, 32], 0.97)
        c.flowSettings.widths = [32, 32]
        let fisor = try FISOR(c, on: TransitionDataset(columns), seed: 3)
        for stage in fisor.stages(steps: 3000) { for _ in 0..<stage.updates { _ = try stage.update() } }
        let drawn = try drawnActions(of: fisor.makePolicy(), 400)
        #expect(drawn.reduce(0, +) / 400 > 0.1)
        #expect(drawn.count { $0 > 0.6 } < 20, "\(drawn.count { $0 > 0.6 })")
        #expect(fisor.metrics.flow.rewarding > 0.2)
    }

    @Test(.enabled(if: MallocCounter.worksInRelease, "needs a release build"))
    func anUpdateAllocatesNothing() throws {
        let fisor = try FISOR(.tinyFlow, on: randomTransitions(), seed: 3)
        for _ in 0..<5 { _ = try fisor.update(.joint) }
        let mallocs = try MallocCounter.fewest { for _ in 0..<200 { _ = try fisor.update(.joint) } }
        #expect(mallocs == 0)
    }

    @Test(arguments: [1, 5]) func aPolicyFromACheckpointActsLikeTheOneItWasStoredFrom(_ draws: Int) throws {
        var c = FISOR.Configuration.tinyFlow
        (c.flowSettings.draws, c.choice) = (draws, .mostRewardingSafe)
        let fisor = try FISOR(c, on: randomTransitions(), seed: 3)
        for _ in 0..<3 { _ = try fisor.update(.joint) }
        var writer = CheckpointWriter()
        try fisor.save(to: &writer)
        let restored = try FISOR.policy(c, from: CheckpointReader(of: writer))
        let actions = try drawnActions(of: restored, 3)
        #expect(try actions == drawnActions(of: fisor.makePolicy(), 3))
        #expect(actions.allSatisfy { abs($0) <= 1 } && Set(actions).count > 3)
        let start: [Float] = [0.1, 0.2, 0.3]
        #expect(restored.feasibilityValues(of: start.span) != nil)
    }

    @Test func aCheckpointOfTheOtherPolicyIsRefused() throws {
        for (own, other) in [(FISOR.Configuration.tiny, FISOR.Configuration.tinyFlow), (.tinyFlow, .tiny)] {
            var writer = CheckpointWriter()
            try FISOR(own, on: randomTransitions(), seed: 3).save(to: &writer)
            let reader = try CheckpointReader(of: writer)
            #expect(throws: CheckpointError.self) { try FISOR.policy(other, from: reader) }
        }
    }

    @Test func memoryIsCountedForWhatIsThere() throws {
        var c = FISOR.Configuration.tinyFlow
        let data = try randomTransitions()
        func bytes() -> Double { FISOR.memoryNeed(of: c, on: data).bytes }
        let small = bytes()
        c.width = 4096
        #expect(bytes() == small)
        c.flowSettings.widths = [4096, 4096]
        #expect(bytes() > small + 2 * 4 * 4 * 4096 * 4096)
    }
}
