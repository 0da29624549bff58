import Foundation

/// The discounted value of a cost limit whose cost is spread evenly over an episode: κ·(1 − γᵀ) / ((1 − γ)·T).
///
/// - Parameters:
///   - limit: κ, the undiscounted cost of an episode that is allowed.
///   - steps: T, at least 1.
///   - discount: γ, in [0, 1).
/// - Returns: what a discounted cost value is compared with.
public func discountedLimit(_ limit: Float, steps: Int, discount: Float) -> Float {
    precondition(steps > 0 && discount < 1, "an episode of \(steps) steps with discount \(discount)")
    let (g, steps) = (Double(discount), Double(steps))
    return Float(Double(limit) * (1 - pow(g, steps)) / ((1 - g) * steps))
}
