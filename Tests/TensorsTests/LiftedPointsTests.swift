import Tensors
import Testing

@Suite struct LiftedPointsTests {
    /// 1, x, y, x², x·y, y² with a recurrence of factor 2 and shift 1, so that x² stands for 2x² − 1.
    private static let basis = ProductBasis(
        variables: 2, recurrence: [(factor: 2, shift: 1)],
        steps: [(0, 0, 1), (0, 1, 1), (0, 0, 2), (1, 1, 1), (0, 1, 2)].map {
            ProductBasis.Step(element: $0.0, variable: $0.1, power: $0.2)
        }, chosen: Array(0..<6))

    private static func plain(_ x: Double, _ y: Double) -> [Double] {
        [1, x, y, 2 * x * x - 1, x * y, 2 * y * y - 1]
    }

    private static func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
        var stream = RandomStream(seed: seed, for: .testing)
        return Matrix(rows, columns, (0..<rows * columns).map { _ in Double(stream.nextNormal()) })
    }

    private static func norm(_ lower: Matrix, _ e: [Double]) -> Double {
        (0..<lower.rows).reduce(0) { sum, row in
            let inner = (0...row).reduce(0.0) { $0 + lower[row, $1] * e[$1] }
            return sum + inner * inner
        }
    }

    @Test func pointsAreLiftedByTheRecurrence() {
        let points = Self.random(37, 2, seed: 1)
        let rows = [36, 0, 17, 17, 5]
        let lifted = Self.basis.lifted(points, rows: rows, stride: 8)
        for (place, row) in rows.enumerated() {
            let expected = Self.plain(points[row, 0], points[row, 1]) + [0, 0]
            for k in 0..<8 {
                #expect(abs(lifted[8 * place + k] - expected[k]) <= 1e-14 * max(1, abs(expected[k])))
            }
        }
    }

    @Test func chosenElementsComeInTheirOrder() {
        let points = Self.random(3, 2, seed: 2)
        let chosen = ProductBasis(
            variables: 2, recurrence: [(factor: 2, shift: 1)],
            steps: [(0, 0, 1), (0, 1, 1), (0, 0, 2), (1, 1, 1), (0, 1, 2)].map {
                ProductBasis.Step(element: $0.0, variable: $0.1, power: $0.2)
            }, chosen: [4, 0, 5])
        let all = Self.basis.lifted(points, rows: [0, 1, 2], stride: 6)
        let lifted = chosen.lifted(points, rows: [0, 1, 2], stride: 3)
        for row in 0..<3 {
            #expect(Array(lifted[3 * row..<3 * row + 3]) == [4, 0, 5].map { all[6 * row + $0] })
        }
    }

    @Test(arguments: [1, 15, 16, 17, 700]) func normsAreThoseOfTheSums(count: Int) {
        let points = Self.random(count, 2, seed: 3)
        // What lies above the diagonal is not read.
        let lower = Self.random(6, 6, seed: 4)
        let norms = Self.basis.norms(ArrangedTriangle(lower), points)
        for row in 0..<count {
            let exact = Self.norm(lower, Self.plain(points[row, 0], points[row, 1]))
            #expect(abs(norms[row] / exact - 1) <= 1e-11)
        }
    }

    @Test func aNormDependsOnItsPointAlone() {
        let (points, triangle) = (Self.random(100, 2, seed: 5), ArrangedTriangle(Self.random(6, 6, seed: 6)))
        let together = Self.basis.norms(triangle, points)
        for row in 0..<100 { #expect(Self.basis.norms(triangle, points, rows: [row]) == [together[row]]) }
    }

    @Test func momentsAreTheMeanOfTheProductsForEveryNumberOfThreads() {
        let points = Self.random(3000, 2, seed: 7)
        let moments = Self.basis.moments(points)
        for (i, j) in [(0, 0), (3, 1), (5, 5), (2, 4)] {
            let exact =
                (0..<3000).reduce(0.0) {
                    let e = Self.plain(points[$1, 0], points[$1, 1])
                    return $0 + e[i] * e[j]
                } / 3000
            #expect(
                abs(moments[i, j] - exact) <= 1e-12 * max(1, abs(exact)) && moments[i, j] == moments[j, i])
        }
        let threads = BLAS.threads
        defer { BLAS.threads = threads }
        BLAS.threads = 1
        #expect(Self.basis.moments(points) == moments)
    }

    /// All monomials up to degree 2 of x, y, z, in an order of their own; or some of them.
    private static func monomials(_ chosen: [Int]) -> ProductBasis {
        ProductBasis(
            variables: 3, recurrence: [(factor: 1, shift: 0)],
            steps: [
                (0, 0, 1), (0, 1, 1), (0, 2, 1), (0, 0, 2), (1, 1, 1), (1, 2, 1), (0, 1, 2), (2, 2, 1),
                (0, 2, 2),
            ].map { ProductBasis.Step(element: $0.0, variable: $0.1, power: $0.2) }, chosen: chosen)
    }

    @Test(arguments: [Array(0..<10), [4, 9, 0, 2, 7, 1, 8, 3, 6, 5], [0, 1, 2, 3, 5]], [1, 7, 520, 3001])
    func momentsOfMonomialsAreTheMeanOfTheProducts(chosen: [Int], count: Int) {
        let points = Self.random(count, 3, seed: 10)
        let moments = Self.monomials(chosen).moments(points)
        let lifted = Self.monomials(chosen).lifted(points, rows: Array(0..<count), stride: chosen.count)
        for i in chosen.indices {
            for j in chosen.indices {
                var (sum, size) = (0.0, 0.0)
                for row in 0..<count {
                    let product = lifted[row * chosen.count + i] * lifted[row * chosen.count + j]
                    sum += product
                    size += abs(product)
                }
                #expect(abs(moments[i, j] - sum / Double(count)) <= 1e-13 * size / Double(count))
            }
        }
        let threads = BLAS.threads
        defer { BLAS.threads = threads }
        BLAS.threads = 1
        #expect(Self.monomials(chosen).moments(points) == moments)
    }

    @Test func dependentColumnsAreFound() throws {
        var points = Self.random(50, 4, seed: 8)
        for row in 0..<50 { points[row, 2] = 3 * points[row, 0] - 1e6 * points[row, 1] }
        var moments = Matrix(4, 4)
        moments = points.transposed() * points
        let columns = try IndependentColumns(moments: moments, tolerance: 1e-12)
        #expect(columns.independent.count == 3 && columns.dependent.count == 1)
        #expect(columns.independent.contains(3))
        let all = try IndependentColumns(moments: Matrix.identity(3), tolerance: 1e-12)
        #expect(all.independent == [0, 1, 2] && all.dependent.isEmpty)
        #expect(throws: LinearAlgebraError.notFinite(row: 0, column: 1)) {
            try IndependentColumns(moments: Matrix(2, 2, [1, .nan, 0, 1]), tolerance: 1e-12)
        }
    }
}

