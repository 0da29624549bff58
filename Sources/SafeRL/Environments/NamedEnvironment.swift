/// An environment that a name stands for, not yet made.
public struct NamedEnvironment: Sendable {
    /// What makes it.
    package enum Maker: Sendable {
        case type(any (Environment & SendableMetatype).Type)
        case family(any EnvironmentFamily)
    }

    /// The name as it was given.
    public let name: String
    private let maker: Maker
    /// What is put around each environment that is made; nothing for the environment as it is.
    private var wrap: (@Sendable (any VectorEnvironment) throws -> any VectorEnvironment)?

    /// Names an environment that is a Swift type.
    ///
    /// - Parameter type: such as `PointRobot.self`.
    public init(_ type: any (Environment & SendableMetatype).Type) { self.init(.type(type), name: type.name) }

    package init(_ maker: Maker, name: String) { (self.maker, self.name) = (maker, name) }

    /// The Swift type, for what only types can do; nothing for an environment of a family.
    public var type: (any (Environment & SendableMetatype).Type)? {
        if case .type(let type) = maker { type } else { nil }
    }

    /// Whether the name says which code is run, as `EnvironmentFamily.runsNamedCode` has it.
    package var runsNamedCode: Bool {
        if case .family(let family) = maker { family.runsNamedCode(name) } else { false }
    }

    /// Whether it can be made here; quick, and starts no process.
    package var isReady: Bool { remedy == nil }

    /// The command that sets up what it needs; nothing where it can be made here.
    package var remedy: String? {
        let readiness =
            switch maker {
            case .type(let type): type.readiness
            case .family(let family): family.readiness(of: name)
            }
        if case .missing(let remedy) = readiness { return remedy }
        return nil
    }

    /// Makes it.
    ///
    /// - Throws: the family's errors.
    public func make(_ request: EnvironmentRequest) throws -> any VectorEnvironment {
        let made =
            switch maker {
            case .type(let type): Self.vector(type, request)
            case .family(let family): try family.make(name, request)
            }
        return try wrap?(made) ?? made
    }

    /// The same environment with something around each that is made, such as a shield.
    public func wrapped(
        _ wrap: @escaping @Sendable (any VectorEnvironment) throws -> any VectorEnvironment
    ) -> NamedEnvironment {
        var copy = self
        copy.wrap = wrap
        return copy
    }

    private static func vector<Task: Environment>(
        _ type: Task.Type, _ request: EnvironmentRequest
    ) -> any VectorEnvironment {
        EnvironmentVector(type, slots: request.slots, drawsFrames: request.drawsFrames)
    }

    /// The action that does nothing; nothing where the task has no such thing.
    public var idleAction: [Float]? { type?.idleAction }
    /// Columns of the observation that take finitely many values; empty where that is not said.
    public var observationValues: [Int: [Float]] { type?.observationValues ?? [:] }

    /// The names of the controllers that a shield can fall back on here.
    public var fallbacks: [String] { type?.fallbacks ?? [] }

    /// The controller of a name as a policy; nothing where there is none of it.
    public func fallback(named name: String) -> (any Policy)? {
        guard let type, type.fallbacks.contains(name) else { return nil }
        return FallbackPolicy(type, name)
    }
}

/// A controller of an environment as a policy.
public struct FallbackPolicy: Policy {
    /// As the environment's.
    public let observationSize: Int
    /// As the environment's.
    public let actionSize: Int
    private let type: any Environment.Type
    private let name: String

    /// Names a controller.
    ///
    /// - Parameters:
    ///   - type: whose it is.
    ///   - name: one of its `fallbacks`.
    public init(_ type: any Environment.Type, _ name: String) {
        precondition(type.fallbacks.contains(name), "\(type.name) has no fallback \(name)")
        let made = type.init()
        (observationSize, actionSize) = (made.observationSpace.size, made.actionSpace.size)
        (self.type, self.name) = (type, name)
    }

    /// Acts by each observation alone; draws nothing from the streams.
    public mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count {
            let seen = (0..<observationSize).map { observations[row * observationSize + $0] }
            for (column, value) in type.fallbackAction(in: seen, of: name).enumerated() {
                actions[row * actionSize + column] = value
            }
        }
    }
}
