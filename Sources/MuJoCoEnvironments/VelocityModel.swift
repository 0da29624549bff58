import CMuJoCo
import Foundation
import PerturbablePhysics
import SafeRL
import Storage

/// A task's model as MuJoCo compiled it; shared by all simulations of the task.
struct VelocityModel {
    let handle: OpaquePointer
    let task: VelocityTask
    let rules: VelocityRules
    /// The number of the torso, whose frame gives the speed of tasks in space.
    let torso: Int32
    /// What a step costs.
    let constraint: StepConstraint
    /// The bodies whose far ends are an ant's feet.
    private let ankles: [Int32]

    /// Opens a task's model, or takes the one that was opened before.
    init(
        _ own: ConstrainedTask, _ places: MuJoCoPlaces, obeying factors: PhysicalFactors = .none
    ) throws(MuJoCoError) {
        let (library, task) = (try MuJoCoLibrary(places), own.robot)
        constraint = own.constraint
        let file = places.models + "/" + task.modelFile
        let rules = task.rules
        try Self.check(file, digest: rules.digest.description)
        var fault = cmj_fault()
        guard let handle = cmj_model_open(library.handle, file, &fault) else {
            throw MuJoCoError(fault, library: library.path, model: file)
        }
        let sizes = cmj_model_sizes(handle)
        torso = cmj_model_body(handle, "torso")
        // An ankle is the only body, without a name, behind the one whose name it follows.
        let legs = task == .ant ? ["aux_1", "aux_2", "aux_3", "aux_4"] : []
        ankles = legs.map { (name: String) in cmj_model_body(handle, name) + 1 }
        // The file is the right one, so a difference here means that the library reads it otherwise.
        guard Int(sizes.positions) == rules.positions, Int(sizes.velocities) == rules.velocities,
            Int(sizes.controls) == rules.controls, sizes.timestep == rules.timestep, torso > 0
        else { throw .otherLayout(library: library.path) }
        guard ankles.allSatisfy({ $0 > 1 && $0 < sizes.bodies }) else {
            throw .otherLayout(library: library.path)
        }
        let changed = cmj_model_changed(handle, factors.mass, factors.friction, factors.gravity, &fault)
        guard let changed else { throw MuJoCoError(fault, library: library.path, model: file) }
        (self.handle, self.task, self.rules) = (changed, task, rules)
    }

    /// Where feet end in the frames of the ankles; each is a capsule of radius 0.08.
    private static let ends = [[0.4, 0.4, 0], [-0.4, 0.4, 0], [-0.4, -0.4, 0], [0.4, -0.4, 0]]
    /// Below it, in m, a foot is on the ground (CRAX).
    private static let ground = 0.15

    /// The height of the middle of a foot's end, in m.
    func height(ofFoot foot: Int, in world: OpaquePointer) -> Double {
        cmj_simulation_height(world, ankles[foot], Self.ends[foot])
    }

    /// What a step costs that was made at a speed and led to a state.
    func cost(atSpeed speed: Double, in world: OpaquePointer) -> Double {
        switch constraint {
        case .speed(let limit): return speed > limit ? 1 : 0
        case .height(let limit):
            // Joint position 1 is the height of robots in a plane, 2 that of robots in space.
            return cmj_simulation_positions(world)[rules.isPlanar ? 2 : 1] > limit ? 1 : 0
        case .feet(let feet):
            return Double(feet.count { height(ofFoot: $0, in: world) < Self.ground })
        }
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
