/// The scores of one method: a row for each training run, a column for each task.
///
/// Scores of several tasks are comparable with each other, such as normalised returns, where 0 is the worst and 1 the best of the
/// task's data.
public struct ScoreTable: Sendable, Equatable {
    /// `[run][task]`, finite; at least one run, and the same number of tasks, at least one, in each.
    public let scores: [[Double]]

    /// States the scores.
    ///
    /// - Parameter scores: `[run][task]`.
    public init(_ scores: [[Double]]) {
        precondition(!scores.isEmpty && !scores[0].isEmpty, "a table of no score")
        precondition(
            scores.allSatisfy { $0.count == scores[0].count }, "runs with different numbers of tasks")
        precondition(scores.allSatisfy { $0.allSatisfy(\.isFinite) }, "a score that is no finite number")
        self.scores = scores
    }

    /// Number of runs of each task.
    public var runs: Int { scores.count }
    /// Number of tasks.
    public var tasks: Int { scores[0].count }
    /// All scores, run by run.
    public var all: [Double] { scores.flatMap { $0 } }

    /// The mean over runs of each task.
    public var taskMeans: [Double] {
        (0..<tasks).map { task in scores.reduce(0) { $0 + $1[task] } / Double(runs) }
    }

    /// The table of runs that were drawn anew within each task.
    ///
    /// - Parameter indices: `[run][task]`, each the row that the score is taken from.
    /// - Returns: a table of as many runs as there are rows of indices.
    public func resampled(_ indices: [[Int]]) -> ScoreTable {
        ScoreTable(indices.map { row in row.indices.map { scores[row[$0]][$0] } })
    }
}
