import SafeRL

/// The names `mujoco:…` and what makes environments of them.
public struct MuJoCoFamily: Sendable {
    /// Where library and models are looked for.
    public let places: MuJoCoPlaces

    /// The family with its files in given places.
    public init(places: MuJoCoPlaces = MuJoCoPlaces()) { self.places = places }

    /// What stands before the colon.
    public var prefix: String { VelocityTask.family }
    /// One line for a list of families.
    public var summary: String { "velocity, height and lift tasks of MuJoCo's robots, simulated natively" }
    /// A complete name.
    public var example: String { VelocityTask.hopper.name }

    /// Looks whether environments can be made; opens the library.
    ///
    /// - Returns: what is there, such as `MuJoCo 2.2.2 (…), models in …`.
    /// - Throws: `MuJoCoError` for the first thing that is missing.
    public func inventory() throws(MuJoCoError) -> String {
        let library = try MuJoCoLibrary(places)
        for task in VelocityTask.allCases {
            try VelocityModel.check(
                places.models + "/" + task.modelFile, digest: task.rules.digest.description)
        }
        return "MuJoCo \(MuJoCoLibrary.version) (\(library.path)), models in \(places.models)"
    }

    /// Checks that a name is that of a task, with a level where it says one.
    ///
    /// - Parameter name: prefix included.
    /// - Throws: `MuJoCoError.unknownTask` with a suggestion.
    public func check(_ name: String) throws { _ = try ConstrainedTask(named: name) }

    /// Makes environments of a name such as `mujoco:SafetyHopperVelocity-v1`.
    ///
    /// - Parameters:
    ///   - name: prefix included.
    ///   - slots: how many robots, at least 1.
    ///   - threads: at most; nothing for all of the pool.
    /// - Returns: robots in the model's default state.
    /// - Throws: `MuJoCoError`.
    public func environments(
        _ name: String, slots: Int = 1, threads: Int? = nil
    ) throws(MuJoCoError) -> VelocityEnvironments {
        try VelocityEnvironments(ConstrainedTask(named: name), slots: slots, threads: threads, places: places)
    }
}
