import CKernels
import Foundation
import Tensors
import Testing

@Suite struct KernelSumTests {
    private static func random(_ rows: Int, _ columns: Int, seed: UInt64, scale: Double = 1) -> Matrix {
        var stream = RandomStream(seed: seed, for: .testing)
        return Matrix(rows, columns, (0..<rows * columns).map { _ in scale * Double(stream.nextNormal()) })
    }

    private static func heaps(_ rows: Int, around centres: Matrix, seed: UInt64, scale: Double = 1) -> Matrix
    {
        var heaps = random(rows, centres.columns, seed: seed, scale: scale)
        for row in 0..<rows {
            for k in 0..<centres.columns { heaps[row, k] += centres[row % centres.rows, k] }
        }
        return heaps
    }

    private static func squares(_ points: Matrix, _ i: Int, _ references: Matrix) -> [Double] {
        (0..<references.rows).map { j in
            (0..<points.columns).reduce(0.0) {
                $0 + (points[i, $1] - references[j, $1]) * (points[i, $1] - references[j, $1])
            }
        }
    }

    /// 80 bits where there are any, so that the oracle's own error does not count.
    #if arch(x86_64)
        private typealias Wide = Float80
    #else
        private typealias Wide = Double
    #endif

    /// 2^x = 2ⁿ·2ʳ with 2ʳ from the power series of e^(r·ln 2).
    private static func widePower(_ x: Double) -> Wide {
        let n = x.rounded()
        // ln 2 in two parts, the first short enough for an exact product.
        let exact = Wide(x - n)
        let r = exact * 0.693147180369123816490 + exact * 1.90821492927058770002e-10
        var sum: Wide = 1
        for k in (1...22).reversed() { sum = 1 + sum * r / Wide(k) }
        return Wide(sign: .plus, exponent: Wide.Exponent(n), significand: sum)
    }

    @Test func thePowerIsWithinTheStatedBound() {
        var x = stride(from: -1022.0, through: 1023, by: 0.01029).map { $0 }
        x += stride(from: -1.0, through: 1, by: 0.0000171).map { $0 }
        x += [0, -0.0, 1e-300, -1e-300, 1e-17, -1022, 1023, 0.5, -0.5, 0.5.nextUp, -0.5.nextDown]
        var y = [Double](repeating: .nan, count: x.count)
        ck_exp2_double(x, &y, x.count)
        var (worst, place) = (0.0, 0.0)
        for (x, y) in zip(x, y) {
            let exact = Self.widePower(x)
            let error = Double(abs(Wide(y) - exact) / Wide(Double(exact).ulp))
            if !(error <= worst) { (worst, place) = (error, x) }
        }
        print("2^x in Double: largest error \(worst) ULP at \(place)")
        #expect(worst <= 1.1)
    }

    @Test func whatBoxesOfReferencesDecideIsWhatWholeSumsSay() {
        // Twelve heaps, and points among and beside them.
        let centres = Self.random(12, 5, seed: 2, scale: 3)
        let references = Self.heaps(6000, around: centres, seed: 3)
        let points = Self.heaps(400, around: centres, seed: 4, scale: 1.5)
        let kernels = KernelSums(of: references, rate: 2)
        let sums = kernels.sums(points)
        for bound in [1e-3, 1, 30, sums[7], sums[7] * (1 + 1e-12), sums[9] * (1 - 1e-12)] {
            let verdicts = kernels.reaches(points, bound)
            for (verdict, sum) in zip(verdicts, sums) where verdict != nil {
                #expect(verdict == (sum >= bound), "\(sum) against \(bound)")
            }
            // Left open is only what rounding could decide.
            for (verdict, sum) in zip(verdicts, sums) where verdict == nil {
                #expect(abs(sum / bound - 1) < 0.1, "\(sum) against \(bound)")
            }
        }
        #expect(Set(kernels.reaches(points, 1)) == [true, false])
    }

    @Test func pointsWithoutStructureAreLeftToWholeSums() {
        let kernels = KernelSums(of: Self.random(6000, 15, seed: 3), rate: 0.2)
        let points = Self.random(100, 15, seed: 4)
        #expect(kernels.reaches(points, 100).allSatisfy { $0 == nil })
        // So few are decided without a sample.
        #expect(kernels.reaches(points.rows(at: Array(0..<20)), 100).contains { $0 != nil })
    }

