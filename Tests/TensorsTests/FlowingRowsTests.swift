import CKernels
import Tensors
import Testing

/// What a layer's backward pass leaves out where a loss does not read some rows.
@Suite struct FlowingRowsTests {
    static let activations: [Activation] = [.identity, .relu, .tanh, .mish]

    /// Gradients of x, weight and bias, and the operations of products, of a loss that weighs rows.
    private func gradients(
        _ x: ReferenceMatrix, rows: [Double], _ activation: Activation, also square: Double
    ) throws -> (x: [Float], weight: [Float], bias: [Float], operations: Double) {
        let tape = Tape()
        let input = TestParameter(x)
        let w = TestParameter(.init(40, 48) { Double(($0 * 5 + $1 * 2) % 13) / 16 - 0.4 })
        let b = TestParameter(.init(1, 48) { _, j in Double(j % 5) / 8 - 0.2 })
        let s = try input.variable(on: tape)
        let y = linear(s, try w.variable(on: tape), try b.variable(on: tape), activation)
        let weights = tape.constant(Tensor(x.rows, 1, rows.map { Float($0) }))
        let loss = (y * weights).sum()
        // Recorded later, and so walked back first: the layer then adds to a gradient that is there.
        tape.walkBack(from: square == 0 ? loss : loss + Float(square) * s.squared().sum())
        return (
            Array(input.gradient.buffer), Array(w.gradient.buffer), Array(b.gradient.buffer),
            tape.productOperations
        )
    }

    private func isNear(_ a: [Float], _ b: [Float]) -> Bool {
        let largest = b.reduce(Float(0)) { max($0, abs($1)) }
        return a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-5 * largest }
    }

    @Test(arguments: activations, [0, 0.5])
    func rowsThatTheLossDoesNotReadChangeNothing(_ activation: Activation, _ square: Double) throws {
        let x = ReferenceMatrix(300, 40) { Double(($0 * 7 + $1 * 3) % 11) / 8 - 0.5 }
        let read = (0..<300).filter { $0 % 3 == 1 }
        let few = ReferenceMatrix(100, 40) { x[read[$0], $1] }
        let sparse = try gradients(x, rows: (0..<300).map { $0 % 3 == 1 ? 1.5 : 0 }, activation, also: square)
        let dense = try gradients(few, rows: .init(repeating: 1.5, count: 100), activation, also: square)
        #expect(isNear(sparse.weight, dense.weight))
        #expect(isNear(sparse.bias, dense.bias))
        for row in 0..<300 {
            let own = Array(sparse.x[row * 40..<row * 40 + 40])
            if let place = read.firstIndex(of: row) {
                #expect(isNear(own, Array(dense.x[place * 40..<place * 40 + 40])), "row \(row)")
            } else {
                #expect(own == (0..<40).map { Float(2 * square) * Float(x[row, $0]) }, "row \(row)")
            }
        }
        // The first 33 rows are always among them, of which 11 are read.
        #expect(sparse.operations == 2 * 40 * 48 * (300 + 2 * (100 + 22)))
        #expect(dense.operations == 2 * 40 * 48 * (100 + 2 * 100))
    }

    /// With few rows, or few that could be left out, a product takes all of them.
    @Test func fewRowsAreNotLookedThrough() throws {
        let x = ReferenceMatrix(127, 40) { Double($0 + $1) / 100 }
        let short = try gradients(x, rows: (0..<127).map { $0 == 90 ? 1 : 0 }, .relu, also: 0)
        #expect(short.operations == 2 * 40 * 48 * 127 * 3)
        let y = ReferenceMatrix(200, 40) { Double($0 + $1) / 100 }
        let dense = try gradients(y, rows: (0..<200).map { $0 % 5 == 0 ? 0 : 1 }, .relu, also: 0)
        #expect(dense.operations == 2 * 40 * 48 * 200 * 3)
    }

    @Test func aLossThatReadsNothingHasNoGradient() throws {
        let x = ReferenceMatrix(200, 40) { Double($0 + $1) / 100 }
        let none = try gradients(x, rows: .init(repeating: 0, count: 200), .tanh, also: 0)
        #expect((none.x + none.weight + none.bias).allSatisfy { $0 == 0 })
    }

    @Test func whatIsNotANumberIsNotLeftOut() throws {
        let x = ReferenceMatrix(200, 40) { Double($0 + $1) / 100 }
        let spoilt = try gradients(x, rows: (0..<200).map { $0 == 150 ? .nan : 0 }, .tanh, also: 0)
        #expect(spoilt.bias.contains { $0.isNaN })
    }

    @Test func theKernelFindsTheLastColumn() {
        var x = [Float](repeating: 0, count: 5 * 17)
        (x[1 * 17 + 16], x[3 * 17], x[4 * 17 + 8]) = (
            Float.leastNonzeroMagnitude, -.infinity, -0.0
        )
        var numbers = [Int32](repeating: -1, count: 5)
        #expect(ck_flowing_rows(x, 5, 17, 0, &numbers) == 2)
        #expect(numbers == [1, 3, -1, -1, -1])
        #expect(ck_flowing_rows(x, 5, 17, 3, &numbers) == 4)
        #expect(numbers == [0, 1, 2, 3, -1])
    }
}

