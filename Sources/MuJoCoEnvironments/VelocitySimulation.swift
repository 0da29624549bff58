import CMuJoCo
import PerturbablePhysics
import SafeRL
import Tensors

/// What one step gave, in double precision.
public struct VelocityStep: Sendable, Equatable {
    /// Speed in m/s, and the bonus for being well, less the price of the torques.
    public var reward: Double
    /// 1 above the speed limit, or what else the task's constraint says.
    public var cost: Double
    /// Whether the robot fell, or left its healthy states otherwise.
    public var isTerminated: Bool
}

/// One robot in its world: a value in double precision.
///
/// A copy is independent and goes on exactly as the original would; the memory behind it (3 MB) is copied when the first of
/// the two is changed, so a copy that is only kept costs nothing.
public struct VelocitySimulation {
    private let model: VelocityModel
    /// The model's default, which starts differ from by noise.
    private let defaults: [Double]
    private var world: World
    private var place: (x: Double, y: Double) = (0, 0)
    private var steps = 0

    /// A robot in the model's default state.
    ///
    /// - Throws: `MuJoCoError` where library or model are absent.
    public init(_ task: VelocityTask, _ places: MuJoCoPlaces = MuJoCoPlaces()) throws(MuJoCoError) {
        try self.init(ConstrainedTask(task), places)
    }

    /// A robot in the model's default state, with what it must not do, that obeys a changed physics.
    ///
    /// - Throws: `MuJoCoError` where library or model are absent.
    public init(
        _ task: ConstrainedTask, _ places: MuJoCoPlaces = MuJoCoPlaces(),
        obeying factors: PhysicalFactors = .none
    ) throws(MuJoCoError) {
        model = try VelocityModel(task, places, obeying: factors)
        let world = try World(model)
        self.world = world
        defaults = (0..<model.rules.positions).map { world.positions[$0] }
    }

    /// What is simulated.
    public var task: VelocityTask { model.task }

    /// What a policy sees: `task.observationSize` values.
    public var observation: [Double] {
        (0..<task.observationSize).map { observed($0) }
    }

    /// Positions of all joints, those along the ground included.
    public var positions: [Double] { (0..<model.rules.positions).map { world.positions[$0] } }
    /// Velocities of all joints, unbounded.
    public var velocities: [Double] { (0..<model.rules.velocities).map { world.velocities[$0] } }

    /// The height of the end of one of an ant's feet, in m: front left, front right, back left, back right.
    package func height(ofFoot foot: Int) -> Double { model.height(ofFoot: foot, in: world.handle) }

    /// Starts an episode in a state near the model's default, drawn from the stream `.reset` of the seed.
    ///
    /// First each position in order, then each velocity: a uniform number u in [0, 1) gives (2u − 1) times the task's
    /// noise; where velocities are normal, a normal draw times the noise.
    ///
    /// - Throws: `MuJoCoError` where the engine fails.
    public mutating func start(seed: UInt64) throws(MuJoCoError) {
        let state = start(drawnBy: seed)
        try start(
            positions: Array(state.prefix(model.rules.positions)),
            velocities: Array(state.dropFirst(model.rules.positions)))
    }

    /// Starts an episode in a given state.
    ///
    /// - Parameters:
    ///   - positions: of all joints, as many as the model has; a quaternion is brought to length 1 by the engine.
    ///   - velocities: of all joints.
    /// - Throws: `MuJoCoError` where the engine fails.
    public mutating func start(positions: [Double], velocities: [Double]) throws(MuJoCoError) {
        precondition(
            positions.count == model.rules.positions && velocities.count == model.rules.velocities,
            "\(task.rawValue): a state of \(positions.count) positions and \(velocities.count) velocities")
        try prepareStart()
        cmj_simulation_start(world.handle, positions, velocities)
        try concludeStart()
    }

    /// Takes one step of `task.stepDuration` seconds.
    ///
    /// - Parameter action: `task.actionSize` values, clipped to [−1, 1]; the price of torques is that of the clipped ones.
    /// - Returns: reward, cost and ending.
    /// - Throws: `MuJoCoError` where a value is not finite or the state becomes so; the next episode can be started then.
    public mutating func step(_ action: [Double]) throws(MuJoCoError) -> VelocityStep {
        precondition(action.count == task.actionSize, "\(task.rawValue): \(action.count) action values")
        try prepare(action, at: 0)
        cmj_simulation_advance(world.handle, Int32(model.rules.substeps))
        return try conclude()
    }
}

extension VelocitySimulation {
    /// The C layer's world, to be advanced between `prepare` and `conclude`.
    var handle: OpaquePointer { world.handle }
    /// The engine's steps in one of ours.
    var substeps: Int32 { Int32(model.rules.substeps) }

    /// The state that a seed starts in: positions, then velocities.
    func start(drawnBy seed: UInt64) -> [Double] {
        var stream = RandomStream(seed: seed, for: .reset)
        func uniform(_ scale: Double) -> Double { (2 * Double(stream.nextUniform()) - 1) * scale }
        let count = model.rules.velocities
        switch model.rules.noise {
        case .uniform(let scale):
            let positions = defaults.map { $0 + uniform(scale) }
            return positions + (0..<count).map { _ in uniform(scale) }
        case .normalVelocities(let scale):
            let positions = defaults.map { $0 + uniform(scale) }
            return positions + (0..<count).map { _ in Double(stream.nextNormal()) * scale }
        }
    }

