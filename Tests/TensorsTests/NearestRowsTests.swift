import Tensors
import Testing

@Suite struct NearestRowsTests {
    private static func random(_ rows: Int, _ columns: Int, seed: UInt64, shift: Double = 0) -> Matrix {
        var stream = RandomStream(seed: seed, for: .testing)
        return Matrix(rows, columns, (0..<rows * columns).map { _ in Double(stream.nextNormal()) + shift })
    }

    /// Every pair compared, sorted by distance and row.
    private static func plain(_ k: Int, _ points: Matrix, _ references: Matrix, leavingOutOwn: Bool)
        -> (rows: [Int], squares: [Double])
    {
        var rows: [Int] = []
        var squares: [Double] = []
        for i in 0..<points.rows {
            let all = (0..<references.rows).filter { !leavingOutOwn || $0 != i }.map { j in
                let square = (0..<points.columns).reduce(0.0) {
                    $0 + (points[i, $1] - references[j, $1]) * (points[i, $1] - references[j, $1])
                }
                return (square, j)
            }
            let best = all.sorted { $0 < $1 }.prefix(k)
            rows += best.map(\.1)
            squares += best.map(\.0)
        }
        return (rows, squares)
    }

    @Test(arguments: [1, 3, 7]) func theNearestAreThoseOfAllPairs(k: Int) {
        let (points, references) = (Self.random(130, 5, seed: 1), Self.random(1100, 5, seed: 2))
        let found = SquaredDistances(to: references).nearest(k, to: points)
        let plain = Self.plain(k, points, references, leavingOutOwn: false)
        #expect(found.rows == plain.rows && found.squares == plain.squares)
    }

    @Test func farFromTheOriginTheProductOnlySortsOut() {
        // Distances near 1 between points of norm 10⁹: the product alone loses every digit of them.
        let references = Self.random(600, 3, seed: 3, shift: 1e9)
        let found = SquaredDistances(to: references).nearest(2, to: references, leavingOutOwn: true)
        let plain = Self.plain(2, references, references, leavingOutOwn: true)
        #expect(found.rows == plain.rows && found.squares == plain.squares)
        #expect(zip(found.rows, 0..<1200).allSatisfy { $0 != $1 / 2 })
    }

    @Test func equalDistancesGoToTheLowerRow() {
        let references = Matrix(4, 1, [1, -1, 1, 3])
        let found = SquaredDistances(to: references).nearest(3, to: Matrix(2, 1, [0, 1]))
        #expect(found.rows == [0, 1, 2, 0, 2, 1])
        #expect(found.squares == [1, 1, 1, 0, 0, 4])
    }

    @Test func distancesBeyondAllNumbersStillHaveANeighbour() {
        let found = SquaredDistances(to: Matrix(2, 1, [1e200, -1e200])).nearest(1, to: Matrix(1, 1, [0]))
        #expect(found.rows == [0] && found.squares == [.infinity])
    }
}
