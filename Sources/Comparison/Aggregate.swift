/// A figure that sums up the scores of a method over runs and tasks (Agarwal et al., arXiv:2108.13264).
public enum Aggregate: String, Sendable, CaseIterable, Codable {
    /// The mean over tasks of the means over runs.
    case mean
    /// The median over tasks of the means over runs.
    case median
    /// The mean of the middle half of all scores, ⌊n/4⌋ being dropped at either end.
    case interquartileMean = "iqm"
    /// By how much scores fall short of 1 in the mean, those above 1 counting as 1.
    case optimalityGap = "optimality_gap"

    /// The figure of a table.
    public func callAsFunction(_ table: ScoreTable) -> Double {
        switch self {
        case .mean: return average(table.taskMeans)
        case .median: return quantile(table.taskMeans.sorted(), 0.5)
        case .interquartileMean: return middleMean(table.all)
        case .optimalityGap: return 1 - average(table.all.map { min($0, 1) })
        }
    }
}

/// The mean of the middle half, ⌊n/4⌋ values being dropped at either end.
///
/// - Parameter values: at least one, finite, in any order.
/// - Returns: a number between the smallest and the largest of them.
public func middleMean(_ values: [Double]) -> Double {
    let (sorted, cut) = (values.sorted(), values.count / 4)
    return average(Array(sorted[cut..<sorted.count - cut]))
}

func average(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

/// A quantile by linear interpolation between order statistics.
///
/// - Parameters:
///   - sorted: at least one, rising.
///   - share: in 0 … 1.
/// - Returns: the smallest for 0, the largest for 1.
func quantile(_ sorted: [Double], _ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
    return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
}
