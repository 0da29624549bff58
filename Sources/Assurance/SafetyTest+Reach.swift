extension SafetyTest {
    /// Why a test cannot pass, even if every cost were the least possible.
    public enum Reach: Sendable, Hashable {
        /// The least possible cost is above the limit.
        case never(least: Double)
        /// So many costs are needed at least; as many as there are would be bounded by `upper`.
        case from(Int, least: Double, upper: Double)
    }

    /// What keeps a test of so many costs from passing, even if every cost were the least possible.
    ///
    /// - Parameter count: number of costs, at least 2.
    /// - Returns: nil where nothing does, or where nobody knows how small a cost can be.
    public func reach(with count: Int) -> Reach? {
        guard let least = range?.lowerBound, bound.assumptions.range != nil else { return nil }
        if limit < least { return .never(least: least) }
        guard let upper = upper(of: count, least), upper > limit else { return nil }
        return .from(fewest(above: count, least), least: least, upper: upper)
    }

    /// The same for a person, on one line.
    ///
    /// - Parameter count: number of costs, at least 2.
    /// - Returns: nil where the test may pass.
    public func reachObjection(with count: Int) -> Objection? {
        reach(with: count).map { .outOfReach($0, limit) }
    }

    /// The bound of equal costs; nil where there is none.
    private func upper(of count: Int, _ cost: Double) -> Double? {
        try? bound.upper([Double](repeating: cost, count: count), delta: delta)
    }

    /// The fewest costs that can pass: exact up to some thousands, then to about one in a hundred from below.
    private func fewest(above count: Int, _ least: Double) -> Int {
        let most = 1 << 17
        var (low, high) = (count, count)
        repeat {
            if high >= most { return max(low, most) + 1 }
            (low, high) = (high, min(2 * high, most))
        } while !(upper(of: high, least).map { $0 <= limit } ?? false)
        while high - low > 1 + high / 4096 * 40 {
            let middle = low + (high - low) / 2
            if upper(of: middle, least).map({ $0 <= limit }) ?? false { high = middle } else { low = middle }
        }
        return low + 1
    }
}
