import PolicyOptimisation
import Tensors
import TestSupport
import Testing

@Suite struct DensePassTests {
    /// Networks with a place before them in the vector, and a number of rows.
    static let shapes: [(hidden: [Int], rows: Int)] = [([], 1), ([4], 7), ([5, 3], 11), ([64, 64], 300)]

    private struct Fixture {
        let network: DenseNetwork
        let pass: DensePass
        var random = RandomNumbers(seed: 3)
        let observations: Matrix
        let parameters: [Double]

        init(_ hidden: [Int], rows: Int) {
            network = DenseNetwork(3, hidden: hidden, outputs: 2, offset: 5)
            pass = DensePass(network, capacity: rows + 3)
            observations = random.matrix(rows, 3)
            parameters = random.vector(5 + network.parameterCount, scale: 0.5)
        }

        func outputs(_ parameters: [Double]) -> [Double] {
            observations.elements.withUnsafeBufferPointer {
                guard let base = $0.baseAddress else { return }
                pass.forward(base, rows: observations.rows, parameters: parameters)
            }
            return Array(pass.outputs)
        }
    }

    @Test func aTinyNetworkIsItsFormula() {
        // One input, one hidden unit, one output: w₂·tanh(w₁·x + b₁) + b₂.
        let network = DenseNetwork(1, hidden: [1], outputs: 1)
        let pass = DensePass(network, capacity: 2)
        pass.forward([0.7, -2], rows: 2, parameters: [1.5, 0.2, -3, 0.4])
        #expect(abs(pass.outputs[0] - -2.1448509198725385) <= 1e-14)  // −3·tanh(1.25) + 0.4
        #expect(abs(pass.outputs[1] - 3.377894560603384) <= 1e-14)  // −3·tanh(−2.8) + 0.4
    }

    @Test(arguments: shapes)
    func tangentsAreCentralDifferences(hidden: [Int], rows: Int) {
        var fixture = Fixture(hidden, rows: rows)
        let direction = fixture.random.vector(fixture.parameters.count, scale: 0.2)
        let expected = slope(fixture.parameters, along: direction, fixture.outputs)
        _ = fixture.outputs(fixture.parameters)
        fixture.pass.differentiate(along: direction, parameters: fixture.parameters)
        #expect(relativeError(Array(fixture.pass.tangents), expected) <= 1e-8)
    }

    @Test(arguments: shapes)
    func theGradientIsTheTransposeOfTheTangents(hidden: [Int], rows: Int) {
        var fixture = Fixture(hidden, rows: rows)
        let cotangents = fixture.random.vector(rows * 2)
        var gradient = [Double](repeating: 7, count: fixture.parameters.count)
        _ = fixture.outputs(fixture.parameters)
        for (index, value) in cotangents.enumerated() { fixture.pass.cotangents[index] = value }
        fixture.pass.gradient(into: &gradient, parameters: fixture.parameters)
        #expect(gradient[..<5] == [7, 7, 7, 7, 7], "what is not the network's stays")
        for _ in 0..<3 {
            var direction = fixture.random.vector(fixture.parameters.count)
            fixture.pass.differentiate(along: direction, parameters: fixture.parameters)
            let forward = inner(cotangents, Array(fixture.pass.tangents))
            for index in 0..<5 { direction[index] = 0 }
            #expect(abs(inner(gradient, direction) - forward) <= 1e-10 * max(abs(forward), 1))
        }
    }

    @Test func threadsChangeNoBit() {
        let threads = BLAS.threads
        defer { BLAS.threads = threads }
        func bits() -> [UInt64] {
            var fixture = Fixture([64, 64], rows: 700)
            let direction = fixture.random.vector(fixture.parameters.count)
            var gradient = fixture.parameters
            _ = fixture.outputs(fixture.parameters)
            fixture.pass.differentiate(along: direction, parameters: fixture.parameters)
            for (index, value) in fixture.pass.tangents.enumerated() {
                fixture.pass.cotangents[index] = value
            }
            fixture.pass.gradient(into: &gradient, parameters: fixture.parameters)
            return gradient.map(\.bitPattern)
        }
        BLAS.threads = 1
        let alone = bits()
        for count in [2, 3] {
            BLAS.threads = count
            #expect(bits() == alone, "\(count) threads")
        }
    }

    @Test func startingWeightsAreGlorotsAndBiasesZero() {
        let network = DenseNetwork(30, hidden: [20], outputs: 10)
        var parameters = [Double](repeating: 9, count: network.parameterCount)
        var stream = RandomStream(seed: 1, for: .weights)
        network.initialise(&parameters, outputGain: 0.01, using: &stream)
        let (first, last) = (parameters[..<600], parameters[620..<820])
        let limit = (6.0 / 50).squareRoot()
        #expect(first.allSatisfy { abs($0) <= limit } && first.contains { abs($0) > 0.95 * limit })
        #expect(last.allSatisfy { abs($0) <= 0.01 * (6.0 / 30).squareRoot() } && last.contains { $0 != 0 })
        #expect((parameters[600..<620] + parameters[820...]).allSatisfy { $0 == 0 })
    }
}
