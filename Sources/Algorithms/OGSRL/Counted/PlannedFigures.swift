/// What planning in the counted model says of a policy: expectations, and upper bounds of the true costs.
struct PlannedFigures: Equatable {
    /// Expected return, and expected number of steps.
    var value: Double, length: Double
    /// Share of the steps outside the data.
    var outsideShare: Double
    /// Expectation and upper bound of each budget's cost.
    var costs: [Double], bounds: [Double]
    /// What one more unit of each budget would bring, or the multiplier that a step gave it.
    var prices: [Double]
}