    /// Makes the world this value's own.
    ///
    /// Nothing of the old state is needed, so a shared world is left to its other owners.
    mutating func prepareStart() throws(MuJoCoError) {
        if !isKnownUniquelyReferenced(&world) { world = try World(model) }
        steps = 0
    }

    /// Throws what went wrong when the world was started.
    func concludeStart() throws(MuJoCoError) {
        if cmj_simulation_fault(world.handle).pointee.kind != CMJ_OK.rawValue { throw failure() }
    }

    /// Hands over the action that begins at an index of an array, and makes the world this value's own.
    mutating func prepare(_ actions: [Double], at start: Int) throws(MuJoCoError) {
        for index in 0..<model.rules.controls where !actions[start + index].isFinite {
            throw .badAction(task.rawValue, element: index, value: Float(actions[start + index]))
        }
        if !isKnownUniquelyReferenced(&world) { world = try World(copyOf: world) }
        let controls = world.controls
        for index in 0..<model.rules.controls { controls[index] = min(max(actions[start + index], -1), 1) }
        place = location
    }

    /// What the step amounted to, after the world was advanced.
    mutating func conclude() throws(MuJoCoError) -> VelocityStep {
        steps += 1
        guard cmj_simulation_fault(world.handle).pointee.kind == CMJ_OK.rawValue, isFinite else {
            throw failure()
        }
        let (rules, next, duration) = (model.rules, location, model.rules.stepDuration)
        let along = (next.x - place.x) / duration
        var speed = along
        if rules.isPlanar {
            let across = (next.y - place.y) / duration
            speed = (along * along + across * across).squareRoot()
        }
        var effort = 0.0
        for index in 0..<rules.controls { effort += world.controls[index] * world.controls[index] }
        return VelocityStep(
            reward: along + rules.aliveBonus - rules.controlPrice * effort,
            cost: model.cost(atSpeed: speed, in: world.handle), isTerminated: !isHealthy)
    }

    /// One value of the observation.
    private func observed(_ index: Int) -> Double {
        let seen = model.rules.positions - model.rules.hiddenPositions
        if index < seen { return world.positions[index + model.rules.hiddenPositions] }
        let bound = model.rules.velocityBound
        return min(max(world.velocities[index - seen], -bound), bound)
    }

    /// Writes the observation in single precision to row `row` of several.
    func observe(in row: Int, of values: inout MutableSpan<Float>) {
        let size = model.rules.observationSize
        for index in 0..<size { values[row * size + index] = Float(observed(index)) }
    }

    private var location: (x: Double, y: Double) {
        guard model.rules.isPlanar else { return (world.positions[0], 0) }
        let torso = cmj_simulation_body(world.handle, model.torso)
        return (torso[0], torso[1])
    }

    private var isFinite: Bool {
        (0..<model.rules.positions).allSatisfy { world.positions[$0].isFinite }
            && (0..<model.rules.velocities).allSatisfy { world.velocities[$0].isFinite }
    }

    private var isHealthy: Bool {
        let (positions, velocities) = (world.positions, world.velocities)
        switch model.rules.health {
        case .always: return true
        case .above(let heights): return heights.contains(positions[2])
        case .upright(let height, let pitch, let others):
            guard height.lowerBound < positions[1], positions[1] < height.upperBound,
                abs(positions[2]) < pitch
            else { return false }
            guard let others else { return true }
            return (2..<model.rules.positions).allSatisfy { abs(positions[$0]) < others }
                && (0..<model.rules.velocities).allSatisfy { abs(velocities[$0]) < others }
        }
    }

    private func failure() -> MuJoCoError {
        let fault = cmj_simulation_fault(world.handle).pointee
        if fault.kind == CMJ_ENGINE.rawValue { return MuJoCoError(fault, library: "", model: "") }
        return .unstable(task.rawValue, step: steps)
    }
}

/// Owns one world of the C layer.
private final class World {
    let handle: OpaquePointer

    init(_ model: VelocityModel) throws(MuJoCoError) {
        var fault = cmj_fault()
        guard let handle = cmj_simulation_make(model.handle, &fault) else {
            throw MuJoCoError(fault, library: "", model: "")
        }
        self.handle = handle
    }

    init(copyOf other: World) throws(MuJoCoError) {
        var fault = cmj_fault()
        guard let handle = cmj_simulation_copy(other.handle, &fault) else {
            throw MuJoCoError(fault, library: "", model: "")
        }
        self.handle = handle
    }

    deinit { cmj_simulation_free(handle) }

    var positions: UnsafePointer<Double> { cmj_simulation_positions(handle) }
    var velocities: UnsafePointer<Double> { cmj_simulation_velocities(handle) }
    var controls: UnsafeMutablePointer<Double> { cmj_simulation_controls(handle) }
}
