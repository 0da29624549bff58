/// A policy that also knows which states can be kept safe for ever: what a picture of the feasible region is drawn from.
public protocol FeasibilityEstimating {
    /// The learned feasibility value of states; a state is judged feasible where it is at most 0.
    ///
    /// - Parameter observations: `[rows, observationSize]`, row-major, as the environment gave them.
    /// - Returns: `[rows]`.
    func feasibilityValues(of observations: Span<Float>) -> [Float]
}
