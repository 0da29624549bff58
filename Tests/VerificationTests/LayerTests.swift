import Networks
import Tensors
import Testing
import Verification

/// Networks in memory are bounded as their own kernels compute them.
@Suite struct LayerTests {
    private static let rows = 2000

    private static func network<Body>(_ build: (inout Layout) -> Body) -> Network<Body> {
        var random = RandomStream(seed: 51, for: .testing)
        return Network(build) { _, values in
            for index in values.indices { values[index] = random.nextUniform(in: -1..<1) }
        }
    }

    /// Rows whose results leave the bounds of all inputs together, or of their own alone.
    private static func escapes<Body: BoundableLayer & Layer>(_ network: Network<Body>) throws -> Int {
        let verifiable = try VerifiableNetwork(network)
        let (inputs, outputs) = (verifiable.inputs, verifiable.outputs)
        var random = RandomStream(seed: 52, for: .testing)
        let seen = Tensor(rows, inputs)
        for index in 0..<rows * inputs { seen.buffer[index] = random.nextUniform(in: -2..<2) }
        let tape = Tape()
        let values = Array(network(tape.constant(seen)).values)
        let side = ClosedInterval(-2, 2)
        let whole = OutputBounds.over([ClosedInterval](repeating: side, count: inputs), verifiable, .float32)
        return (0..<rows).count { row in
            let own = values[row * outputs..<(row + 1) * outputs].map(Double.init)
            let isOutside = zip(whole, own).contains { !$0.contains($1) }
            guard row.isMultiple(of: 20) else { return isOutside }
            let point = (0..<inputs).map { ClosedInterval(Double(seen.buffer[row * inputs + $0])) }
            let bounds = OutputBounds.over(point, verifiable, .float32)
            return isOutside
                || zip(bounds, own).contains { !$0.contains($1) || $0.width > 1e-3 * max(1, abs($1)) }
        }
    }

    @Test(arguments: [Activation.relu, .tanh, .mish, .silu, .gelu]) func denseLayersAreBounded(
        _ activation: Activation
    ) throws {
        for isTransposed in [false, true] {
            let network = Self.network {
                MLP(
                    "", 3, hidden: [9, 7], outputs: 2, activation: activation, isTransposed: isTransposed,
                    in: &$0)
            }
            #expect(try Self.escapes(network) == 0)
        }
    }

    @Test func layerNormsAreBounded() throws {
        let network = Self.network {
            NormalisedMLP(3, hidden: [8, 6], outputs: 2, weights: .fanInUniform, in: &$0)
        }
        #expect(try Self.escapes(network) == 0)
    }

    @Test func ensemblesAreBounded() throws {
        #expect(try Self.escapes(Self.network { Ensemble(3, 2, hidden: [5], in: &$0) }) == 0)
    }

    @Test func equalNumbersHaveEqualDigestsAndOthersDoNot() throws {
        let one = Self.network { MLP("", 3, hidden: [4], in: &$0) }
        let other = Self.network { MLP("", 3, hidden: [5], in: &$0) }
        #expect(try VerifiableNetwork(one).digest == VerifiableNetwork(one).digest)
        #expect(try VerifiableNetwork(one).digest != VerifiableNetwork(other).digest)
    }
}
