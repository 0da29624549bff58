import PolicyOptimisation
import Tensors
import TestSupport
import Testing

/// The step of one constraint against the set's own dual, of which every step was compared with an interior point solution.
@Suite struct GoldenStandardStepTests {
    @Test func gradientsAndCurvatureAreTheSets() throws {
        let set = try GoldenStandardSteps.read(), problem = set.problem
        let (batch, pass) = (set.batch(excess: 0), try set.pass())
        let share = 1 / Double(batch.inputs.rows)
        let g = pass.scoreGradient(of: batch.actions, weights: problem.advantages.map { $0 * share })
        let b = pass.scoreGradient(of: batch.actions, weights: problem.cost_advantages.map { $0 * share })
        #expect(relativeError(g, problem.g) <= 1e-8)
        #expect(relativeError(b, problem.b) <= 1e-8)
        var column = g
        for index in g.indices {
            let unit = g.indices.map { $0 == index ? 1.0 : 0.0 }
            pass.fisherProduct(unit, damping: problem.damping, into: &column)
            #expect(relativeError(column, problem.H_damped.map { $0[index] }) <= 1e-8, "column \(index)")
        }
    }

    @Test func conjugateGradientsSolveAsTheSetDoes() throws {
        let set = try GoldenStandardSteps.read(), problem = set.problem
        let pass = try set.pass()
        func solve(_ b: [Double]) throws -> [Double] {
            try thorough.solve(b, name: "b") { pass.fisherProduct($0, damping: problem.damping, into: &$1) }.x
        }
        let (x, p) = (try solve(problem.g), try solve(problem.b))
        #expect(relativeError(x, problem.Hinv_g) <= 1e-8)
        #expect(relativeError(p, problem.Hinv_b) <= 1e-8)
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        #expect(abs(dot(problem.g, x) - problem.q) <= 1e-8 * problem.q)
        // The set's r is +gᵀH⁻¹b.
        #expect(abs(dot(problem.g, p) - problem.r) <= 1e-8 * abs(problem.r))
        #expect(abs(dot(problem.b, p) - problem.s) <= 1e-8 * problem.s)
    }

    /// Case, discriminants, multipliers and step, from the policy's own gradients and products.
    @Test func everyCaseTakesTheSetsStep() throws {
        let set = try GoldenStandardSteps.read()
        #expect(!set.cases.isEmpty)
        for golden in set.cases {
            let report = try Self.learner(set).update(set.batch(excess: golden.c)).step
            #expect(report.stepCase.rawValue == golden.case, "c = \(golden.c)")
            let discriminants = try #require(report.discriminants)
            let q = set.problem.q
            #expect(abs(discriminants.a - golden.A) <= 1e-6 * q, "A for c = \(golden.c)")
            #expect(abs(discriminants.b - golden.B) <= 1e-6 * max(abs(golden.B), 2 * set.problem.delta))
            #expect(abs(report.trustMultiplier - golden.lambda_star) <= 1e-6 * max(golden.lambda_star, 1))
            #expect(abs(report.costMultipliers[0] - golden.nu_star) <= 1e-6 * max(golden.nu_star, 1))
            #expect(relativeError(report.step, golden.step) <= 1e-8, "step for c = \(golden.c)")
            #expect(abs(report.predictedGain - golden.linear_reward_change) <= 1e-8)
            #expect(abs(report.predictedExcess[0] - golden.c - golden.linear_cost_change) <= 1e-8)
            #expect(abs(report.predictedDivergence - golden.quad_kl) <= 1e-8)
        }
    }

    @Test func everyCaseSearchesAndMovesAsTheSetDoes() throws {
        let set = try GoldenStandardSteps.read()
        for golden in set.cases {
            let learner = try Self.learner(set)
            let report = try learner.update(set.batch(excess: golden.c))
            #expect(report.isAccepted == (golden.accept_step > 0), "c = \(golden.c)")
            #expect(report.search.attempts.count == golden.line_search.count)
            for (attempt, expected) in zip(report.search.attempts, golden.line_search) {
                #expect(abs(attempt.share - expected.frac) <= 1e-12)
                #expect(abs(attempt.values.rewardChange - expected.reward_improve) <= 1e-8)
                #expect(abs(attempt.values.costChanges[0] - expected.cost_diff) <= 1e-8)
                #expect(abs(attempt.values.divergence - expected.kl) <= 1e-8)
            }
            #expect(
                relativeError(learner.parameters, golden.theta1) <= 1e-8, "parameters for c = \(golden.c)")
        }
    }

    /// A learner at the set's parameters that takes advantages as they are.
    private static func learner(_ set: GoldenStandardSteps) throws -> TrustRegionLearner {
        var c = TrustRegionLearner.Configuration()
        (c.divergence, c.damping, c.solver) = (set.problem.delta, set.problem.damping, thorough)
        (c.scaling.standardisesReward, c.scaling.centresCosts) = (false, false)
        (c.values.hidden, c.values.passes) = ([], 0)
        let learner = TrustRegionLearner(try set.policy, constraints: 1, configuration: c, seed: 1)
        learner.replaceParameters(set.problem.theta0)
        return learner
    }
}
