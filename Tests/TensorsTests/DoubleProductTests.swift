import Tensors
import Testing

@Suite struct DoubleProductTests {
    private static func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
        var stream = RandomStream(seed: seed, for: .testing)
        return Matrix(rows, columns, (0..<rows * columns).map { _ in Double(stream.nextNormal()) })
    }

    /// The sum over the inner index, term by term.
    private static func plain(_ a: Matrix, _ b: Matrix) -> Matrix {
        var result = Matrix(a.rows, b.columns)
        for i in 0..<a.rows {
            for j in 0..<b.columns { for k in 0..<a.columns { result[i, j] += a[i, k] * b[k, j] } }
        }
        return result
    }

    private static func distance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(a.count == b.count ? 0 : .infinity) { max($0, abs($1.0 - $1.1)) }
    }

    @Test(arguments: [(1, 1, 1), (3, 5, 2), (17, 4, 33), (2, 3, 0)])
    func everyTransposeMultipliesAsTheSumsDo(m: Int, n: Int, k: Int) {
        let (a, b, old) = (
            Self.random(m, k, seed: 1), Self.random(k, n, seed: 2), Self.random(m, n, seed: 3)
        )
        let product = Self.plain(a, b)
        #expect(Self.distance((a * b).elements, product.elements) <= 1e-13 * Double(k + 1))
        for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
            var c = old
            let (left, right) = (ta ? a.transposed() : a, tb ? b.transposed() : b)
            DoubleProducts.multiply(
                m, n, k, alpha: 2, left.elements, lda: left.columns, transposeA: ta, right.elements,
                ldb: right.columns, transposeB: tb, beta: -1, &c.elements, ldc: n)
            let expected = zip(product.elements, old.elements).map { 2 * $0 - $1 }
            #expect(Self.distance(c.elements, expected) <= 1e-12 * Double(k + 1), "\(ta) \(tb)")
        }
    }

    @Test func aGramMatrixIsTheProductBelowItsDiagonal() {
        let a = Self.random(9, 4, seed: 4)
        var c = Matrix(4, 4, repeating: .nan)
        DoubleProducts.gram(4, 9, alpha: 0.5, a.elements, &c.elements)
        let expected = Self.plain(a.transposed(), a)
        for row in 0..<4 {
            for column in 0..<4 where column <= row {
                #expect(abs(c[row, column] - 0.5 * expected[row, column]) <= 1e-13)
            }
            for column in min(row + 1, 4)..<4 { #expect(c[row, column].isNaN) }
        }
    }

    @Test func aGramMatrixOfRowsSkipsWhatLiesBetweenThem() {
        let a = Self.random(4, 9, seed: 4)
        // Rows of six numbers, nine apart, on top of what is there.
        var c = Matrix(4, 4, repeating: 2)
        for row in 0..<4 { for column in row + 1..<max(row + 1, 4) { c[row, column] = .nan } }
        DoubleProducts.gramOfRows(4, 6, alpha: 0.5, a.elements, lda: 9, beta: 3, &c.elements)
        for row in 0..<4 {
            for column in 0...row {
                let product = (0..<6).reduce(0) { $0 + a[row, $1] * a[column, $1] }
                #expect(abs(c[row, column] - (0.5 * product + 6)) <= 1e-13)
            }
            for column in row + 1..<max(row + 1, 4) { #expect(c[row, column].isNaN) }
        }
    }

    @Test func rowsAreSolvedByTheFactor() throws {
        let g = Self.random(5, 7, seed: 5)
        let factor = try CholeskyFactor(g * g.transposed())
        let wanted = Self.random(3, 5, seed: 6)
        var b = wanted * factor.lower.transposed()
        DoubleProducts.solveRows(3, 5, lower: factor.lower.elements, &b.elements)
        #expect(Self.distance(b.elements, wanted.elements) <= 1e-12)
    }
}
