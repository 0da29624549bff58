/// A property of a task's physics that can be made larger and smaller.
public enum PhysicalQuantity: String, Sendable, Hashable, CaseIterable {
    case mass, friction, gravity
}

/// What a task's physics is multiplied by; 1 throughout is the task as it is.
public struct PhysicalFactors: Sendable, Hashable {
    /// Of all masses and moments of inertia, above 0.
    public let mass: Double
    /// Of all friction, at least 0.
    public let friction: Double
    /// Of gravity, at least 0.
    public let gravity: Double

    /// The task as it is.
    public static let none = PhysicalFactors()

    /// Describes a change.
    ///
    /// - Parameters:
    ///   - mass: above 0.
    ///   - friction: at least 0.
    ///   - gravity: at least 0.
    public init(mass: Double = 1, friction: Double = 1, gravity: Double = 1) {
        precondition(
            mass > 0 && friction >= 0 && gravity >= 0 && (mass + friction + gravity).isFinite,
            "mass times \(mass), friction times \(friction), gravity times \(gravity)")
        (self.mass, self.friction, self.gravity) = (mass, friction, gravity)
    }

    /// Changes one quantity.
    public init(_ quantity: PhysicalQuantity, times factor: Double) {
        switch quantity {
        case .mass: self.init(mass: factor)
        case .friction: self.init(friction: factor)
        case .gravity: self.init(gravity: factor)
        }
    }
}
