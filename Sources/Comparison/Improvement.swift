/// The probability that a run of one method has a higher score than a run of another, a mean over tasks.
///
/// Of each task it is (#{x > y} + ½·#{x = y})/(N·M) over all pairs of runs: the statistic of Mann and Whitney, divided by its
/// largest value.
///
/// - Parameters:
///   - first: of as many tasks as `second`.
///   - second: what it is compared with.
/// - Returns: in 0 … 1; 1/2 for equal tables.
public func probabilityOfImprovement(_ first: ScoreTable, over second: ScoreTable) -> Double {
    precondition(first.tasks == second.tasks, "\(first.tasks) tasks and \(second.tasks)")
    let pairs = Double(first.runs * second.runs)
    return average((0..<first.tasks).map { wins(first, second, $0) / pairs })
}

private func wins(_ first: ScoreTable, _ second: ScoreTable, _ task: Int) -> Double {
    var wins = 0.0
    for one in first.scores {
        for other in second.scores {
            wins += one[task] > other[task] ? 1 : one[task] == other[task] ? 0.5 : 0
        }
    }
    return wins
}

/// Which share of a method's scores lies above each of some thresholds.
public enum PerformanceProfile: String, Sendable, CaseIterable, Codable {
    /// The share of all scores.
    case runs
    /// The share of tasks whose mean over runs lies above.
    case tasks

    /// The shares at thresholds, falling where these rise.
    public func shares(_ table: ScoreTable, above thresholds: [Double]) -> [Double] {
        let scores = self == .runs ? table.all : table.taskMeans
        return thresholds.map { threshold in
            Double(scores.count { $0 > threshold }) / Double(scores.count)
        }
    }
}