    @Test func fewReferencesAreLeftToWholeSums() {
        let kernels = KernelSums(of: Self.random(100, 3, seed: 3), rate: 2)
        #expect(kernels.reaches(Self.random(5, 3, seed: 4), 1) == [nil, nil, nil, nil, nil])
    }

    @Test func thePowerEndsAtTheSmallestNormalNumbers() {
        let x = [-1023, -1e9, -.infinity, .nan]
        var y = [Double](repeating: 0, count: 4)
        ck_exp2_double(x, &y, 4)
        #expect(y.allSatisfy { $0 == .leastNormalMagnitude })
    }

    @Test(arguments: [(1, 1, 1), (5, 9, 3), (70, 2500, 15)]) func sumsAreThoseOfAllTerms(
        points m: Int, references n: Int, size d: Int
    ) {
        let (points, references) = (Self.random(m, d, seed: 1), Self.random(n, d, seed: 2))
        let kernels = KernelSums(of: references, rate: 0.4)
        let (sums, logarithms) = (kernels.sums(points), kernels.logarithms(points))
        for i in 0..<m {
            let exact = Self.squares(points, i, references).reduce(0) { $0 + exp(-0.4 * $1) }
            #expect(abs(sums[i] / exact - 1) < 1e-13)
            #expect(abs(logarithms[i] - log(exact)) < 1e-13 * max(1, abs(log(exact))))
        }
    }

    @Test func aSumDependsOnItsPointAlone() {
        let (points, references) = (Self.random(67, 4, seed: 3), Self.random(3000, 4, seed: 4))
        let kernels = KernelSums(of: references, rate: 2)
        let together = kernels.sums(points)
        let threads = BLAS.threads
        defer { BLAS.threads = threads }
        BLAS.threads = 1
        for i in 0..<67 {
            let alone = Matrix(1, 4, Array(points.elements[4 * i..<4 * i + 4]))
            #expect(kernels.sums(alone) == [together[i]])
        }
        #expect(kernels.sums(points) == together)
    }

    @Test func reachingABoundIsDecidedAsTheWholeSumDecides() {
        let (points, references) = (Self.random(300, 3, seed: 5), Self.random(4000, 3, seed: 6))
        let kernels = KernelSums(of: references, rate: 3)
        let sums = kernels.sums(points)
        // The bounds that are sums themselves are the hardest.
        for bound in sums.prefix(40) + sums.prefix(40).map(\.nextUp) {
            let stopped = kernels.sums(points, upTo: bound)
            #expect(stopped.map { $0 >= bound } == sums.map { $0 >= bound })
            #expect(zip(stopped, sums).allSatisfy { $0 >= bound ? $0 <= $1 : $0 == $1 })
        }
    }

    @Test func logarithmsOfVanishingSumsKeepTheirDigits() {
        let references = Self.random(20, 2, seed: 7)
        let points = Matrix(2, 2, [300, 0, 4000, -7000])
        let kernels = KernelSums(of: references, rate: 1)
        let logarithms = kernels.logarithms(points)
        #expect(kernels.sums(points).allSatisfy { $0 < 1e-280 })
        for i in 0..<2 {
            let squares = Self.squares(points, i, references)
            let nearest = squares.min() ?? 0
            let exact = log(squares.reduce(0) { $0 + exp(nearest - $1) }) - nearest
            #expect(abs(logarithms[i] / exact - 1) < 1e-14)
        }
    }

    @Test func logarithmsFarBeyondTheNumbersOfAProductStayFinite() {
        let references = Self.random(40, 2, seed: 8)
        let points = Matrix(3, 2, [1e20, 3e19, -1e60, 1e60, 7e140, -1e100])
        for rate in [0.3, 1.7, 5000] {
            let logarithms = KernelSums(of: references, rate: rate).logarithms(points)
            for i in 0..<3 {
                let nearest = Self.squares(points, i, references).min() ?? 0
                #expect(abs(logarithms[i] / (-rate * nearest) - 1) < 1e-13, "\(rate), point \(i)")
            }
        }
    }
}
