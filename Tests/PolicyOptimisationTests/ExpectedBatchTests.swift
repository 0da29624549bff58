import PolicyOptimisation
import Tensors
import TestSupport
import Testing

/// Updates from exact advantages: every state with its visits, nothing drawn.
@Suite struct ExpectedBatchTests {
    static let choices = PolicyCase.all.filter { $0.policy.network.outputs == 4 }

    /// Shares of the rows, one of them 0.
    private static func weights(_ rows: Int) -> [Double] {
        let raw = (0..<rows).map { Double($0 % 4) }
        let sum = raw.reduce(0, +)
        return raw.map { $0 / sum }
    }

    private static func pass(_ it: PolicyCase, at parameters: [Double]) -> PolicyPass {
        let pass = PolicyPass(it.policy, capacity: it.inputs.rows)
        pass.evaluate(it.inputs, at: parameters, weights: weights(it.inputs.rows))
        return pass
    }

    @Test(arguments: choices)
    func theGradientOfAnExpectationIsThatOfCentralDifferences(it: PolicyCase) {
        var random = RandomNumbers(seed: 11)
        let values = random.matrix(9, 4), v = random.vector(it.parameters.count)
        let gradient = Self.pass(it, at: it.parameters).expectationGradient(of: values)
        let expected = slope(it.parameters, along: v) { Self.pass(it, at: $0).expectation(of: values) }
        #expect(abs(inner(gradient, v) - expected) <= 1e-8 * max(abs(expected), 1))
    }

    @Test(arguments: choices)
    func weightsCountInDivergenceGradientAndFisherProduct(it: PolicyCase) {
        var random = RandomNumbers(seed: 12)
        let v = random.vector(it.parameters.count), u = random.vector(it.parameters.count)
        let old = Self.pass(it, at: it.other).point
        let gradient = Self.pass(it, at: it.parameters).divergenceGradient(from: old)
        let expected = slope(it.parameters, along: v) { Self.pass(it, at: $0).divergence(from: old) }
        #expect(abs(inner(gradient, v) - expected) <= 1e-8 * max(abs(expected), 1))
        // The Hessian of KL(old ‖ new) at old = new.
        var product = [Double](repeating: 0, count: v.count)
        let here = Self.pass(it, at: it.parameters)
        here.fisherProduct(v, damping: 0, into: &product)
        let curvature = slope(it.parameters, along: v) {
            inner(u, Self.pass(it, at: $0).divergenceGradient(from: here.point))
        }
        #expect(abs(inner(u, product) - curvature) <= 1e-7 * max(abs(curvature), 1))
    }

    /// One state, three actions with rewards 1, ½, 0 and costs 1, 0.2, 0, of which the third may be forbidden.
    private static func improved(
        budget: Double?, allowed: [Bool]? = nil, updates: Int = 60
    ) throws -> (law: [Double], last: TrustRegionLearner.UpdateReport?) {
        let policy = StochasticPolicy.categorical(observation: 1, hidden: [], choices: 3)
        var options = TrustRegionLearner.Configuration()
        (options.divergence, options.damping) = (0.05, 1e-6)
        let learner = TrustRegionLearner(
            policy, constraints: budget == nil ? 0 : 1, configuration: options, seed: 1)
        let inputs = PolicyInputs(Matrix(1, 1, [1]), allowed: allowed)
        let (rewards, costs) = ([1, 0.5, 0], [1, 0.2, 0.0])
        func law() -> [Double] {
            let pass = PolicyPass(policy, capacity: 1)
            pass.evaluate(inputs, at: learner.parameters)
            return (0..<3).map { choice in
                pass.expectation(of: Matrix(1, 3, (0..<3).map { $0 == choice ? 1 : 0 }))
            }
        }
        var last: TrustRegionLearner.UpdateReport?
        for _ in 0..<updates {
            let now = law()
            func advantages(_ values: [Double]) -> Matrix {
                let mean = inner(now, values)
                return Matrix(1, 3, (0..<3).map { allowed?[$0] == false ? 0 : values[$0] - mean })
            }
            last = try learner.update(
                ExpectedBatch(
                    inputs: inputs, weights: [1], advantages: advantages(rewards),
                    costAdvantages: budget == nil ? [] : [advantages(costs)],
                    excess: budget.map { [inner(now, costs) - $0] } ?? [], rowsPerEpisode: 1))
        }
        return (law(), last)
    }

    @Test func withoutABudgetTheBestChoiceIsFound() throws {
        #expect(try Self.improved(budget: nil).law[0] > 0.99)
    }

    // Within a cost of 0.6 the first choice is taken by half, the second by the other half: a return of 0.75.
    @Test func withABudgetTheBestMixtureIsFound() throws {
        let law = try Self.improved(budget: 0.6, updates: 200).law
        #expect(law[0] + 0.2 * law[1] <= 0.6 + 1e-3, "\(law)")
        #expect(law[0] + 0.5 * law[1] > 0.74, "\(law)")
    }

    @Test func aForbiddenChoiceStaysImpossible() throws {
        let law = try Self.improved(budget: nil, allowed: [false, true, true]).law
        #expect(law[0] == 0 && law[1] > 0.99)
    }

    @Test func numbersThatAreNotFiniteChangeNothing() throws {
        let policy = StochasticPolicy.categorical(observation: 1, hidden: [], choices: 2)
        let learner = TrustRegionLearner(policy, constraints: 1, seed: 1)
        let before = learner.state
        let batch = ExpectedBatch(
            inputs: PolicyInputs(Matrix(1, 1, [1])), weights: [1], advantages: Matrix(1, 2, [1, .nan]),
            costAdvantages: [Matrix(1, 2)], excess: [0], rowsPerEpisode: 1)
        #expect(throws: NonFiniteError("advantages of the reward")) { try learner.update(batch) }
        #expect(learner.state == before)
    }
}
