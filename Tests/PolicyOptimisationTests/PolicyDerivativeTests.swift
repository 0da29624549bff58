import Foundation
import PolicyOptimisation
import Tensors
import TestSupport
import Testing

/// A policy of each kind, with inputs, actions and a second place to compare with.
struct PolicyCase: CustomTestStringConvertible, Sendable {
    var testDescription: String
    let policy: StochasticPolicy
    let inputs: PolicyInputs
    let actions: PolicyActions
    let parameters, other: [Double]

    static let all = [
        gaussian([4]), gaussian([]), choice([5], masked: false), choice([5], masked: true),
        choice([], masked: true),
    ]

    static func gaussian(_ hidden: [Int]) -> PolicyCase {
        var random = RandomNumbers(seed: 5)
        let policy = StochasticPolicy.gaussian(observation: 3, hidden: hidden, actions: 2)
        return PolicyCase(
            "Gaussian \(hidden)", policy, PolicyInputs(random.matrix(9, 3)), .vectors(random.matrix(9, 2)),
            &random)
    }

    static func choice(_ hidden: [Int], masked: Bool) -> PolicyCase {
        var random = RandomNumbers(seed: 6)
        let policy = StochasticPolicy.categorical(observation: 3, hidden: hidden, choices: 4)
        let observations = random.matrix(9, 3), choices = random.choices(9, below: 4)
        // Row i may take its own action and every action that is no neighbour of i.
        let allowed = (0..<9).flatMap { row in (0..<4).map { $0 == choices[row] || (row + $0) % 3 != 0 } }
        return PolicyCase(
            "choice \(hidden)\(masked ? ", some forbidden" : "")", policy,
            PolicyInputs(observations, allowed: masked ? allowed : nil), .choices(choices), &random)
    }

    private init(
        _ name: String, _ policy: StochasticPolicy, _ inputs: PolicyInputs, _ actions: PolicyActions,
        _ random: inout RandomNumbers
    ) {
        (testDescription, self.policy, self.inputs, self.actions) = (name, policy, inputs, actions)
        parameters = random.vector(policy.parameterCount, scale: 0.5)
        other = random.vector(policy.parameterCount, scale: 0.5)
    }

    func pass(at parameters: [Double]) -> PolicyPass {
        let pass = PolicyPass(policy, capacity: inputs.rows)
        pass.evaluate(inputs, at: parameters)
        return pass
    }
}

@Suite struct PolicyDerivativeTests {
    @Test(arguments: PolicyCase.all)
    func theScoreGradientIsThatOfTheLogProbabilities(it: PolicyCase) {
        var random = RandomNumbers(seed: 7)
        let weights = random.vector(it.inputs.rows), v = random.vector(it.parameters.count)
        let gradient = it.pass(at: it.parameters).scoreGradient(of: it.actions, weights: weights)
        let expected = slope(it.parameters, along: v) {
            inner(weights, it.pass(at: $0).logProbabilities(of: it.actions))
        }
        #expect(abs(inner(gradient, v) - expected) <= 1e-8 * max(abs(expected), 1))
    }

    @Test(arguments: PolicyCase.all)
    func theEntropyGradientIsThatOfTheEntropy(it: PolicyCase) {
        var random = RandomNumbers(seed: 8)
        let v = random.vector(it.parameters.count)
        let gradient = it.pass(at: it.parameters).entropyGradient()
        let expected = slope(it.parameters, along: v) { it.pass(at: $0).entropy }
        #expect(abs(inner(gradient, v) - expected) <= 1e-8 * max(abs(expected), 1))
    }

    @Test(arguments: PolicyCase.all)
    func theDivergenceGradientIsThatOfTheDivergence(it: PolicyCase) {
        var random = RandomNumbers(seed: 9)
        let v = random.vector(it.parameters.count), old = it.pass(at: it.other).point
        let gradient = it.pass(at: it.parameters).divergenceGradient(from: old)
        let expected = slope(it.parameters, along: v) { it.pass(at: $0).divergence(from: old) }
        #expect(abs(inner(gradient, v) - expected) <= 1e-8 * max(abs(expected), 1))
        #expect(abs(expected) > 1e-3, "the comparison says something")
    }

