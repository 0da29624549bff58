import PolicyOptimisation
import Tensors
import TestSupport
import Testing

/// Gradients that vanish, coincide or oppose each other, and excesses on the edge of a case.
@Suite struct DegenerateStepTests {
    private static func problem(
        _ g: [Double], _ b: [[Double]], _ c: [Double], delta: Double = 0.5
    ) throws -> StepProblem {
        var problem = try StepProblem(g.count, constraints: 0, reach: 0..<1, seed: 1)
        (problem.h, problem.g, problem.b, problem.c, problem.delta) = (
            Matrix.identity(g.count), g, b, c, delta
        )
        return problem
    }

    @Test func aRewardThatIsTheCostStopsAtTheBoundary() throws {
        for others in [[], [[0.0, 1]]] {
            let slack = others.map { _ in -5.0 }
            let report = try Self.problem([3, 0], [[2, 0]] + others, [-1] + slack).solve()
            #expect(report.stepCase == .bounded)
            #expect(relativeError(report.step, [0.5, 0]) <= 1e-12)
            #expect(abs(report.costMultipliers[0] - 1.5) <= 1e-12)
        }
    }

    /// Rounding must not turn what is left of the gradient into a step along noise.
    @Test func aRewardThatIsNearlyTheCostStopsAtTheBoundary() throws {
        var random = RandomNumbers(seed: 2)
        for _ in 0..<50 {
            let b = random.vector(4), scale = random.uniform(in: 0.1..<10)
            let s = inner(b, b)
            for others in [[], [random.vector(4)]] {
                let slack = others.map { -5 * inner($0, $0).squareRoot() }
                let report = try Self.problem(
                    b.map { $0 * scale }, [b] + others, [-0.4 * s.squareRoot()] + slack
                ).solve()
                #expect(relativeError(report.step, b.map { 0.4 * $0 / s.squareRoot() }) <= 1e-6)
            }
        }
    }

    @Test func aRewardThatOpposesTheCostTakesTheWholeStep() throws {
        for c in [-0.3, 0, 0.4] {
            let report = try Self.problem([-3, 0], [[2, 0]], [c]).solve()
            #expect(relativeError(report.step, [-1, 0]) <= 1e-12)
            #expect(report.costMultipliers == [0])
        }
    }

    @Test func withoutARewardTheStepOnlyKeepsTheCosts() throws {
        for others in [[], [[0.0, 1]]] {
            let slack = others.map { _ in -0.3 }
            let violated = try Self.problem([0, 0], [[2, 0]] + others, [1] + slack).solve()
            #expect(violated.stepCase == .returning && relativeError(violated.step, [-0.5, 0]) <= 1e-12)
            let kept = try Self.problem([0, 0], [[2, 0]] + others, [-1] + slack).solve()
            #expect(kept.stepCase == .bounded && kept.step == [0, 0])
        }
        #expect(try Self.problem([0, 0], [], []).solve().step == [0, 0])
    }

    @Test func aCostWithoutAGradientIsIgnoredOnlyWhileItIsKept() throws {
        let kept = try Self.problem([3, 0], [[0, 0]], [-0.1]).solve()
        #expect(kept.stepCase == .insensitive && relativeError(kept.step, [1, 0]) <= 1e-12)
        let violated = try Self.problem([3, 0], [[0, 0]], [0.1]).solve()
        #expect(violated.stepCase == .recovery && violated.step == [0, 0])
        // Beside another that is violated, only that one is brought back, and the reward waits.
        let both = try Self.problem([3, 0], [[0, 0], [0, 2]], [0.1, 0.5]).solve()
        #expect(both.stepCase == .recovery && relativeError(both.step, [0, -0.25]) <= 1e-9)
        let one = try Self.problem([3, 0], [[0, 0], [0, 2]], [-0.1, 0.5]).solve()
        #expect(one.stepCase == .returning && relativeError(one.step, [0.9682458365518543, -0.25]) <= 1e-9)
    }

    @Test func opposingViolatedCostsLeaveNothingToDo() throws {
        let report = try Self.problem([3, 0], [[2, 0], [-2, 0]], [0.2, 0.2]).solve()
        #expect(report.stepCase == .recovery)
        #expect(report.step.allSatisfy { abs($0) <= 1e-12 })
        // With unequal excesses the two meet in the middle.
        let uneven = try Self.problem([3, 0], [[2, 0], [-2, 0]], [0.4, 0.2]).solve()
        #expect(uneven.stepCase == .recovery && relativeError(uneven.step, [-0.05, 0]) <= 1e-8)
    }

    @Test func excessesOnTheEdgeOfACaseAreContinuous() throws {
        for others in [[], [[0.0, 1]]] {
            let slack = others.map { _ in -5.0 }
            for edge in [-1.0, 0, 1] {
                let steps = try [-1e-9, 0, 1e-9].map { shift in
                    try Self.problem([1, 0.5], [[1, 0]] + others, [edge + shift] + slack).solve().step
                }
                #expect(steps.allSatisfy { relativeError($0, steps[1]) <= 1e-4 }, "\(edge)")
            }
        }
    }

    @Test func dependentConstraintsAreSolved() throws {
        // The third is the sum of the others; all meet in one point.
        let b = [[1.0, 0, 0], [0, 1, 0], [1, 1, 0]]
        let problem = try Self.problem([2, 1, 0.5], b, [-0.1, -0.2, -0.3])
        let report = try problem.solve()
        problem.expectOptimal(report, "dependent")
        #expect(abs(report.step[0] - 0.1) <= 1e-9 && abs(report.step[1] - 0.2) <= 1e-9)
    }

    @Test func unitsOfACostDoNotMatter() throws {
        var random = RandomNumbers(seed: 9)
        for _ in 0..<20 {
            let (g, b1, b2) = (random.vector(5), random.vector(5), random.vector(5))
            let c = [random.uniform(in: -0.5..<0.4), random.uniform(in: -0.5..<0.4)]
            let plain = try Self.problem(g, [b1, b2], c).solve()
            let scaled = try Self.problem(
                g, [b1.map { 1e6 * $0 }, b2.map { 1e-3 * $0 }], [1e6 * c[0], 1e-3 * c[1]]
            )
            .solve()
            if plain.stepCase != .recovery { #expect(relativeError(scaled.step, plain.step) <= 1e-7) }
        }
    }
}
