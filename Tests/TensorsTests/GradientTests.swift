import Foundation
import Tensors
import Testing

@Suite struct GradientTests {
    static let shapes = [
        Shape(1, 1), Shape(3, 1), Shape(1, 5), Shape(4, 3), Shape(7, 17), Shape(0, 4), Shape(2, 33),
    ]
    /// Enough elements to be shared out over threads; slow for the reference, so only some functions meet it.
    static let large = Shape(256, 129)

    struct Unary: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let operation: @Sendable (Variable) -> Variable
        let reference: @Sendable (Double) -> Double
        /// Moves a draw from N(0, 1) to where the function is defined.
        var domain: @Sendable (Double) -> Double = { $0 }

        static let positive: @Sendable (Double) -> Double = { Double(Float(abs($0) + 0.25)) }

        static let all: [Unary] = [
            Unary(testDescription: "relu", operation: { $0.relu() }, reference: { max($0, 0) }),
            Unary(testDescription: "mish", operation: { $0.mish() }, reference: Reference.mish),
            Unary(testDescription: "silu", operation: { $0.silu() }, reference: Reference.silu),
            Unary(testDescription: "tanh", operation: { $0.tanh() }, reference: { tanh($0) }),
            Unary(testDescription: "softplus", operation: { $0.softplus() }, reference: { log1p(exp($0)) }),
            Unary(testDescription: "sigmoid", operation: { $0.sigmoid() }, reference: { 1 / (1 + exp(-$0)) }),
            Unary(testDescription: "exp", operation: { $0.exp() }, reference: { exp($0) }),
            Unary(testDescription: "log", operation: { $0.log() }, reference: { log($0) }, domain: positive),
            Unary(testDescription: "squared", operation: { $0.squared() }, reference: { $0 * $0 }),
            Unary(
                testDescription: "squareRoot", operation: { $0.squareRoot() }, reference: { $0.squareRoot() },
                domain: positive),
            Unary(testDescription: "magnitude", operation: { $0.magnitude() }, reference: { abs($0) }),
            Unary(
                testDescription: "reciprocal", operation: { $0.reciprocal() }, reference: { 1 / $0 },
                domain: positive),
            Unary(
                testDescription: "sineOfTurns", operation: { $0.sineOfTurns() },
                reference: { sin(2 * .pi * $0) }),
            Unary(
                testDescription: "cosineOfTurns", operation: { $0.cosineOfTurns() },
                reference: { cos(2 * .pi * $0) }),
            Unary(
                testDescription: "scaled", operation: { $0.scaled(by: -1.5, plus: 0.25) },
                reference: { -1.5 * $0 + 0.25 }),
            Unary(
                testDescription: "clipped", operation: { $0.clipped(-0.5, 0.75) },
                reference: { min(max($0, -0.5), 0.75) }),
            Unary(testDescription: "plus a number", operation: { 2 + ($0 + 1) }, reference: { $0 + 3 }),
            Unary(testDescription: "minus a number", operation: { 2 - ($0 - 1) }, reference: { 3 - $0 }),
            Unary(
                testDescription: "times a number", operation: { 2 * ($0 * 3) / 4 }, reference: { $0 * 1.5 }),
            Unary(testDescription: "negated", operation: { -$0 }, reference: { -$0 }),
        ]
    }

    @Test(arguments: Unary.all) func functionsOfOneNumber(_ it: Unary) throws {
        var stream = RandomStream(seed: 2, for: .testing)
        for shape in Self.shapes + (it.testDescription == "mish" ? [Self.large] : []) {
            let x = ReferenceMatrix.random(shape.rows, shape.columns, &stream).map(it.domain)
            try GradientCheck(name: "\(it.testDescription) \(shape)", inputs: [x]) {
                it.operation($0[0])
            } reference: {
                $0[0].map(it.reference)
            }.run()
        }
    }

    struct Binary: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let operation: @Sendable (Variable, Variable) -> Variable
        let reference: @Sendable (Double, Double) -> Double

        static let all: [Binary] = [
            Binary(testDescription: "+", operation: { $0 + $1 }, reference: { $0 + $1 }),
            Binary(testDescription: "-", operation: { $0 - $1 }, reference: { $0 - $1 }),
            Binary(testDescription: "*", operation: { $0 * $1 }, reference: { $0 * $1 }),
            Binary(
                testDescription: "/", operation: { $0 / ($1.squared() + 0.5) },
                reference: { $0 / ($1 * $1 + 0.5) }),
            Binary(testDescription: "minimum", operation: { minimum($0, $1) }, reference: { min($0, $1) }),
            Binary(testDescription: "maximum", operation: { maximum($0, $1) }, reference: { max($0, $1) }),
        ]
    }

    /// Every way in which a row, a column or a number meets a matrix, on both sides.
    @Test(arguments: Binary.all) func functionsOfTwoNumbersWithEveryRepetition(_ it: Binary) throws {
        var stream = RandomStream(seed: 3, for: .testing)
        for whole in Self.shapes + (it.testDescription == "*" ? [Self.large] : []) {
            let parts = [whole, Shape(1, whole.columns), Shape(whole.rows, 1), Shape(1, 1)]
            for (a, b) in parts.flatMap({ part in [(whole, part), (part, whole)] })
                + [
                    (Shape(1, whole.columns), Shape(whole.rows, 1)),
                    (Shape(whole.rows, 1), Shape(1, whole.columns)),
                ]
            {
                let inputs = [a, b].map { ReferenceMatrix.random($0.rows, $0.columns, &stream) }
                try GradientCheck(name: "\(a) \(it.testDescription) \(b)", inputs: inputs) {
                    it.operation($0[0], $0[1])
                } reference: {
                    $0[0].with($0[1], it.reference)
                }.run()
            }
        }
    }

    @Test(arguments: Activation.allCases, [true, false])
    func linearLayers(_ activation: Activation, hasBias: Bool) throws {
        var stream = RandomStream(seed: 4, for: .testing)
        // The large ones are shared out over threads; sizes below and above 16 and 32 take different ways to the product.
        let large = activation == .mish ? [(129, 65, 64), (301, 47, 50)] : []
        let small = [
            (1, 1, 1), (4, 3, 2), (5, 1, 7), (3, 17, 1), (0, 4, 3), (9, 5, 16), (21, 70, 3), (33, 4, 16),
            (47, 19, 33),
        ]
        for ((rows, inputs, outputs), products) in (small + large).flatMap({ size in
            ProductMethod.available.map { (size, $0) }
        }) {
            var given = [
                ReferenceMatrix.random(rows, inputs, &stream),
                ReferenceMatrix.random(inputs, outputs, &stream),
            ]
            if hasBias { given.append(ReferenceMatrix.random(1, outputs, &stream)) }
            let name = "linear \(activation) \(rows) × \(inputs) × \(outputs), \(products)"
            try GradientCheck(name: name, inputs: given, products: products) {
                linear($0[0], $0[1], hasBias ? $0[2] : nil, activation)
            } reference: {
                let z = $0[0].times($0[1])
                return (hasBias ? z.with($0[2], +) : z).map { Reference.activation(activation, $0) }
            }.run()
        }
    }

    @Test func aLinearLayerOfAConstantInputMovesItsWeightsOnly() throws {
        var stream = RandomStream(seed: 5, for: .testing)
        let inputs = [(6, 5), (5, 4), (1, 4)].map { ReferenceMatrix.random($0.0, $0.1, &stream) }
        for learns in [
            [false, true, true], [true, false, true], [true, true, false], [true, false, false],
        ] {
            try GradientCheck(name: "linear \(learns)", inputs: inputs, learns: learns) {
                linear($0[0], $0[1], $0[2], .mish)
            } reference: {
                $0[0].times($0[1]).with($0[2], +).map(Reference.mish)
            }.run()
        }
    }

    @Test func norms() throws {
        var stream = RandomStream(seed: 6, for: .testing)
        for shape in Self.shapes + [Self.large] {
            let x = ReferenceMatrix.random(shape.rows, shape.columns, &stream)
            let vectors = (0..<2).map { _ in ReferenceMatrix.random(1, shape.columns, &stream) }
            if shape.columns > 1 {  // one column less its mean is 0, and its slope a matter of ε alone
                try GradientCheck(name: "layerNorm \(shape)", inputs: [x] + vectors) {
                    layerNorm($0[0], scale: $0[1], shift: $0[2])
                } reference: {
                    $0[0].mapRows { Reference.normalised($0, centred: true) }.with($0[1], *).with($0[2], +)
                }.run()
            }
            try GradientCheck(name: "rmsNorm \(shape)", inputs: [x, vectors[0]]) {
                rmsNorm($0[0], scale: $0[1], epsilon: 1e-2)
            } reference: {
                $0[0].mapRows { Reference.normalised($0, centred: false, epsilon: 1e-2) }.with($0[1], *)
            }.run()
        }
    }

    @Test func aSecondUseAddsUp() throws {
        var stream = RandomStream(seed: 7, for: .testing)
        let inputs = [(5, 4), (4, 4), (1, 4)].map { ReferenceMatrix.random($0.0, $0.1, &stream) }
        try GradientCheck(name: "shared weights", inputs: inputs) {
            let h = linear($0[0], $0[1], $0[2], .tanh)
            let again = layerNorm(linear(h, $0[1], $0[2], .mish), scale: $0[2], shift: $0[2])
            return h * again + h.joined(again).columns(2..<6) - linear(h, $0[1])
        } reference: { it in
            let h = it[0].times(it[1]).with(it[2], +).map { tanh($0) }
            let second = h.times(it[1]).with(it[2], +).map(Reference.mish)
            let again = second.mapRows { Reference.normalised($0, centred: true) }.with(it[2], *).with(
                it[2], +)
            let middle = ReferenceMatrix(5, 4) { i, j in j < 2 ? h[i, j + 2] : again[i, j - 2] }
            return h.with(again, *).with(middle, +).with(h.times(it[1]), -)
        }.run()
    }

    @Test func nothingFlowsThroughAConstant() throws {
        var stream = RandomStream(seed: 8, for: .testing)
        let start = ReferenceMatrix.random(3, 3, &stream)
        let parameter = TestParameter(start)
        let tape = Tape()
        let x = try parameter.variable(on: tape)
        tape.walkBack(from: (x.squared().constant * x).sum())
        for (gradient, x) in zip(parameter.gradient.buffer, parameter.value.buffer) {
            #expect(abs(gradient - x * x) <= 1e-6)
        }
        let other = TestParameter(start)
        tape.walkBack(from: try other.variable(on: tape).constant.sum())
        #expect(!other.flag.pointee)
    }

    @Test func aStaleVariableTraps() async {
        await #expect(processExitsWith: .failure) {
            let tape = Tape()
            let x = tape.constant(1)
            tape.reset()
            _ = x + 1
        }
    }
}
