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

    @Test(arguments: [
        (1, 5, 1100), (3, 5, 1100), (7, 5, 1100), (1, 1, 64), (2, 2, 65), (64, 3, 64), (100, 3, 500),
        (2, 30, 700),
        (1, 13, 129), (5, 4, 5),
    ])
    func theNearestAreThoseOfAllPairs(k: Int, columns: Int, rows: Int) {
        let (points, references) = (Self.random(130, columns, seed: 1), Self.random(rows, columns, seed: 2))
        let found = ReferenceRows(references).nearest(k, to: points)
        let plain = Self.plain(k, points, references, leavingOutOwn: false)
        #expect(found.rows == plain.rows && found.squares == plain.squares)
    }

    @Test func farFromTheOriginNoDigitIsLost() {
        // Distances near 1 between points of norm 10⁹: a product of matrices would lose every digit of them.
        let references = Self.random(600, 3, seed: 3, shift: 1e9)
        let found = ReferenceRows(references).nearest(2, to: references, leavingOut: Array(0..<600))
        let plain = Self.plain(2, references, references, leavingOutOwn: true)
        #expect(found.rows == plain.rows && found.squares == plain.squares)
        #expect(zip(found.rows, 0..<1200).allSatisfy { $0 != $1 / 2 })
    }

    @Test func equalDistancesGoToTheLowerRow() {
        let references = Matrix(4, 1, [1, -1, 1, 3])
        let found = ReferenceRows(references).nearest(3, to: Matrix(2, 1, [0, 1]))
        #expect(found.rows == [0, 1, 2, 0, 2, 1])
        #expect(found.squares == [1, 1, 1, 0, 0, 4])
    }

    @Test func onAGridEveryTieGoesToTheLowerRow() {
        // 576 points of a grid in a scattered order: most distances occur many times.
        let places = (0..<576).map { $0 * 217 % 576 }
        let grid = Matrix(576, 2, places.flatMap { [Double($0 % 24), Double($0 / 24)] })
        let points = grid.rows(at: Array(0..<60))
        for (k, own) in [(1, nil), (9, nil), (9, Array(0..<60))] as [(Int, [Int]?)] {
            let found = ReferenceRows(grid).nearest(k, to: points, leavingOut: own)
            let plain = Self.plain(k, points, grid, leavingOutOwn: own != nil)
            #expect(found.rows == plain.rows && found.squares == plain.squares)
        }
    }

    @Test func equalRowsAreAllFound() {
        let references = Matrix(300, 2, [Double](repeating: 0.5, count: 600))
        let found = ReferenceRows(references).nearest(3, to: Matrix(1, 2, [0, 0]), leavingOut: [1])
        #expect(found.rows == [0, 2, 3] && found.squares == [0.5, 0.5, 0.5])
    }

    @Test func distancesBeyondAllNumbersStillHaveANeighbour() {
        let found = ReferenceRows(Matrix(2, 1, [1e200, -1e200])).nearest(1, to: Matrix(1, 1, [0]))
        #expect(found.rows == [0] && found.squares == [.infinity])
    }
}
