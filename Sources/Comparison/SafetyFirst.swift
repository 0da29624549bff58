/// A method's runs by whether they keep to a limit, before what they return: an order in which no return makes up for a cost.
public struct SafetyFirst: Sendable, Equatable {
    /// The share of runs, over all tasks, whose cost is at most its limit.
    public let safeShare: Double
    /// The interquartile mean of the returns of these runs; nothing where there is none.
    public let safeReturn: Double?

    /// Counts.
    ///
    /// - Parameters:
    ///   - returns: of each run and task.
    ///   - costs: likewise, in units of the limit: a run is safe where its cost is at most 1.
    public init(_ returns: ScoreTable, costs: ScoreTable) {
        let safe = zip(returns.all, costs.all).filter { $1 <= 1 }.map(\.0)
        precondition(returns.runs == costs.runs && returns.tasks == costs.tasks, "tables of other sizes")
        safeShare = Double(safe.count) / Double(returns.all.count)
        safeReturn = safe.isEmpty ? nil : middleMean(safe)
    }

    /// Whether the method stands in front of another: by the share of safe runs, then by what these return.
    public func isBetter(than other: SafetyFirst) -> Bool {
        (safeShare, safeReturn ?? -.infinity) > (other.safeShare, other.safeReturn ?? -.infinity)
    }
}
