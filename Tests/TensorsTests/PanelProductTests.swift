import CKernels
import Tensors
import Testing

/// Tiles need a processor with 512-bit registers; elsewhere there is nothing to test.
@Suite(.enabled(if: ProductMethod.available.contains(.tiles)))
struct PanelProductTests {
    /// m, n, k: whole and broken tiles, panels and blocks.
    static let sizes = [
        (1, 16, 1), (14, 32, 4), (13, 31, 5), (15, 33, 3), (33, 45, 17), (140, 64, 70), (257, 40, 129),
        (29, 97, 300),
    ]

    @Test(arguments: sizes, [false, true])
    func aProductAgreesWithDouble(_ size: (Int, Int, Int), accumulate: Bool) {
        let (m, n, k) = size
        let a = Block(m, k), b = Block(k, n), start = Block(m, n)
        for isTransposed in [false, true] {
            let given = isTransposed ? b.transposed : b
            var c = start.values
            given.arranged(isTransposed, k, n).withUnsafeBufferPointer { panels in
                ck_multiply_panels(a.values, k, panels.baseAddress, &c, n, m, n, k, accumulate ? 1 : 0)
            }
            let expected = accumulate ? start.values : []
            #expect(error(of: c, m, n, k, expected) { Double(a[$0, $2]) * Double(b[$2, $1]) } <= bound(k))
        }
    }

    @Test(arguments: sizes, [false, true])
    func aTransposedProductAgreesWithDouble(_ size: (Int, Int, Int), accumulate: Bool) {
        let (m, n, k) = size
        let a = Block(k, m), b = Block(k, n), start = Block(m, n)
        var c = start.values
        var scratch = [Float](repeating: .nan, count: ck_transposed_scratch(n))
        ck_multiply_transposed(a.values, m, b.values, n, &c, n, m, n, k, accumulate ? 1 : 0, &scratch)
        let expected = accumulate ? start.values : []
        #expect(error(of: c, m, n, k, expected) { Double(a[$2, $0]) * Double(b[$2, $1]) } <= bound(k))
    }

    @Test func rowsDoNotDependOnHowTheyAreSharedOut() {
        let (m, n, k) = (61, 50, 37)
        let a = Block(m, k), b = Block(k, n)
        let panels = b.arranged(false, k, n)
        var whole = [Float](repeating: .nan, count: m * n)
        ck_multiply_panels(a.values, k, panels, &whole, n, m, n, k, 0)
        for rows in 1...m {
            var parts = [Float](repeating: .nan, count: m * n)
            parts.withUnsafeMutableBufferPointer { parts in
                a.values.withUnsafeBufferPointer { a in
                    for start in stride(from: 0, to: m, by: rows) {
                        guard let to = parts.baseAddress, let from = a.baseAddress else { continue }
                        let count = min(rows, m - start)
                        ck_multiply_panels(from + start * k, k, panels, to + start * n, n, count, n, k, 0)
                    }
                }
            }
            #expect(parts == whole, "\(rows) rows at a time")
        }
    }

    @Test func nothingIsWrittenBesideTheResult() {
        let (m, n, k, stride) = (31, 45, 20, 64)
        let a = Block(m, k), b = Block(k, n), transposed = Block(k, m)
        var c = [Float](repeating: -7, count: m * stride)
        ck_multiply_panels(a.values, k, b.arranged(false, k, n), &c, stride, m, n, k, 0)
        var scratch = [Float](repeating: .nan, count: ck_transposed_scratch(n))
        ck_multiply_transposed(transposed.values, m, b.values, n, &c, stride, m, n, k, 1, &scratch)
        #expect((0..<m).allSatisfy { row in (n..<stride).allSatisfy { c[row * stride + $0] == -7 } })
        #expect((0..<m).allSatisfy { row in (0..<n).allSatisfy { c[row * stride + $0] != -7 } })
    }

    /// Both ways of a layer, forward and backward, on sizes that are shared out.
    @Test func tilesAgreeWithTheLibrary() throws {
        let results = try [ProductMethod.tiles, .library].map { method in
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
private struct Block {
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
    func arranged(_ isTransposed: Bool, _ k: Int, _ n: Int) -> [Float] {
        var panels = [Float](repeating: .nan, count: ck_panels_size(k, n))
        let count = (n + 31) / 32
        for part in [0..<count / 2, count / 2..<count] {
            ck_arrange_panels(
                values, columns, isTransposed ? 1 : 0, &panels, k, n, part.lowerBound, part.upperBound)
        }
        return panels
    }
}
