/// How a step relates to the constraints, with the usual numbers of the cases of CPO.
public enum StepCase: Int, Codable, Sendable, CaseIterable {
    /// No point of the trust region keeps the (linearised) constraints: the step only reduces the largest violation.
    case recovery = 0
    /// A constraint is violated now and all can be kept within the trust region.
    case returning = 1
    /// All are kept now, but not in the whole trust region.
    case bounded = 2
    /// All are kept in the whole trust region: the reward alone decides.
    case interior = 3
    /// The constraint is kept now and hardly depends on the parameters: the reward alone decides.
    case insensitive = 4
    /// There is no constraint.
    case unconstrained = 5

    /// Whether the step must not lower the reward's surrogate.
    var mustNotLoseReward: Bool { rawValue >= 2 }
}

/// What tells the cases of one constraint apart.
public struct StepDiscriminants: Codable, Equatable, Sendable {
    /// A = q − r²/s: what is left of the reward's gradient beside the constraint's; at least 0 but for rounding.
    public var a: Double
    /// B = 2δ − c²/s: negative where the boundary of the constraint does not meet the trust region.
    public var b: Double
}

/// A step of a constrained trust-region method and everything that it rests on: z maximises gᵀz subject to
/// bⱼᵀz + cⱼ ≤ 0 and ½zᵀHz ≤ δ, or is a recovery.
public struct ConstrainedStepReport: Codable, Equatable, Sendable {
    /// z, laid out as the parameters.
    public var step: [Double]
    /// Which case it is.
    public var stepCase: StepCase
    /// Multiplier λ of the trust region; 0 in a recovery.
    public var trustMultiplier: Double
    /// Multiplier νⱼ ≥ 0 of each constraint: z = (H⁻¹g − Σ νⱼ·H⁻¹bⱼ)/λ, and in a recovery z = −Σ νⱼ·H⁻¹bⱼ.
    public var costMultipliers: [Double]
    /// A and B, where there is one constraint with a gradient.
    public var discriminants: StepDiscriminants?

    /// gᵀz.
    public var predictedGain: Double
    /// bⱼᵀz + cⱼ: positive = violated after the step, as far as the linearisation goes.
    public var predictedExcess: [Double]
    /// ½zᵀHz by one more product.
    public var predictedDivergence: Double
    /// Relative residuals of the solutions of H·x = g and H·pⱼ = bⱼ, in this order.
    public var residuals: [Double]
    /// Products with H in those solutions.
    public var products: Int
}