@Suite struct DesignStepTests {
    @Test(arguments: [3, 500]) func aStepIsTheFormulaOfEveryRow(rows: Int) {
        var stream = RandomStream(seed: 9, for: .testing)
        let stride = DesignSteps.stride(11)
        #expect(stride == 16)
        var f = [Double](repeating: 0, count: rows * stride)
        for row in 0..<rows { for k in 0..<11 { f[row * stride + k] = Double(stream.nextNormal()) } }
        let u = (0..<stride).map { $0 < 11 ? Double(stream.nextNormal()) : 0 }
        let old = (0..<rows).map { _ in 20 + Double(stream.nextNormal()) }
        let oldWeights = (0..<rows).map { $0 % 3 == 0 ? 0 : Double(stream.nextUniform()) }
        var (kappa, weights) = (old, oldWeights)
        let found = DesignSteps.step(
            f, stride: stride, u, beta: 0.1, scale: 1.5, shrink: 0.75, kappa: &kappa, weights: &weights)
        var (largest, smallest) = (0, -1)
        for row in 0..<rows {
            let product = (0..<11).reduce(0.0) { $0 + f[row * stride + $1] * u[$1] }
            #expect(abs(kappa[row] - (old[row] - 0.1 * product * product) * 1.5) <= 1e-12)
            #expect(weights[row] == oldWeights[row] * 0.75)
            if kappa[row] > kappa[largest] { largest = row }
            if weights[row] > 0 && (smallest < 0 || kappa[row] < kappa[smallest]) { smallest = row }
        }
        #expect(found.largest == largest && found.smallest == smallest)
    }

    @Test func anInverseFollowsARankOneChange() {
        // (M + a·f·fᵀ)⁻¹ by Sherman and Morrison, of order 3 with M the identity.
        let f = [1.0, 2, -1, 0, 0, 0, 0, 0]
        var inverse = [Double](repeating: 0, count: 3 * 8)
        for k in 0..<3 { inverse[k * 8 + k] = 1 }
        let u = DesignSteps.product(inverse, stride: 8, rows: 3, f)
        #expect(Array(u.prefix(3)) == [1, 2, -1])
        DesignSteps.update(&inverse, stride: 8, rows: 3, u, beta: 0.5 / (1 + 0.5 * 6), scale: 1)
        for i in 0..<3 {
            for j in 0..<3 {
                let product = (0..<3).reduce(0.0) {
                    $0 + inverse[i * 8 + $1] * (($1 == j ? 1 : 0) + 0.5 * f[$1] * f[j])
                }
                #expect(abs(product - (i == j ? 1 : 0)) <= 1e-15)
            }
        }
    }
}
