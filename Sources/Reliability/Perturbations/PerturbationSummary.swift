/// What rising levels of one perturbation do to return and cost.
public struct PerturbationSummary: Sendable, Hashable {
    /// Mean return over levels from 0 to the largest, by trapezia.
    public let meanReturn: Double
    /// The same divided by the return at the first level; nothing where that is not above 0, so that a share means nothing.
    public let retained: Double?
    /// Where the cost first crosses its limit, by a straight line between levels; nothing where it never does.
    public let criticalLevel: Double?

    /// Summarises levels.
    ///
    /// - Parameters:
    ///   - levels: rising, at least two, the first 0.
    ///   - returns: mean return at each.
    ///   - costs: mean cost at each.
    ///   - limit: of the cost.
    /// - Throws: `notFinite`.
    public init(levels: [Double], returns: [Double], costs: [Double], limit: Double)
        throws(ReliabilityError)
    {
        precondition(levels.count >= 2 && returns.count == levels.count && costs.count == levels.count)
        precondition(
            levels[0] == 0 && zip(levels, levels.dropFirst()).allSatisfy { $0 < $1 }, "levels \(levels)")
        try mustBeFinite(returns, "return")
        try mustBeFinite(costs, "cost")
        var (area, critical) = (0.0, costs[0] > limit ? levels[0] : nil as Double?)
        for place in 1..<levels.count {
            let width = levels[place] - levels[place - 1]
            area += width * (returns[place - 1] + returns[place]) / 2
            if critical == nil, costs[place] > limit {
                let share = (limit - costs[place - 1]) / (costs[place] - costs[place - 1])
                critical = levels[place - 1] + share * width
            }
        }
        meanReturn = area / levels[levels.count - 1]
        retained = returns[0] > 0 ? meanReturn / returns[0] : nil
        criticalLevel = critical
    }
}
