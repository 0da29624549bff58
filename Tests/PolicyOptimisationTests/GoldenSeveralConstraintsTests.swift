import PolicyOptimisation
import Tensors
import TestSupport
import Testing

/// The step of several constraints against an interior point solution.
@Suite struct GoldenSeveralConstraintsTests {
    @Test func everyCaseTakesTheSetsStep() throws {
        let set = try GoldenSeveralConstraints.read()
        #expect(!set.cases.isEmpty)
        for golden in set.cases {
            let h = Matrix(rows: golden.H)
            let finder = ConstrainedStep(divergence: golden.delta, solver: thorough)
            let report = try finder(
                gradient: golden.g, costGradients: golden.B, excess: golden.c, curvature: product(h))
            if let step = golden.step, let objective = golden.objective {
                try Self.expect(report, golden, step, objective)
            } else {
                #expect(golden.status == "infeasible" && report.stepCase == .recovery, "\(golden.name)")
                let largest = try #require(report.predictedExcess.max())
                let expected = try #require(golden.recovery_max_violation)
                let size = try #require(golden.c.map { abs($0) }.max())
                #expect(largest <= expected + 1e-6 * size, "\(golden.name)")
                #expect(abs(largest - expected) <= 1e-6 * size, "\(golden.name)")
                let step = try #require(golden.recovery_step)
                let radius = (2 * golden.delta).squareRoot()
                // The least step is 0 where nothing helps, so the difference is measured against the trust region.
                let error = Matrix(step.count, 1, zip(report.step, step).map { $0 - $1 })
                #expect(
                    (error.transposed() * h * error)[0, 0].squareRoot() <= 1e-3 * radius, "\(golden.name)")
            }
        }
    }

    private static func expect(
        _ report: ConstrainedStepReport, _ golden: GoldenSeveralConstraints.Case, _ step: [Double],
        _ objective: Double
    ) throws {
        #expect(report.stepCase != .recovery, "\(golden.name)")
        #expect(relativeError(report.step, step) <= 1e-3, "\(golden.name)")
        #expect(abs(report.predictedGain - objective) <= 1e-6 * max(abs(objective), 1), "\(golden.name)")
        let trust = try #require(golden.lambda_star), costs = try #require(golden.nu_star)
        #expect(abs(report.trustMultiplier - trust) <= 1e-3 * trust, "\(golden.name)")
        #expect(relativeError(report.costMultipliers, costs) <= 1e-3, "\(golden.name)")
    }
}
