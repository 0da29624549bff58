import Foundation
import PolicyOptimisation
import Tensors
import TestSupport
import Testing

/// `standard_cpo_step.json` of the set: a Gaussian policy, a batch and six excesses.
struct GoldenStandardSteps: Decodable {
    struct Entry: Decodable {
        var name: String
        var shape: [Int]
    }

    struct Problem: Decodable {
        var states, actions: [[Double]]
        var advantages, cost_advantages: [Double]
        var param_layout: [Entry]
        var theta0, g, b, Hinv_g, Hinv_b: [Double]
        var H_damped: [[Double]]
        var delta, damping, q, r, s: Double
    }

    struct Attempt: Decodable { var frac, reward_improve, cost_diff, kl: Double }

    struct Case: Decodable {
        var c, A, B, lambda_star, nu_star: Double
        var linear_cost_change, linear_reward_change, quad_kl: Double
        var `case`: Int
        var step: [Double]
        var line_search: [Attempt]
        var accept_step: Int
        var theta1: [Double]
    }

    var problem: Problem
    var cases: [Case]

    static func read() throws -> Self { try Golden.decode(Self.self, "OGSRL", "standard_cpo_step.json") }

    /// The policy that the layout describes: weights `[out, in]` and biases of each layer, log deviations first.
    var policy: StochasticPolicy {
        get throws {
            let layout = problem.param_layout
            let weights = layout.filter { $0.shape.count == 2 }
            let first = try #require(weights.first), last = try #require(weights.last)
            #expect(
                layout.first?.name == "log_std"
                    && layout.map(\.shape.count) == [1] + weights.flatMap { _ in [2, 1] })
            let policy = StochasticPolicy.gaussian(
                observation: first.shape[1], hidden: weights.dropLast().map { $0.shape[0] },
                actions: last.shape[0])
            #expect(policy.parameterCount == problem.theta0.count)
            return policy
        }
    }

    /// The batch, with one constraint of the given excess.
    func batch(excess: Double) -> PolicyBatch {
        PolicyBatch(
            inputs: PolicyInputs(Matrix(rows: problem.states)),
            actions: .vectors(Matrix(rows: problem.actions)),
            advantages: problem.advantages, returns: problem.advantages,
            costAdvantages: [problem.cost_advantages], costReturns: [problem.cost_advantages],
            excess: [excess], rowsPerEpisode: 1)
    }

    /// A pass at the starting parameters.
    func pass() throws -> PolicyPass {
        let batch = batch(excess: 0)
        let pass = PolicyPass(try policy, capacity: batch.inputs.rows)
        pass.evaluate(batch.inputs, at: problem.theta0)
        return pass
    }
}

/// `multi_constraint_cpo.json` of the set.
struct GoldenSeveralConstraints: Decodable {
    struct Case: Decodable {
        var name: String
        var g, c: [Double]
        var H, B, S: [[Double]]
        var delta, q: Double
        var r_ascent: [Double]
        var status: String
        var step: [Double]?
        var objective, lambda_star: Double?
        var nu_star: [Double]?
        var recovery_step: [Double]?
        var recovery_max_violation: Double?
    }

    var cases: [Case]

    static func read() throws -> Self { try Golden.decode(Self.self, "OGSRL", "multi_constraint_cpo.json") }
}

/// Multiplies by a matrix.
func product(_ h: Matrix) -> ConjugateGradient.Product {
    { v, result in result = (h * Matrix(v.count, 1, v)).elements }
}

/// A solver that goes on until rounding stops it.
let thorough = ConjugateGradient(iterations: 2000, tolerance: 1e-14)