/// Layers of which nothing is differentiated.
@Suite(.enabled(if: !TileForm.available.isEmpty))
struct ConstantPassTests {
    private func constant(_ matrix: ReferenceMatrix, on tape: Tape) -> Variable {
        tape.constant(Tensor(matrix.rows, matrix.columns, matrix.elements.map { Float($0) }))
    }

    /// Rows of whole and broken blocks and parts.
    @Test(arguments: [256, 257, 700, 2_600], TileForm.available)
    func layersGiveWhatTheyGiveOneByOne(_ rows: Int, form: TileForm) throws {
        let tape = Tape()
        tape.products = form.method
        let widths = [19, 64, 48, 3]
        var stream = RandomStream(seed: 1, for: .testing)
        let numbers = (0..<3).map { layer in
            (
                constant(.random(widths[layer], widths[layer + 1], &stream), on: tape),
                constant(.random(1, widths[layer + 1], &stream), on: tape)
            )
        }
        let kinds: [Activation] = [.relu, .mish, .identity]
        let x = constant(.random(rows, 19, &stream), on: tape)
        let steps = zip(numbers, kinds).map { LinearStep($0.0, $0.1, $1) }
        let before = tape.productOperations
        let whole = try #require(Float.constantPass(x, layers: 3) { steps[$0] })
        #expect(tape.productOperations - before == 2 * Double(rows * (19 * 64 + 64 * 48 + 48 * 3)))
        var y = x
        for (layer, kind) in zip(numbers, kinds) { y = linear(y, layer.0, layer.1, kind) }
        #expect(whole.shape == y.shape)
        let largest = y.values.reduce(Float(0)) { max($0, abs($1)) }
        #expect(zip(whole.values, y.values).allSatisfy { abs($0 - $1) <= 2e-6 * largest })
        let wide = try #require(Float.constantPass(x, layers: 2) { steps[$0] })
        let hidden = linear(x, numbers[0].0, numbers[0].1, .relu)
        let between = linear(hidden, numbers[1].0, numbers[1].1, .mish)
        #expect(Array(wide.values) == Array(between.values))
    }

    @Test func whatIsDifferentiatedIsRecordedLayerByLayer() throws {
        let tape = Tape()
        let x = TestParameter(.init(300, 20) { Double($0 + $1) })
        let s = try x.variable(on: tape)
        let few = tape.constant(Tensor(255, 20))
        #expect(Float.constantPass(s, layers: 2) { _ in LinearStep(s, s, .relu) }.map { _ in true } == nil)
        #expect(Float.constantPass(few, layers: 2) { _ in LinearStep(s, s, .relu) }.map { _ in true } == nil)
    }
}
