import CKernels
import Tensors
import Testing

/// The tiles of one level by the functions that compute them.
struct TileForm: Sendable, CustomTestStringConvertible {
    let method: ProductMethod
    let arrange:
        @Sendable (
            UnsafePointer<Float>, Int, Int32, UnsafeMutablePointer<Float>, Int, Int, Int, Int
        ) -> Void
    let multiply:
        @Sendable (
            UnsafePointer<Float>, Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int, Int, Int,
            Int32
        ) -> Void
    let transposed:
        @Sendable (
            UnsafePointer<Float>, Int, UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>, Int, Int, Int,
            Int, Int32, UnsafeMutablePointer<Float>
        ) -> Void
    var testDescription: String { "\(method)" }

    /// What this processor has.
    static let available = all.filter { ProductMethod.available.contains($0.method) }
    private static let all = [
        TileForm(
            method: .tiles, arrange: { ck_arrange_panels($0, $1, $2, $3, $4, $5, $6, $7) },
            multiply: { ck_multiply_panels($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            transposed: { ck_multiply_transposed($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) }),
        TileForm(
            method: .narrowTiles, arrange: { ck_narrow_arrange($0, $1, $2, $3, $4, $5, $6, $7) },
            multiply: { ck_narrow_multiply($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            transposed: { ck_narrow_multiply_transposed($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) }),
    ]
}

/// Tiles need a processor with registers of 8 or 16 floats; elsewhere there is nothing to test.
@Suite(.enabled(if: !TileForm.available.isEmpty))
struct PanelProductTests {
    /// m, n, k: whole and broken tiles, panels and blocks.
    static let sizes = [
        (1, 16, 1), (14, 32, 4), (13, 31, 5), (15, 33, 3), (33, 45, 17), (140, 64, 70), (257, 40, 129),
        (29, 97, 300), (6, 16, 4), (7, 17, 5), (125, 22, 40), (45, 600, 260), (5, 8, 0), (31, 70, 1024),
        (1024, 70, 20),
    ]

    @Test(arguments: sizes, TileForm.available)
    func aProductAgreesWithDouble(_ size: (Int, Int, Int), form: TileForm) {
        for accumulate in [false, true] { product(size, form, accumulate) }
    }

    private func product(_ size: (Int, Int, Int), _ form: TileForm, _ accumulate: Bool) {
        let (m, n, k) = size
        let a = Block(m, k), b = Block(k, n), start = Block(m, n)
        for isTransposed in [false, true] {
            let given = isTransposed ? b.transposed : b
            var c = start.values
            form.multiply(
                a.values, k, given.arranged(isTransposed, k, n, form), &c, n, m, n, k, accumulate ? 1 : 0)
            let expected = accumulate ? start.values : []
            #expect(error(of: c, m, n, k, expected) { Double(a[$0, $2]) * Double(b[$2, $1]) } <= bound(k))
        }
    }

    /// Products over no rows at all are not asked for.
    @Test(arguments: sizes.filter { $0.2 > 0 }, TileForm.available)
    func aTransposedProductAgreesWithDouble(_ size: (Int, Int, Int), form: TileForm) {
        for accumulate in [false, true] { transposedProduct(size, form, accumulate) }
    }

    private func transposedProduct(_ size: (Int, Int, Int), _ form: TileForm, _ accumulate: Bool) {
        let (m, n, k) = size
        let a = Block(k, m), b = Block(k, n), start = Block(m, n)
        var c = start.values
        var scratch = [Float](repeating: .nan, count: ck_transposed_scratch(n))
        form.transposed(a.values, m, b.values, n, &c, n, m, n, k, accumulate ? 1 : 0, &scratch)
        let expected = accumulate ? start.values : []
        #expect(error(of: c, m, n, k, expected) { Double(a[$2, $0]) * Double(b[$2, $1]) } <= bound(k))
    }

    @Test(arguments: TileForm.available)
    func rowsDoNotDependOnHowTheyAreSharedOut(form: TileForm) {
        let (m, n, k) = (61, 50, 37)
        let a = Block(m, k), b = Block(k, n)
        let panels = b.arranged(false, k, n, form)
        var whole = [Float](repeating: .nan, count: m * n)
        form.multiply(a.values, k, panels, &whole, n, m, n, k, 0)
        for rows in 1...m {
            var parts = [Float](repeating: .nan, count: m * n)
            parts.withUnsafeMutableBufferPointer { parts in
                a.values.withUnsafeBufferPointer { a in
                    for start in stride(from: 0, to: m, by: rows) {
                        guard let to = parts.baseAddress, let from = a.baseAddress else { continue }
                        let count = min(rows, m - start)
                        form.multiply(from + start * k, k, panels, to + start * n, n, count, n, k, 0)
                    }
                }
            }
            #expect(parts == whole, "\(rows) rows at a time")
        }
    }

    /// A sum that begins with 0 and rises is the same in tiles of every size.
    @Test(.enabled(if: ProductMethod.available.contains(.tiles)), arguments: sizes)
    func bothTilesGiveTheSameProducts(_ size: (Int, Int, Int)) {
        let (m, n, k) = size
        let a = Block(m, k), b = Block(k, n)
        let results = TileForm.available.map { form in
            var c = [Float](repeating: .nan, count: m * n)
            form.multiply(a.values, k, b.arranged(false, k, n, form), &c, n, m, n, k, 0)
            return c
        }
        #expect(results.count == 2 && results[0] == results[1])
    }

    /// Columns of a sum may be shared out in whole panels.
    @Test(arguments: TileForm.available)
    func columnsDoNotDependOnHowTheyAreSharedOut(form: TileForm) {
        let (m, n, k) = (50, 700, 300)
        let a = Block(k, m), b = Block(k, n)
        var scratch = [Float](repeating: .nan, count: ck_transposed_scratch(n))
        var whole = [Float](repeating: .nan, count: m * n), parts = whole
        form.transposed(a.values, m, b.values, n, &whole, n, m, n, k, 0, &scratch)
        b.values.withUnsafeBufferPointer { b in
            parts.withUnsafeMutableBufferPointer { parts in
                guard let from = b.baseAddress, let to = parts.baseAddress else { return }
                for (start, end) in [(0, 32), (32, 352), (352, n)] {
                    form.transposed(
                        a.values, m, from + start, n, to + start, n, m, end - start, k, 0, &scratch)
                }
            }
        }
        #expect(parts == whole)
    }

    @Test(arguments: TileForm.available)
    func nothingIsWrittenBesideTheResult(form: TileForm) {
        let (m, n, k, stride) = (31, 45, 20, 64)
        let a = Block(m, k), b = Block(k, n), transposed = Block(k, m)
        var c = [Float](repeating: -7, count: m * stride)
        form.multiply(a.values, k, b.arranged(false, k, n, form), &c, stride, m, n, k, 0)
        var scratch = [Float](repeating: .nan, count: ck_transposed_scratch(n))
        form.transposed(transposed.values, m, b.values, n, &c, stride, m, n, k, 1, &scratch)
        #expect((0..<m).allSatisfy { row in (n..<stride).allSatisfy { c[row * stride + $0] == -7 } })
        #expect((0..<m).allSatisfy { row in (0..<n).allSatisfy { c[row * stride + $0] != -7 } })
    }

    /// Both ways of a layer, forward and backward, on sizes that are shared out.
    @Test(arguments: TileForm.available)
    func tilesAgreeWithTheLibrary(form: TileForm) throws {
        let results = try [form.method, .library].map { method in
            let tape = Tape()
            tape.products = method
            let x = TestParameter(.init(1434, 141) { Double(($0 * 7 + $1 * 3) % 11) / 8 - 0.5 })
            let w = TestParameter(.init(141, 256) { Double(($0 * 5 + $1 * 2) % 13) / 16 - 0.4 })
            let y = linear(try x.variable(on: tape), try w.variable(on: tape), nil, .tanh)
            let values = Array(y.values)
            tape.walkBack(from: (y * y).sum())
            return [values, Array(x.gradient.buffer), Array(w.gradient.buffer)]
        }
        for (tiles, library) in zip(results[0], results[1]) {
            let largest = library.reduce(Float(0)) { max($0, abs($1)) }
            #expect(zip(tiles, library).allSatisfy { abs($0 - $1) <= 2e-5 * largest })
        }
    }

    /// Rounding of a sum of k products of normal numbers grows with √k; six standard deviations of it.
    private func bound(_ k: Int) -> Double { 6 * 6e-8 * Double(k + 2) }

    private func error(
        of c: [Float], _ m: Int, _ n: Int, _ k: Int, _ start: [Float],
        _ term: (Int, Int, Int) -> Double
    ) -> Double {
        var worst = 0.0
        for row in 0..<m {
            for column in 0..<n {
                let first = start.isEmpty ? 0 : Double(start[row * n + column])
                let exact = (0..<k).reduce(first) { $0 + term(row, column, $1) }
                let error = abs(exact - Double(c[row * n + column]))
                worst = error <= worst ? worst : error
            }
        }
        return worst
    }
}

/// A matrix of normal numbers.
struct Block {
    let rows, columns: Int
    var values: [Float]

    init(_ rows: Int, _ columns: Int) {
        (self.rows, self.columns) = (rows, columns)
        var stream = RandomStream(seed: UInt64(rows * 1000 + columns), for: .testing)
        values = (0..<rows * columns).map { _ in stream.nextNormal() }
    }

    subscript(row: Int, column: Int) -> Float { values[row * columns + column] }

    var transposed: Block {
        var result = Block(columns, rows)
        for i in 0..<rows { for j in 0..<columns { result.values[j * rows + i] = self[i, j] } }
        return result
    }

    /// In panels, arranged in two steps as by two threads.
    func arranged(_ isTransposed: Bool, _ k: Int, _ n: Int, _ form: TileForm) -> [Float] {
        var panels = [Float](repeating: .nan, count: ck_panels_size(k, n))
        let count = (n + 31) / 32
        for part in [0..<count / 2, count / 2..<count] {
            form.arrange(
                values, columns, isTransposed ? 1 : 0, &panels, k, n, part.lowerBound, part.upperBound)
        }
        return panels
    }
}
