import CKernels
import Tensors
import Testing

/// Products of bf16 factors: the instructions against the definition, bit by bit, and the definition against `Double`.
@Suite struct RoundedProductTests {
    private static let sizes =
        PanelProductTests.sizes + [(20, 70, 2100), (127, 33, 1025), (60, 40, 1500)]
    private static let hasInstructions = ProductMethod.choices.contains(.bf16)

    private func reference(
        _ a: [Float], isTransposed: Bool = false, _ b: [Float], _ c: [Float], _ m: Int, _ n: Int, _ k: Int,
        accumulate: Bool
    ) -> [UInt32] {
        var c = c
        ck_bf16_reference(
            a, isTransposed ? m : k, isTransposed ? 1 : 0, b, n, 0, &c, n, m, n, k, accumulate ? 1 : 0)
        return c.map(\.bitPattern)
    }

    private func product(_ a: [Float], _ b: Block, _ c: [Float], _ m: Int, accumulate: Bool) -> [UInt32] {
        var (c, panels) = (c, [Float](repeating: .nan, count: ck_panels_size(b.rows, b.columns)))
        let count = (b.columns + 31) / 32
        ck_bf16_arrange(b.values, b.columns, 0, &panels, b.rows, b.columns, 0, count)
        ck_bf16_multiply(a, b.rows, panels, &c, b.columns, m, b.columns, b.rows, accumulate ? 1 : 0)
        return c.map(\.bitPattern)
    }

    @Test(.enabled(if: hasInstructions), arguments: sizes, [false, true])
    func productsAreThoseOfTheDefinition(_ size: (Int, Int, Int), accumulate: Bool) {
        let (m, n, k) = size
        let a = Block(m, k), b = Block(k, n), start = Block(m, n).values, bT = b.transposed
        let expected = reference(a.values, b.values, start, m, n, k, accumulate: accumulate)
        #expect(product(a.values, b, start, m, accumulate: accumulate) == expected)
        // Of a transposed factor, arranged in two steps as by two threads.
        var (c, panels) = (start, [Float](repeating: .nan, count: ck_panels_size(k, n)))
        let count = (n + 31) / 32
        for part in [0..<count / 2, count / 2..<count] {
            ck_bf16_arrange(bT.values, k, 1, &panels, k, n, part.lowerBound, part.upperBound)
        }
        ck_bf16_multiply(a.values, k, panels, &c, n, m, n, k, accumulate ? 1 : 0)
        #expect(c.map(\.bitPattern) == expected)
    }

