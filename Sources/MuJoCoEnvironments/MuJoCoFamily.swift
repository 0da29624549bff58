import Foundation
import SafeRL

/// The names `mujoco:…` and what makes environments of them.
public enum MuJoCoFamily {
    /// What stands before the colon.
    public static let prefix = "mujoco"
    /// One line for a list of families.
    public static let summary = "velocity tasks of Safety-Gymnasium, simulated natively"
    /// A complete name.
    public static let example = "mujoco:SafetyHopperVelocity-v1"
    /// All names, prefix included.
    public static let names = VelocityTask.allCases.map { prefix + ":" + $0.rawValue }

    /// Looks whether environments can be made; opens the library.
    ///
    /// - Parameter places: where library and models are looked for.
    /// - Returns: what is there, such as `MuJoCo 2.2.2 (…), models in …`.
    /// - Throws: `MuJoCoError` for the first thing that is missing.
    public static func readiness(_ places: MuJoCoPlaces = MuJoCoPlaces()) throws(MuJoCoError) -> String {
        let library = try MuJoCoLibrary(places)
        for task in VelocityTask.allCases {
            try VelocityModel.check(
                places.models + "/" + task.modelFile, digest: task.rules.digest.description)
        }
        return "MuJoCo \(MuJoCoLibrary.version) (\(library.path)), models in \(places.models)"
    }

    /// Makes environments of a name such as `mujoco:SafetyHopperVelocity-v1`.
    ///
    /// - Parameters:
    ///   - name: prefix included.
    ///   - slots: how many robots, at least 1.
    ///   - threads: at most; nothing for all of the pool.
    ///   - places: where library and models are looked for.
    /// - Returns: robots in the model's default state.
    /// - Throws: `MuJoCoError`.
    public static func make(
        _ name: String, slots: Int = 1, threads: Int? = nil, places: MuJoCoPlaces = MuJoCoPlaces()
    ) throws(MuJoCoError) -> VelocityEnvironments {
        try VelocityEnvironments(VelocityTask(named: name), slots: slots, threads: threads, places: places)
    }
}
