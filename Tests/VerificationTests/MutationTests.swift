import TestSupport
import Testing
import Verification

/// What goes wrong in a verifier is seen by these tests: each is shown a verifier that is wrong in one way.
@Suite struct MutationTests {
    /// A change of one step.
    private static func change(
        _ network: VerifiableNetwork, _ change: (NetworkNode.Operation) -> NetworkNode.Operation?
    ) -> VerifiableNetwork? {
        var builder = NetworkBuilder(inputs: network.inputs)
        var isChanged = false
        for node in network.nodes.dropFirst() {
            let other = isChanged ? nil : change(node.operation)
            isChanged = isChanged || other != nil
            _ = builder.add(other ?? node.operation, node.inputs, width: node.width)
        }
        return isChanged ? VerifiableNetwork(builder.nodes) : nil
    }

    /// How many of 40 networks have outputs outside of the bounds of another network.
    private static func caught(_ mutation: (NetworkNode.Operation) -> NetworkNode.Operation?) -> Int {
        var random = RandomNetwork(seed: 21)
        return (0..<40).count { _ in
            let network = VerifiableNetwork(random.nodes())
            let box = random.box(network.inputs)
            guard let wrong = change(network, mutation) else { return false }
            let bounds = OutputBounds.over(box, wrong, .real)
            return (0..<200).contains { _ in
                let outputs = network.outputs(at: random.point(in: box))
                return zip(outputs, bounds).contains { $0 < $1.low - 1e-9 || $0 > $1.high + 1e-9 }
            }
        }
    }

    @Test func anUnchangedVerifierIsNotCaught() { #expect(Self.caught { $0 } == 0) }

    @Test func aBiasThatIsOffByAThousandthIsCaught() {
        let count = Self.caught { operation in
            guard case .affine(let map) = operation else { return nil }
            return .affine(
                AffineMap(map.rows, map.columns, weight: map.weight, bias: map.bias.map { $0 + 1e-3 }))
        }
        #expect(count > 0)
    }

    @Test func aSignIsCaught() {
        let count = Self.caught { operation in
            guard case .affine(let map) = operation else { return nil }
            return .affine(
                AffineMap(
                    map.rows, map.columns, weight: [-map.weight[0]] + map.weight.dropFirst(), bias: map.bias))
        }
        #expect(count > 10)
    }

    @Test func aStepThatIsLeftOutIsCaught() {
        let count = Self.caught { operation in
            guard case .activation(let function) = operation else { return nil }
            return .activation(function == .relu ? .tanh : .relu)
        }
        #expect(count > 10)
    }

    /// How often a function leaves a pair of lines on an interval.
    private static func leaves(
        _ function: ActivationFunction, _ x: ClosedInterval, _ below: (Double) -> Double,
        _ above: (Double) -> Double
    ) -> Int {
        (0...200).count { step in
            let at = x.low + x.width * Double(step) / 200
            let value = function.value(at)
            return value < below(at) - 1e-12 || value > above(at) + 1e-12
        }
    }

    @Test(arguments: ActivationFunction.allCases) func linesLieOnTheirSidesAndSwappedOnesDoNot(
        _ function: ActivationFunction
    ) {
        var random = RandomNetwork(seed: 22)
        var swapped = 0
        for _ in 0..<200 {
            let low = random.uniform(-6, 6)
            let x = ClosedInterval(low, low + random.uniform(0, 5))
            let lines = Relaxation(function, on: x, .real)
            #expect(
                Self.leaves(
                    function, x, { lines.lowerSlope * $0 + lines.lowerOffset },
                    { lines.upperSlope * $0 + lines.upperOffset }) == 0)
            swapped += Self.leaves(
                function, x, { lines.lowerOffset * $0 + lines.lowerSlope },
                { lines.upperOffset * $0 + lines.upperSlope })
        }
        #expect(swapped > 1000)
    }

    /// Sums of huge terms that cancel: rounding is all that is left, and bounds that did not count it would be wrong.
    @Test func roundingOfHugeTermsIsCounted() {
        var random = RandomNetwork(seed: 23)
        var naive = 0
        for _ in 0..<200 {
            let weight = (0..<8).flatMap { _ -> [Double] in
                let w = random.uniform(-1e8, 1e8)
                return [w, -w * (1 + random.uniform(0, 1e-9))]
            }
            let bias = random.uniform(-1, 1)
            let network = VerifiableNetwork([([weight], [bias]), ([[1e8]], [0])], nil)
            let x = (0..<8).flatMap { _ -> [Double] in
                let value = random.uniform(0, 1)
                return [value, value]
            }
            let exact = Self.precise(network, x)
            let bounds = OutputBounds.over(x.map { ClosedInterval($0, $0) }, network, .real)[0]
            #expect(Float80(bounds.low) <= exact && exact <= Float80(bounds.high))
            if Float80(network.outputs(at: x)[0]) != exact { naive += 1 }
        }
        #expect(naive > 150)
    }

    /// The output of two affine steps with eleven more bits.
    private static func precise(_ network: VerifiableNetwork, _ x: [Double]) -> Float80 {
        var values = x.map(Float80.init)
        for node in network.nodes {
            guard case .affine(let map) = node.operation else { continue }
            values = (0..<map.rows).map { row in
                (0..<map.columns).reduce(Float80(map.bias[row])) {
                    $0 + Float80(map.weight[row * map.columns + $1]) * values[$1]
                }
            }
        }
        return values[0]
    }
}
