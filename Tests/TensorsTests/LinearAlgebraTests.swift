import Foundation
import Tensors
import Testing

@Suite struct LinearAlgebraTests {
    private static func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
        var stream = RandomStream(seed: seed, for: .testing)
        return Matrix(rows, columns, (0..<rows * columns).map { _ in Double(stream.nextNormal()) })
    }

    private static func distance(_ a: Matrix, _ b: Matrix) -> Double {
        zip(a.elements, b.elements).reduce(a.rows == b.rows && a.columns == b.columns ? 0 : .infinity) {
            max($0, abs($1.0 - $1.1))
        }
    }

    @Test(arguments: [1, 2, 3, 8, 40]) func aFactorTimesItsTransposeIsTheMatrix(order: Int) throws {
        let g = Self.random(order, order + 2, seed: UInt64(order))
        let a = g * g.transposed()
        let factor = try CholeskyFactor(a)
        #expect(Self.distance(factor.lower * factor.lower.transposed(), a) <= 1e-12 * Double(order))
        for row in 0..<order { for column in row + 1..<max(order, row + 1) { #expect(factor.lower[row, column] == 0) } }
        let x = Self.random(order, 3, seed: 9)
        let solved = try factor.solve(a * x)
        #expect(Self.distance(a * solved, a * x) <= 1e-11 * Double(order))
        let eigen = try SymmetricEigen(a)
        #expect(abs(factor.logDeterminant - eigen.values.reduce(0) { $0 + log($1) }) <= 1e-8)
    }

    @Test func theClosedFormsOfOrderTwo() throws {
        let a = Matrix(2, 2, [4, 2, 2, 3])
        #expect(Self.distance(try CholeskyFactor(a).lower, Matrix(2, 2, [2, 0, 1, 2.0.squareRoot()])) <= 1e-15)
        #expect(abs(try CholeskyFactor(a).logDeterminant - log(8)) <= 1e-15)
        let eigen = try SymmetricEigen(Matrix(2, 2, [2, 1, 1, 2]))
        #expect(abs(eigen.values[0] - 1) <= 1e-15 && abs(eigen.values[1] - 3) <= 1e-15)
        let half = 0.5.squareRoot()
        #expect(abs(abs(eigen.vectors[0, 1]) - half) <= 1e-15 && abs(abs(eigen.vectors[1, 1]) - half) <= 1e-15)
        #expect(eigen.vectors[0, 1] * eigen.vectors[1, 1] > 0 && eigen.vectors[0, 0] * eigen.vectors[1, 0] < 0)
        #expect(Self.distance(try Matrix(2, 2, [0, 2, 1, 1]).solve(Matrix(2, 1, [4, 5])), Matrix(2, 1, [3, 2])) <= 1e-15)
        #expect(try Matrix(1, 1, [4]).solve(Matrix(1, 1, [2])).elements == [0.5])
        #expect(try SymmetricEigen(Matrix(1, 1, [-3])).values == [-3])
    }

    @Test(arguments: [1, 2, 7, 30]) func eigenvectorsRebuildTheMatrix(order: Int) throws {
        let g = Self.random(order, order, seed: UInt64(order))
        var a = g
        for i in 0..<order { for j in 0..<order { a[i, j] = g[i, j] + g[j, i] } }
        let eigen = try SymmetricEigen(a)
        #expect(eigen.values == eigen.values.sorted())
        var diagonal = Matrix(order, order)
        for i in 0..<order { diagonal[i, i] = eigen.values[i] }
        #expect(Self.distance(eigen.vectors * diagonal * eigen.vectors.transposed(), a) <= 1e-12 * Double(order))
        #expect(Self.distance(eigen.vectors.transposed() * eigen.vectors, .identity(order)) <= 1e-13 * Double(order))
        #expect(Self.distance(try a.solve(a), .identity(order)) <= 1e-9)
    }

    @Test func aHilbertMatrixIsSolvedWithASmallResidual() throws {
        let order = 10  // condition 1.6e13: the solution is poor, the residual is not
        let hilbert = Matrix(
            order, order, (0..<order * order).map { 1 / Double($0 / order + $0 % order + 1) })
        let ones = Matrix(order, 1, repeating: 1)
        let b = hilbert * ones
        #expect(Self.distance(hilbert * (try hilbert.solve(b)), b) <= 1e-13)
        #expect(Self.distance(hilbert * (try CholeskyFactor(hilbert).solve(b)), b) <= 1e-13)
    }

    @Test func whatCannotBeSolvedIsRefused() {
        #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 2)) {
            try CholeskyFactor(Matrix(3, 3, [1, 0, 0, 0, -1, 0, 0, 0, 1]))
        }
        #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 1)) { try CholeskyFactor(Matrix(1, 1, [0])) }
        #expect(throws: LinearAlgebraError.singular) {
            try Matrix(2, 2, [1, 2, 2, 4]).solve(Matrix(2, 1, [1, 1]))
        }
        for value in [Double.nan, .infinity] {
            let a = Matrix(2, 2, [1, 0, value, 1])
            let error = LinearAlgebraError.notFinite(row: 1, column: 0)
            #expect(throws: error) { try CholeskyFactor(a) }
            #expect(throws: error) { try SymmetricEigen(a) }
            #expect(throws: error) { try a.solve(.identity(2)) }
            #expect(throws: error) { try Matrix.identity(2).solve(a) }
        }
        #expect(
            LinearAlgebraError.notFinite(row: 1, column: 0).description
                == "the matrix element [1, 0] is not a finite number")
    }

    @Test func nothingIsSolvedByNothing() throws {
        let empty = Matrix(0, 0)
        #expect(try CholeskyFactor(empty).logDeterminant == 0)
        #expect(try SymmetricEigen(empty).values.isEmpty)
        #expect(try empty.solve(empty) == empty)
        #expect(try Matrix.identity(2).solve(Matrix(2, 0)) == Matrix(2, 0))
        #expect(throws: LinearAlgebraError.singular) { try Matrix(2, 2).solve(Matrix(2, 0)) }
    }
}
