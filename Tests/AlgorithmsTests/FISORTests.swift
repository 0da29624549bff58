import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

@Suite struct FISORTests {
    @Test func everyOptionIsDescribed() throws {
        #expect(try FISOR.Configuration.inconsistencies() == [])
    }

    @Test func leavingOutWeightlessRowsIsTheSameMathematics() throws {
        var c = FISOR.Configuration.tiny
        let skipping = try FISOR(c, on: randomTransitions(), seed: 3)
        c.skipsWeightlessRows = false
        let complete = try FISOR(c, on: randomTransitions(), seed: 3)
        var weightless: Float = 0
        for _ in 0..<20 {
            weightless += try skipping.update(.joint).weightlessShare
            _ = try complete.update(.joint)
        }
        #expect(weightless > 0.1)  // the comparison means something only if rows were left out
        #expect(relativeError(skipping.fingerprint, complete.fingerprint) < 1e-5)
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        let runs = try ([1, 1, 2] as [UInt64]).map { seed in
            let fisor = try FISOR(.tiny, on: randomTransitions(), seed: seed)
            for _ in 0..<5 { _ = try fisor.update(.joint) }
            return fisor.fingerprint
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0] != runs[2])
    }

    /// Half of a violation for leaving it at once, all of it for staying, and signs as published everywhere.
    @Test func leavingAViolationIsWorthLessThanStaying() throws {
        func targets(_ kind: FISOR.UnderViolation) throws -> [Float] {
            var c = FISOR.Configuration.tiny
            (c.underViolation, c.discount) = (kind, 0.5)
            let fisor = try FISOR(c, on: randomTransitions(), seed: 3)
            func column(_ values: [Float]) -> Variable {
                let column = Tensor(values.count, 1)
                for (row, value) in values.enumerated() { column[row, 0] = value }
                return fisor.tape.constant(column)
            }
            let h = column([4, 4, 4, 4, -1, -1, 4]), m = column([1, 1, 1, 1, 1, 1, 0])
            return Array(fisor.feasibilityTarget(h, m, column([-2, 2, 4, 6, 3, -1, 0])).values)
        }
        #expect(try targets(.worst) == [4, 4, 4, 5, 1, -1, 4])
        #expect(try targets(.leaving) == [3, 3.5, 4, 5, 1, -1, 4])
    }

    @Test(.enabled(if: MallocCounter.worksInRelease, "needs a release build"))
    func anUpdateAllocatesNothing() throws {
        let fisor = try FISOR(.tiny, on: randomTransitions(), seed: 3)
        for _ in 0..<5 { _ = try fisor.update(.joint) }
        let mallocs = try MallocCounter.fewest { for _ in 0..<1000 { _ = try fisor.update(.joint) } }
        #expect(mallocs == 0)
    }

    @Test(arguments: [FISOR.Timeouts.end, .bootstrap])
    func aTerminationStopsTheFutureAndATimeoutDoesAsConfigured(_ timeouts: FISOR.Timeouts) throws {
        var c = FISOR.Configuration.tiny
        (c.timeouts, c.criticRows) = (timeouts, 512)
        let fisor = try FISOR(c, on: randomTransitions(), seed: 3)
        _ = try fisor.update(.joint)
        for row in 0..<512 {
            let ends =
                fisor.batch.terminated[row, 0] != 0
                || (timeouts == .end && fisor.batch.truncated[row, 0] != 0)
            #expect(fisor.continues[row, 0] == (ends ? 0 : 1))
        }
        #expect((0..<512).contains { fisor.batch.truncated[$0, 0] != 0 })
    }

    @Test func theConstraintComesFromTheCostOrFromTheColumn() throws {
        var c = FISOR.Configuration.tiny
        let signed = try FISOR(c, on: randomTransitions(), seed: 3)
        _ = try signed.update(.joint)
        c.constraint = .stored
        let stored = try FISOR(c, on: randomTransitions(), seed: 3)
        _ = try stored.update(.joint)
        for row in 0..<c.criticRows {
            #expect(signed.h[row, 0] == (signed.batch.costs[row, 0] > 0 ? 25 : -1))
            #expect(stored.h[row, 0] == stored.batch.constraintValues[row, 0])
        }
    }

    @Test func aStoredConstraintThatIsNotThereIsRefused() throws {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        columns.append(
            observation: [0], action: [0], nextObservation: [0], reward: 0, cost: 0, terminated: true,
            truncated: false)
        var c = FISOR.Configuration.tiny
        c.constraint = .stored
        let data = try TransitionDataset(columns)
        #expect(throws: OptionIssue.self) { try FISOR(c, on: data, seed: 0) }
    }

    @Test func theOtherObjectivesWeighAsSpecified() throws {
        // Rows: feasible and safe, feasible and unsafe, infeasible but better than average, infeasible and worse.
        let (q, v, qh, vh): ([Float], [Float], [Float], [Float]) = (
            [1, 1, 1, 1], [0.5, 0.5, 0.5, 0.5], [-1, 0.5, 0.1, 0.9], [-0.5, -0.5, 0.3, 0.3]
        )
        func weights(_ objective: FISOR.Objective, floor: Float = 0) -> [Float] {
            var c = FISOR.Configuration()
            (c.objective, c.feasibilityWeightFloor) = (objective, floor)
            let tape = Tape()
            return Array(
                c.weights(q: tape.column(q), v: tape.column(v), qh: tape.column(qh), vh: tape.column(vh))
                    .values)
        }
        let better = exp(5 * (0.3 - 0.1) as Float), worse = exp(5 * (0.3 - 0.9) as Float),
            reward = exp(1.5 as Float)
        #expect(relativeError(weights(.feasibility), [reward, 0, better, worse]) < 1e-6)
        #expect(relativeError(weights(.feasibility, floor: 1), [reward, 0, better, 1]) < 1e-6)
        #expect(relativeError(weights(.imitation), [3, 0, better, 0]) < 1e-6)
        #expect(relativeError(weights(.reward), [reward, reward, reward, reward]) < 1e-6)
    }

    @Test func aCostValueCriticLearnsTheDiscountedCost() throws {
        // One state that leads to itself at cost 1: V_c = 1 / (1 − γ).
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        for row in 0..<512 {
            columns.append(
                observation: [1], action: [0], nextObservation: [1], reward: 0, cost: 1, terminated: false,
                truncated: row == 63)
        }
        var c = FISOR.Configuration.tiny
        (c.objective, c.timeouts, c.discount, c.learningRate, c.criticTargetRate) = (
            .costValue(), .bootstrap, 0.5, 0.01, 0.1
        )
        let fisor = try FISOR(c, on: try TransitionDataset(columns), seed: 1)
        for _ in 0..<800 { _ = try fisor.update(.critics) }
        #expect(abs(fisor.metrics.vhMean - 2) < 0.05)
    }

    @Test func criticsMayComeFirst() throws {
        var c = FISOR.Configuration.tiny
        c.criticsFirst = 3
        let fisor = try FISOR(c, on: randomTransitions(), seed: 3)
        let stages = fisor.stages(steps: 5)
        #expect(stages.map { "\($0.name) \($0.updates)" } == ["critics 3", "policy 2"])
        let before = Array(fisor.policy.elements(fisor.policy.layout.entries[1], .weights))
        for _ in 0..<3 { _ = try stages[0].update() }
        #expect(before == Array(fisor.policy.elements(fisor.policy.layout.entries[1], .weights)))
        #expect((fisor.vh.updates, fisor.policy.updates) == (3, 0))
        for _ in 0..<2 { _ = try stages[1].update() }
        #expect((fisor.vh.updates, fisor.policy.updates) == (3, 4))
    }

    @Test func aNonFiniteRewardStopsTheStepWithTheName() throws {
        let fisor = try FISOR(.tiny, on: randomTransitions(), seed: 3)
        _ = try fisor.update(.joint)
        fisor.batch.rewards[0, 0] = .nan
        #expect(throws: NonFiniteError("loss of qr")) { try fisor.updateCritics() }
    }

    @Test func feasibilityIsTheWorstViolationAhead() throws {
        // A corridor of three states that always moves on and stays at the last; h = −1, −1, 1.
        var columns = TransitionColumns(observationSize: 3, actionSize: 1, hasConstraintValues: true)
        func state(_ index: Int) -> [Float] { (0..<3).map { $0 == index ? 1 : 0 } }
        for row in 0..<90 {
            let at = row % 3
            columns.append(
                observation: state(at), action: [0], nextObservation: state(min(at + 1, 2)), reward: 0,
                cost: 0,
                constraintValue: at == 2 ? 1 : -1, terminated: false, truncated: row == 89)
        }
        var c = FISOR.Configuration.tiny
        (c.constraint, c.timeouts, c.discount) = (.stored, .bootstrap, 0.9)
        (c.learningRate, c.criticTargetRate) = (0.01, 0.1)
        let fisor = try FISOR(c, on: try TransitionDataset(columns), seed: 1)
        for _ in 0..<800 { _ = try fisor.update(.critics) }
        // V(2) = 1, V(1) = 0.1·(−1) + 0.9·1 = 0.8, V(0) = −0.1 + 0.9·0.8 = 0.62
        let tape = Tape()
        let values = fisor.vh(tape.matrix(state(0) + state(1) + state(2), 3)).values
        #expect(relativeError(Array(values), [0.62, 0.8, 1]) < 0.03)
    }
}