    /// The Fisher matrix is the Hessian of KL(old ‖ new) at new = old.
    @Test(arguments: PolicyCase.all)
    func theFisherProductIsTheSlopeOfTheDivergenceGradient(it: PolicyCase) {
        var random = RandomNumbers(seed: 10)
        let v = random.vector(it.parameters.count), pass = it.pass(at: it.parameters)
        let old = pass.point
        var product = v
        pass.fisherProduct(v, damping: 0.25, into: &product)
        let expected = zip(
            slope(it.parameters, along: v) { it.pass(at: $0).divergenceGradient(from: old) }, v
        )
        .map { $0 + 0.25 * $1 }
        #expect(relativeError(product, expected) <= 1e-8)
        // Symmetric and positive.
        let w = random.vector(it.parameters.count)
        var other = w
        pass.fisherProduct(w, damping: 0, into: &other)
        pass.fisherProduct(v, damping: 0, into: &product)
        #expect(abs(inner(w, product) - inner(v, other)) <= 1e-12 * max(abs(inner(w, product)), 1))
        #expect(inner(v, product) >= 0)
    }

    @Test(arguments: PolicyCase.all)
    func theDivergenceIsZeroAtHomeAndPositiveElsewhere(it: PolicyCase) {
        let old = it.pass(at: it.parameters).point
        #expect(abs(it.pass(at: it.parameters).divergence(from: old)) <= 1e-15)
        #expect(it.pass(at: it.other).divergence(from: old) > 0.01)
    }
}

@Suite struct PolicyDistributionTests {
    /// Weights stand `[outputs, inputs]`, each layer's before its biases, as checkpoints have them.
    @Test func aTinyNetworkIsItsFormula() {
        // One input, one hidden unit, one output: w₂·tanh(w₁·x + b₁) + b₂.
        let policy = StochasticPolicy.gaussian(observation: 1, hidden: [1], actions: 1)
        let inputs = PolicyInputs(Matrix(2, 1, [0.7, -2]))
        let means = policy.point(at: inputs, parameters: [0, 1.5, 0.2, -3, 0.4]).rows.elements
        #expect(abs(means[0] - -2.1448509198725385) <= 1e-14)  // −3·tanh(1.25) + 0.4
        #expect(abs(means[1] - 3.377894560603384) <= 1e-14)  // −3·tanh(−2.8) + 0.4
        let wide = StochasticPolicy.gaussian(observation: 2, hidden: [], actions: 2)
        let point = wide.point(
            at: PolicyInputs(Matrix(1, 2, [1, 10])), parameters: [-1, -2, 1, 2, 3, 4, 5, 6])
        #expect(point.rows.elements == [26, 49] && point.shared == [-1, -2])
    }

    @Test func startingWeightsAreGlorotsAndBiasesZero() {
        let policy = StochasticPolicy.categorical(observation: 30, hidden: [20], choices: 10)
        var stream = RandomStream(seed: 1, for: .weights)
        let parameters = policy.initialParameters(using: &stream)
        let (first, last) = (parameters[..<600], parameters[620..<820])
        let limit = (6.0 / 50).squareRoot()
        #expect(first.allSatisfy { abs($0) <= limit } && first.contains { abs($0) > 0.95 * limit })
        #expect(last.allSatisfy { abs($0) <= 0.01 * (6.0 / 30).squareRoot() } && last.contains { $0 != 0 })
        #expect((parameters[600..<620] + parameters[820...]).allSatisfy { $0 == 0 })
    }

    @Test func aGaussianIsItsFormula() {
        let policy = StochasticPolicy.gaussian(observation: 1, hidden: [], actions: 1)
        // ln σ = ln 2, μ = 3·x − 1.
        let pass = PolicyPass(policy, capacity: 1), parameters = [log(2.0), 3, -1]
        pass.evaluate(PolicyInputs(Matrix(1, 1, [0.5])), at: parameters)
        #expect(pass.point.rows.elements == [0.5])
        let p = pass.logProbabilities(of: .vectors(Matrix(1, 1, [2.5])))[0]
        #expect(abs(p - -2.1120857137646178) <= 1e-14)  // ln N(2.5; 0.5, 2²)
        #expect(abs(pass.entropy - 2.1120857137646178) <= 1e-14)  // ½ ln(2πe·4), the same here
        let old = pass.point
        pass.evaluate(PolicyInputs(Matrix(1, 1, [1])), at: [0, 3, -1])
        // KL(N(½, 2²) ‖ N(2, 1)) = ln(1/2) + (4 + 2.25)/2 − ½
        #expect(abs(pass.divergence(from: old) - 1.9318528194400547) <= 1e-14)
    }

    @Test func aChoiceIsItsFormulaAndForbiddenActionsHaveNoProbability() {
        let policy = StochasticPolicy.categorical(observation: 1, hidden: [], choices: 3)
        let parameters = [0, 0, 0, log(1.0), log(2.0), log(5.0)]
        let pass = PolicyPass(policy, capacity: 2)
        pass.evaluate(
            PolicyInputs(Matrix(2, 1), allowed: [true, true, true, true, true, false]), at: parameters)
        let expected = [log(0.125), log(0.25), log(0.625), log(1.0 / 3), log(2.0 / 3)]
        #expect(relativeError(Array(pass.point.rows.elements[..<5]), expected) <= 1e-15)
        #expect(pass.point.rows.elements[5] == -.infinity)
        #expect(pass.logProbabilities(of: .choices([2, 2]))[1] == -.infinity)
        let entropy = -[0.125, 0.25, 0.625, 1.0 / 3, 2.0 / 3].reduce(0) { $0 + $1 * log($1) } / 2
        #expect(abs(pass.entropy - entropy) <= 1e-15)
    }

