import PerturbablePhysics
import SafeRL

extension VelocityEnvironments: VectorEnvironment {
    /// MuJoCo's.
    public var versions: [String: String] { ["mujoco": MuJoCoLibrary.version] }
    /// 1, or the number of feet that must stay off the ground.
    public var largestCosts: [Float]? { [constrained.constraint.largest] }
}

extension MuJoCoFamily: EnvironmentFamily {
    /// Ready where the library opens and all models are there.
    public var readiness: FamilyReadiness {
        do throws(MuJoCoError) { return .ready(try inventory()) } catch {
            return error.kind == .missingInput ? .missing("saferl env setup mujoco") : .missing("\(error)")
        }
    }

    /// Every task at its first level.
    public func names() -> [String]? { ConstrainedTask.names }

    /// Never: names choose among the robots that are simulated here.
    public func runsNamedCode(_ name: String) -> Bool { false }

    /// Makes robots in the model's default state.
    ///
    /// - Returns: as many as asked for.
    /// - Throws: `MuJoCoError`.
    public func make(_ name: String, _ request: EnvironmentRequest) throws -> any VectorEnvironment {
        try environments(name, slots: request.slots, threads: request.workers)
    }
}

extension MuJoCoFamily: PerturbableFamily {
    /// Masses with inertias, the friction of all surfaces, and gravity, by the engine's own model.
    public func physics(of name: String) -> PerturbablePhysics? {
        PerturbablePhysics(PhysicalQuantity.allCases) { factors, request in
            try VelocityEnvironments(
                ConstrainedTask(named: name), slots: request.slots, threads: request.workers, places: places,
                obeying: factors)
        }
    }
}

/// What `saferl env setup mujoco` installs.
public struct MuJoCoKit: EnvironmentKit {
    /// Makes the kit.
    public init() {}

    /// `mujoco`.
    public var name: String { "mujoco" }
    /// One line for the help.
    public var summary: String { "MuJoCo 2.2.2 and the models of the velocity tasks, by pip" }
    /// None.
    public var suites: [String] { [] }

    /// Fetches library and models.
    ///
    /// - Throws: `MuJoCoError`.
    public func install(_ setup: KitSetup, say: (String) -> Void) throws {
        try MuJoCoSetup(python: setup.python ?? "python3").install(say: say)
    }
}
