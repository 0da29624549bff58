import Tensors

/// Guards by counting, for points that repeat: a point is outside if the training points visit it fewer than n times.
///
/// Points are equal if all their numbers are; 0 equals −0. The score is minus the number of visits and the threshold −n, so
/// that what was never seen has the score 0.
public struct CountGuardian: FittedGuardian {
    /// The options.
    public struct Configuration: Codable, Hashable, Sendable {
        /// n, at least 1.
        public var visits = 1

        /// The options as documented.
        public init() {}
    }

    /// `count`.
    public static let kind = "count"
    /// Features, threshold, calibration, report.
    public let facts: GuardianFacts
    /// Distinct training points, in lexicographic order.
    private let distinct: Matrix
    private let visits: [Double]

    /// Counts the points.
    public init(_ configuration: Configuration, fittedTo data: GuardianData) throws {
        guard configuration.visits >= 1 else {
            throw GuardianError.outOfRange(
                option: "visits", value: Double(configuration.visits), range: "1 …")
        }
        let points = data.points
        let sorted = (0..<points.rows).sorted { points.precedes($0, points, $1) }
        var (rows, visits): ([Int], [Double]) = ([], [])
        for row in sorted {
            if let last = rows.last, !points.precedes(last, points, row) {
                visits[visits.count - 1] += 1
            } else {
                rows.append(row)
                visits.append(1)
            }
        }
        let table = (points.rows(at: rows), visits)
        let scores = GuardianScores(
            kind: Self.kind, score: { Self.scores(table, $0) },
            levels: { Self.scores(table, data.points.rows(at: $0)) })
        let report = GuardianReport(points: points.rows, trainingShareOutside: 0)
        facts = try scores.facts(
            at: -Double(configuration.visits), for: data, report, remedy: "Lower visits")
        (distinct, self.visits) = table
    }

    /// Minus the number of visits to each point.
    public func score(_ points: Matrix) throws -> [Double] {
        try check(points)
        return Self.scores((distinct, visits), points)
    }

    private static func scores(_ table: (Matrix, [Double]), _ points: Matrix) -> [Double] {
        let (distinct, visits) = table
        return (0..<points.rows).map { row in
            var (low, high) = (0, distinct.rows)
            while low < high {
                let middle = (low + high) / 2
                if distinct.precedes(middle, points, row) { low = middle + 1 } else { high = middle }
            }
            return low < distinct.rows && !points.precedes(row, distinct, low) ? -visits[low] : 0
        }
    }

    /// As `SupportGuardian` says.
    public func encoded() throws -> GuardianRecord {
        try GuardianRecord(
            kind: Self.kind, facts, details: [String: Int](),
            [
                GuardianRecord.NumberArray(
                    "points", shape: [distinct.rows, distinct.columns], distinct.elements),
                GuardianRecord.NumberArray("visits", shape: [visits.count], visits),
            ])
    }

    /// As `FittedGuardian` says.
    public init(from record: GuardianRecord) throws(GuardianError) {
        (facts, _) = try record.facts(of: Self.kind, [String: Int].self)
        let distinct = try record.matrix("points", columns: facts.features.count)
        visits = try record.values("visits", shape: [distinct.rows])
        for row in 1..<max(1, distinct.rows) where !distinct.precedes(row - 1, distinct, row) {
            throw record.malformed("its points are not in order")
        }
        guard visits.allSatisfy({ $0 >= 1 && $0 == $0.rounded() }) else {
            throw record.malformed("its visits are not counts")
        }
        self.distinct = distinct
    }
}

extension Matrix {
    /// Whether a row comes before a row of another matrix in lexicographic order.
    fileprivate func precedes(_ row: Int, _ other: Matrix, _ otherRow: Int) -> Bool {
        for column in 0..<columns {
            let (a, b) = (elements[row * columns + column], other.elements[otherRow * columns + column])
            if a != b { return a < b }
        }
        return false
    }
}