    /// Each frequency lies within five standard errors, which fails with a probability below 1e-5.
    @Test func drawsFollowTheProbabilities() {
        let policy = StochasticPolicy.categorical(observation: 1, hidden: [], choices: 3)
        let parameters = [0, 0, 0, log(1.0), log(2.0), log(5.0)], rows = 20_000
        let allowed = (0..<rows).flatMap { $0 % 2 == 0 ? [true, true, true] : [true, true, false] }
        var streams = (0..<rows).map { RandomStream(seed: 2, for: .action, index: UInt32($0)) }
        let drawn = policy.sample(
            PolicyInputs(Matrix(rows, 1), allowed: allowed), parameters: parameters, using: &streams)
        guard case .choices(let choices) = drawn else {
            Issue.record("not choices")
            return
        }
        for (parity, probabilities) in [[0.125, 0.25, 0.625], [1.0 / 3, 2.0 / 3, 0]].enumerated() {
            let half = choices.enumerated().filter { $0.offset % 2 == parity }.map(\.element)
            for (choice, p) in probabilities.enumerated() {
                let share = Double(half.filter { $0 == choice }.count) / Double(half.count)
                #expect(abs(share - p) <= 5 * (p * (1 - p) / Double(half.count)).squareRoot())
            }
        }
    }

    @Test func gaussianDrawsHaveTheMeanAndTheDeviation() {
        let policy = StochasticPolicy.gaussian(observation: 1, hidden: [], actions: 1), rows = 20_000
        var streams = (0..<rows).map { RandomStream(seed: 3, for: .action, index: UInt32($0)) }
        let drawn = policy.vectors(
            of: policy.sample(
                PolicyInputs(Matrix(rows, 1, repeating: 1)), parameters: [log(0.5), 2, -1], using: &streams))
        let mean = drawn.elements.reduce(0, +) / Double(rows)
        let variance = drawn.elements.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
        #expect(abs(mean - 1) <= 5 * 0.5 / Double(rows).squareRoot())
        #expect(abs(variance - 0.25) <= 5 * 0.25 * (2 / Double(rows)).squareRoot())
    }

    @Test(arguments: PolicyCase.all)
    func aRowDrawsTheSameWhateverTheOthers(it: PolicyCase) {
        var streams = (0..<it.inputs.rows).map { RandomStream(seed: 4, for: .action, index: UInt32($0)) }
        var alone = [streams[6]]
        let all = it.policy.sample(it.inputs, parameters: it.parameters, using: &streams)
        let choices = it.inputs.allowed.map { $0.count / it.inputs.rows } ?? 0
        let row = PolicyInputs(
            Matrix(1, 3, Array(it.inputs.observations.elements[18..<21])),
            allowed: it.inputs.allowed.map { Array($0[6 * choices..<7 * choices]) })
        let one = it.policy.sample(row, parameters: it.parameters, using: &alone)
        switch (all, one) {
        case (.choices(let all), .choices(let one)): #expect(all[6] == one[0])
        case (.vectors(let all), .vectors(let one)):
            #expect(relativeError(one.elements, Array(all.elements[12..<14])) <= 1e-14)
        default: Issue.record("another kind of action")
        }
        #expect(alone[0] == streams[6])
    }

    @Test func modesAreMeansAndLargestProbabilities() {
        let gaussian = StochasticPolicy.gaussian(observation: 1, hidden: [], actions: 1)
        let input = PolicyInputs(Matrix(1, 1, [2]))
        #expect(gaussian.mode(input, parameters: [0, 3, -1]) == .vectors(Matrix(1, 1, [5])))
        let table = Matrix(3, 2, [0, 1, 2, 3, 4, 5])
        let choice = StochasticPolicy.categorical(observation: 1, hidden: [], actions: table)
        let parameters = [0.0, 0, 0, 1, 3, 2]
        #expect(choice.mode(input, parameters: parameters) == .choices([1]))
        let masked = PolicyInputs(Matrix(1, 1, [2]), allowed: [true, false, true])
        #expect(choice.mode(masked, parameters: parameters) == .choices([2]))
        #expect(choice.vectors(of: .choices([2, 0])) == Matrix(2, 2, [4, 5, 0, 1]))
    }
}
