import CMuJoCo
import Foundation
import SafeRL
import Storage

/// A task's model as MuJoCo compiled it; shared by all simulations of the task.
struct VelocityModel {
    let handle: OpaquePointer
    let task: VelocityTask
    let rules: VelocityRules
    /// The number of the torso, whose frame gives the speed of tasks in space.
    let torso: Int32

    /// Opens a task's model, or takes the one that was opened before.
    init(_ task: VelocityTask, _ places: MuJoCoPlaces) throws(MuJoCoError) {
        let library = try MuJoCoLibrary(places)
        let file = places.models + "/" + task.modelFile
        let rules = task.rules
        try Self.check(file, digest: rules.digest.description)
        var fault = cmj_fault()
        guard let handle = cmj_model_open(library.handle, file, &fault) else {
            throw MuJoCoError(fault, library: library.path, model: file)
        }
        let sizes = cmj_model_sizes(handle)
        torso = cmj_model_body(handle, "torso")
        // The file is the right one, so a difference here means that the library reads it otherwise.
        guard Int(sizes.positions) == rules.positions, Int(sizes.velocities) == rules.velocities,
            Int(sizes.controls) == rules.controls, sizes.timestep == rules.timestep, torso > 0
        else { throw .otherLayout(library: library.path) }
        (self.handle, self.task, self.rules) = (handle, task, rules)
    }

    /// Checks that a file is the model that the task's definition means.
    static func check(_ file: String, digest: String) throws(MuJoCoError) {
        guard FileManager.default.fileExists(atPath: file) else { throw .noModel(file: file) }
        let content: [UInt8]
        do { content = try fileContents(file, limit: 1 << 28) } catch {
            throw .unreadableModel(file: file, reason: "it cannot be opened for reading")
        }
        guard SHA256.hexadecimal(of: content) == digest else { throw .otherModel(file: file) }
    }
}
