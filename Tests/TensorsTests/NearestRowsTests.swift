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

    /// Both ways of searching, whichever would be chosen, find what comparing all pairs finds.
    private static func expectPlain(
        _ k: Int, _ points: Matrix, _ references: Matrix, own: Bool,
        at location: SourceLocation = #_sourceLocation
    ) {
        let plain = plain(k, points, references, leavingOutOwn: own)
        let rows = ReferenceRows(references)
        let left = own ? Array(0..<points.rows) : nil
        for found in [
            rows.nearest(k, to: points, leavingOut: left), rows.byBoxes(k, points, left).found,
            rows.byProducts(k, points, left),
        ] {
            #expect(found.rows == plain.rows && found.squares == plain.squares, sourceLocation: location)
        }
    }

    @Test(arguments: [
        (1, 5, 1100), (3, 5, 1100), (7, 5, 1100), (1, 1, 64), (2, 2, 65), (64, 3, 64), (100, 3, 500),
        (2, 30, 700),
        (1, 13, 129), (5, 4, 5),
    ])
    func theNearestAreThoseOfAllPairs(k: Int, columns: Int, rows: Int) {
        let (points, references) = (Self.random(130, columns, seed: 1), Self.random(rows, columns, seed: 2))
        Self.expectPlain(k, points, references, own: false)
    }

    @Test func farFromTheOriginNoDigitIsLost() {
        // Distances near 1 between points of norm 10⁹: a product of matrices would lose every digit of them.
        let references = Self.random(600, 3, seed: 3, shift: 1e9)
        Self.expectPlain(2, references, references, own: true)
    }

    @Test func boxesServeWhatHasStructureOnly() {
        // A walk fills few boxes; in 20 dimensions independent numbers leave none out.
        var stream = RandomStream(seed: 5, for: .testing)
        var place = [0.0, 0.0, 0.0]
        let walk = Matrix(
            4000, 3,
            (0..<4000).flatMap { _ in
                for k in 0..<3 { place[k] += Double(stream.nextNormal()) }
                return place
            })
        #expect(ReferenceRows(walk).byBoxes(3, walk, nil).looks < 4000 * 63 / 5)
        let loose = Self.random(4000, 20, seed: 6)
        #expect(ReferenceRows(loose).byBoxes(3, loose, nil).looks > 4000 * 63 / 2)
        Self.expectPlain(3, walk.rows(at: Array(0..<200)), walk, own: true)
        Self.expectPlain(3, loose.rows(at: Array(0..<200)), loose, own: true)
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
        for (k, own) in [(1, false), (9, false), (9, true)] { Self.expectPlain(k, points, grid, own: own) }
    }

    @Test func equalRowsAreAllFound() {
        let references = Matrix(300, 2, [Double](repeating: 0.5, count: 600))
        let found = ReferenceRows(references).nearest(3, to: Matrix(1, 2, [0, 0]), leavingOut: [1])
        #expect(found.rows == [0, 2, 3] && found.squares == [0.5, 0.5, 0.5])
    }

    @Test func distancesBeyondAllNumbersStillHaveANeighbour() {
        let references = Matrix(2, 1, [1e200, -1e200])
        let found = ReferenceRows(references).nearest(1, to: Matrix(1, 1, [0]))
        #expect(found.rows == [0] && found.squares == [.infinity])
        Self.expectPlain(1, Matrix(1, 1, [0]), references, own: false)
    }
}
