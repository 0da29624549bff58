import PolicyOptimisation
import Tensors
import TestSupport
import Testing

@Suite struct ConstrainedStepTests {
    @Test func withoutConstraintsTheStepIsTheNaturalGradientAtTheEdge() throws {
        let problem = try StepProblem(6, constraints: 0, reach: 0..<1, seed: 1)
        let report = try problem.solve()
        let x = try problem.solved(problem.g), q = inner(problem.g, x)
        #expect(report.stepCase == .unconstrained)
        #expect(relativeError(report.step, x.map { $0 * (0.02 / q).squareRoot() }) <= 1e-9)
        #expect(abs(report.predictedDivergence - 0.01) <= 1e-11)
        #expect(abs(report.predictedGain - (0.02 * q).squareRoot()) <= 1e-11)
        problem.expectOptimal(report, "TRPO")
    }

    /// Problems of every case; each step is proved to be a best one.
    @Test(arguments: 1...6)
    func everyStepIsOptimal(constraints: Int) throws {
        var cases: [StepCase: Int] = [:]
        for seed in 0..<200 as Range<UInt64> {
            let problem = try StepProblem(
                7, constraints: constraints, reach: seed % 2 == 0 ? -1.3..<0.9 : -0.6..<1.2, seed: seed)
            let report = try problem.solve()
            cases[report.stepCase, default: 0] += 1
            if report.stepCase == .recovery {
                try problem.expectBestRecovery(report, "\(constraints), seed \(seed)")
            } else {
                problem.expectOptimal(report, "\(constraints), seed \(seed)")
            }
        }
        for it in [StepCase.recovery, .returning, .bounded] { #expect(cases[it, default: 0] >= 3, "\(it)") }
    }

    /// More constraints than dimensions, so that active sets are never unique in size.
    @Test func manyConstraintsInFewDimensionsAreKept() throws {
        for seed in 0..<100 as Range<UInt64> {
            let problem = try StepProblem(3, constraints: 12, reach: -0.8..<0.05, seed: seed)
            let report = try problem.solve()
            if report.stepCase == .recovery {
                problem.expectNoBetterNeighbour(report, "seed \(seed)")
            } else {
                problem.expectOptimal(report, "seed \(seed)", tolerance: 1e-6)
            }
        }
    }

    /// What is right for two equal constraints is right for one: the search against the closed form.
    @Test func aConstraintGivenTwiceChangesNothing() throws {
        for seed in 0..<100 as Range<UInt64> {
            var problem = try StepProblem(5, constraints: 1, reach: -1.5..<1.5, seed: seed)
            let one = try problem.solve()
            (problem.b, problem.c) = (problem.b + problem.b, problem.c + problem.c)
            let two = try problem.solve()
            #expect(two.stepCase == one.stepCase, "seed \(seed)")
            #expect(relativeError(two.step, one.step) <= 1e-7, "seed \(seed)")
            #expect(abs(two.costMultipliers.reduce(0, +) - one.costMultipliers[0]) <= 1e-6, "seed \(seed)")
        }
    }

    /// Every point of a fine grid over the trust region is no better.
    @Test(arguments: 1...3)
    func noPointOfAGridIsBetter(constraints: Int) throws {
        for seed in 300..<315 as Range<UInt64> {
            let problem = try StepProblem(2, constraints: constraints, reach: -0.8..<0.6, seed: seed)
            let report = try problem.solve()
            let factor = try CholeskyFactor(problem.h).lower.transposed()
            var (best, least) = (-Double.infinity, Double.infinity)
            for i in -150...150 {
                for j in -150...150 where i * i + j * j <= 150 * 150 {
                    let y = [Double(i), Double(j)].map { $0 / 150 * (2 * problem.delta).squareRoot() }
                    let z = try factor.solve(Matrix(2, 1, y)).elements
                    let largest = zip(problem.b, problem.c).map { inner($0, z) + $1 }.max() ?? 0
                    least = min(least, largest)
                    if largest <= 0 { best = max(best, inner(problem.g, z)) }
                }
            }
            if report.stepCase == .recovery {
                #expect(least > 0)
                #expect(try #require(report.predictedExcess.max()) <= least + 1e-12, "seed \(seed)")
            } else {
                let scale = (2 * problem.delta * inner(problem.g, try problem.solved(problem.g))).squareRoot()
                #expect(report.predictedGain >= best - 1e-12, "seed \(seed)")
                #expect(best == -.infinity || report.predictedGain <= best + 0.1 * scale, "seed \(seed)")
            }
        }
    }

    @Test func residualsOfAHastySolutionAreReported() throws {
        let problem = try StepProblem(20, constraints: 2, reach: -0.5..<0.5, seed: 4)
        let report = try ConstrainedStep(
            divergence: 0.01, solver: ConjugateGradient(iterations: 3, tolerance: 0))(
                gradient: problem.g, costGradients: problem.b, excess: problem.c,
                curvature: product(problem.h))
        #expect(report.residuals.count == 3 && report.products == 9)
        #expect(report.residuals.allSatisfy { $0 > 1e-3 && $0 < 10 })
        #expect(abs(report.predictedDivergence - 0.5 * square(problem.h, report.step)) <= 1e-15)
    }

    @Test func whatIsNotFiniteIsNamed() throws {
        var problem = try StepProblem(3, constraints: 2, reach: 0..<1, seed: 5)
        problem.c[1] = .nan
        #expect(throws: NonFiniteError("excess of cost 1")) { try problem.solve() }
        problem.c[1] = 0
        problem.b[0][2] = .infinity
        #expect(throws: NonFiniteError("gradient of the surrogate of cost 0")) { try problem.solve() }
        problem.g[0] = .nan
        #expect(throws: NonFiniteError("gradient of the reward surrogate")) { try problem.solve() }
    }
}
