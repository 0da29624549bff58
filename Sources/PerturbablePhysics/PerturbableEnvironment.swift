import SafeRL

/// A task whose physics can be changed, so that a policy can be tried in a world that is not quite the one that it learned in.
///
/// Rewards, costs and observations keep their meaning. What a task says of its own law, such as `canStaySafe`, holds for the law as
/// it is and is not asked of a changed one.
public protocol PerturbableEnvironment: Environment {
    /// What can be changed, in the order of reports: at least one, each once.
    static var quantities: [PhysicalQuantity] { get }
    /// Has steps from here on obey a changed law.
    ///
    /// - Parameter factors: relative to the task as it is, whatever was said before. `.none` changes no bit of any step; factors
    ///   of quantities that `quantities` does not name are not looked at.
    mutating func obey(_ factors: PhysicalFactors)
}

/// How environments of one name are made with changed physics.
public struct PerturbablePhysics: Sendable {
    /// What can be changed: at least one.
    public let quantities: [PhysicalQuantity]
    private let maker: @Sendable (PhysicalFactors, EnvironmentRequest) throws -> any VectorEnvironment

    /// Names what makes them, such as a simulator's models.
    ///
    /// - Parameters:
    ///   - quantities: at least one.
    ///   - maker: makes environments that obey some factors.
    public init(
        _ quantities: [PhysicalQuantity],
        maker: @escaping @Sendable (PhysicalFactors, EnvironmentRequest) throws -> any VectorEnvironment
    ) {
        precondition(!quantities.isEmpty, "a physics of which nothing can be changed")
        (self.quantities, self.maker) = (quantities, maker)
    }

    /// The physics of a task that is a Swift type.
    public init(_ type: any (PerturbableEnvironment & SendableMetatype).Type) {
        self.init(type.quantities) { Self.vector(type, $0, $1) }
    }

    private static func vector<Task: PerturbableEnvironment>(
        _ type: Task.Type, _ factors: PhysicalFactors, _ request: EnvironmentRequest
    ) -> any VectorEnvironment {
        PerturbedVector(type, obeying: factors, slots: request.slots)
    }

    /// Makes environments that obey some factors.
    ///
    /// - Throws: what making the environment throws.
    public func make(
        obeying factors: PhysicalFactors, _ request: EnvironmentRequest
    ) throws -> any VectorEnvironment {
        try maker(factors, request)
    }
}

/// A family of environments whose physics can be changed.
public protocol PerturbableFamily: EnvironmentFamily {
    /// The physics of a name that `check` lets through; nothing where it cannot be changed.
    func physics(of name: String) -> PerturbablePhysics?
}
