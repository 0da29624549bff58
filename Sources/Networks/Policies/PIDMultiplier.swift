/// A Lagrange multiplier that a controller sets from how far a constraint is exceeded.
///
/// λ = max(K_P·max(e, 0) + K_I·I + K_D·max(e − e′, 0), 0), where I gathers the errors and never falls below 0, and e′ is the
/// error before.
///
/// - SeeAlso: Stooke et al. 2020, arXiv:2007.03964.
public struct PIDMultiplier: Sendable, Equatable {
    /// What the next update depends on.
    public struct State: Codable, Sendable, Equatable {
        /// I, at least 0.
        public var gathered: Float = 0
        /// e′.
        public var lastError: Float = 0

        /// Nothing has happened yet.
        public init() {}
    }

    /// K_P, K_I and K_D.
    public let proportional, integral, derivative: Float
    /// What happened so far.
    public var state = State()

    /// A controller that starts at 0.
    public init(proportional: Float, integral: Float, derivative: Float) {
        (self.proportional, self.integral, self.derivative) = (proportional, integral, derivative)
    }

    /// Takes the error of an update.
    ///
    /// - Parameter error: by how much the constraint is exceeded; below 0 where it is kept.
    /// - Returns: λ, at least 0.
    public mutating func update(_ error: Float) -> Float {
        state.gathered = max(state.gathered + error, 0)
        let rise = max(error - state.lastError, 0)
        state.lastError = error
        return max(proportional * max(error, 0) + integral * state.gathered + derivative * rise, 0)
    }
}