    @Test(.enabled(if: hasInstructions), arguments: sizes, [false, true])
    func transposedProductsAreThoseOfTheDefinition(_ size: (Int, Int, Int), accumulate: Bool) {
        let (m, n, k) = size
        let a = Block(k, m), b = Block(k, n), start = Block(m, n).values
        var (c, scratch) = (start, [Float](repeating: .nan, count: ck_transposed_scratch(n)))
        ck_bf16_multiply_transposed(a.values, m, b.values, n, &c, n, m, n, k, accumulate ? 1 : 0, &scratch)
        #expect(
            c.map(\.bitPattern)
                == reference(a.values, isTransposed: true, b.values, start, m, n, k, accumulate: accumulate))
    }

    /// Infinities, subnormals, overflow and halves between two bf16 numbers.
    @Test(.enabled(if: hasInstructions))
    func oddNumbersAreThoseOfTheDefinition() {
        let odd: [Float] = [
            1, -0.0, .infinity, Float(bitPattern: 0x0001_0000), 3e38, -3.4e38, Float(bitPattern: 0x3f80_8000),
            Float(bitPattern: 0x3f81_8000),
            Float(bitPattern: 0x3f80_8001), 1.2e-38, 1e-30, -1e-20, 0x1p-126, 7,
        ]
        let (m, k, n) = (odd.count, 2, 48)
        var b = Block(k, n)
        for column in 0..<n { b.values[column] = odd[column % odd.count] }
        let a: [Float] = odd.flatMap { [$0, Float(1)] }
        let start = [Float](repeating: Float(bitPattern: 0x000a_0000), count: m * n)
        for accumulate in [false, true] {
            let (found, expected) = (
                product(a, b, start, m, accumulate: accumulate),
                reference(a, b.values, start, m, n, k, accumulate: accumulate)
            )
            // Which NaN an instruction gives is its own affair.
            #expect(
                zip(found, expected).allSatisfy {
                    $0 == $1 || Float(bitPattern: $0).isNaN && Float(bitPattern: $1).isNaN
                })
        }
    }

    /// Rounding a factor moves it by 2⁻⁹ of itself at most, and each of k additions a sum by 2⁻²⁴.
    @Test func theDefinitionAgreesWithDouble() {
        let (m, n, k) = (9, 17, 301)
        let a = Block(m, k), b = Block(k, n)
        let c = reference(
            a.values, b.values, [Float](repeating: .nan, count: m * n), m, n, k, accumulate: false)
        for row in 0..<m {
            for column in 0..<n {
                var (exact, size) = (0.0, 0.0)
                for i in 0..<k {
                    let term = Double(a[row, i]) * Double(b[i, column])
                    (exact, size) = (exact + term, size + abs(term))
                }
                let error = abs(Double(Float(bitPattern: c[row * n + column])) - exact)
                #expect(error <= size * (0x1p-8 + 0x1p-18 + Double(k) * 0x1p-24) && error > 0)
            }
        }
    }

    @Test func factorsAreRoundedToTheNearestEven() {
        let cases: [(UInt32, UInt32)] = [
            (0x3f80_8000, 0x3f80_0000), (0x3f81_8000, 0x3f82_0000), (0x3f80_8001, 0x3f81_0000),
            (0x7f7f_ffff, 0x7f80_0000), (0x0040_0000, 0), (0xbf80_7fff, 0xbf80_0000),
        ]
        for (given, expected) in cases {
            let x = Float(bitPattern: given)
            #expect(
                reference([x, 0], [1, 0], [0], 1, 1, 2, accumulate: false) == [expected], "\(x)")
        }
    }

    /// A layer's gradients by rounded products stay within two bf16 roundings of those by the library.
    @Test(.enabled(if: hasInstructions)) func aLayerAgreesWithSinglePrecision() throws {
        let results = try [ProductMethod.bf16, .library].map { method in
            let tape = Tape()
            tape.products = method
            let x = TestParameter(.init(700, 141) { Double(($0 * 7 + $1 * 3) % 11) / 8 - 0.55 })
            let w = TestParameter(.init(141, 70) { Double(($0 * 5 + $1 * 2) % 13) / 16 - 0.41 })
            let y = linear(try x.variable(on: tape), try w.variable(on: tape), nil, .tanh)
            let values = Array(y.values)
            tape.walkBack(from: (y * y).sum())
            return [values, Array(x.gradient.buffer), Array(w.gradient.buffer)]
        }
        for (rounded, single) in zip(results[0], results[1]) {
            let largest = single.reduce(Float(0)) { max($0, abs($1)) }
            #expect(zip(rounded, single).allSatisfy { abs($0 - $1) <= 0.03 * largest })
            #expect(rounded != single)
        }
    }

    /// A tape computes by the precision in which it was last emptied; nothing else of it changes.
    @Test(.enabled(if: hasInstructions)) func aPrecisionHoldsWhileSomethingIsLearned() throws {
        let tape = Tape()
        func product(_ precision: Precision) throws -> [Float] {
            try precision.during {
                tape.reset()
                let x = TestParameter(.init(64, 48) { Double(($0 * 7 + $1 * 3) % 11) / 9 - 0.55 })
                let w = TestParameter(.init(48, 32) { Double(($0 * 5 + $1 * 2) % 13) / 17 - 0.41 })
                return Array(linear(try x.variable(on: tape), try w.variable(on: tape)).values)
            }
        }
        let single = try product(.float32)
        let rounded = try product(.bf16)
        #expect(rounded != single)
        #expect(try Precision.bf16.during { try product(.float32) } == single)
        #expect(try product(.bf16) == rounded)
        tape.reset()
        #expect(tape.products == ProductMethod.best)
    }
}
