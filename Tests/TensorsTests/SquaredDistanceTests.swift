import Tensors
import Testing

@Suite struct SquaredDistanceTests {
    private static func random(_ rows: Int, _ columns: Int, seed: UInt64, shift: Double = 0) -> Matrix {
        var stream = RandomStream(seed: seed, for: .testing)
        return Matrix(rows, columns, (0..<rows * columns).map { _ in Double(stream.nextNormal()) + shift })
    }

    @Test(arguments: [(1, 1, 1), (5, 7, 3), (33, 65, 15), (3, 4, 0), (0, 4, 2), (4, 0, 2)])
    func distancesByTheProductLieWithinTheSlackOfTheSums(m: Int, n: Int, d: Int) {
        for shift in [0.0, 1000] {
            let (x, y) = (Self.random(m, d, seed: 1, shift: shift), Self.random(n, d, seed: 2, shift: shift))
            let distances = SquaredDistances(to: y)
            let result = distances.from(x)
            let norms = SquaredDistances.norms(of: x)
            for i in 0..<m {
                for j in 0..<n {
                    let exact = (0..<d).reduce(0.0) { $0 + (x[i, $1] - y[j, $1]) * (x[i, $1] - y[j, $1]) }
                    #expect(abs(result[i, j] - exact) <= distances.slack(norm: norms[i]))
                    #expect(result[i, j] >= 0)
                }
            }
        }
    }

    @Test func aRowIsNoFartherFromItselfThanTheSlack() {
        let x = Self.random(40, 6, seed: 3, shift: 50)
        let distances = SquaredDistances(to: x)
        let result = distances.from(x)
        for i in 0..<40 { #expect(result[i, i] <= distances.slack(norm: distances.norms[i])) }
        #expect(distances.slack(norm: distances.largestNorm) < 1e-9)
    }

    @Test func aBlockIsThePartOfTheWhole() {
        let (x, y) = (Self.random(6, 4, seed: 4), Self.random(20, 4, seed: 5))
        let distances = SquaredDistances(to: y)
        let whole = distances.from(x)
        let norms = SquaredDistances.norms(of: x)
        var block = [Double](repeating: .nan, count: 6 * 5)
        distances.fill(&block, from: x.elements, norms: norms, 6, to: 11..<16)
        for i in 0..<6 {
            for j in 0..<5 {
                #expect(abs(block[i * 5 + j] - whole[i, 11 + j]) <= distances.slack(norm: norms[i]))
            }
        }
    }
}
