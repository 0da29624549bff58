import CMuJoCo
import PerturbablePhysics
import SafeRL

/// Several robots of one task in numbered slots, stepped together on the threads of the pool.
///
/// A slot's course depends on its own seed and actions alone: not on the other slots, and not on the number of threads.
/// One thread uses it at a time.
public final class VelocityEnvironments {
    /// What is simulated, and what it must not do.
    public let constrained: ConstrainedTask
    /// What is simulated.
    public var task: VelocityTask { constrained.robot }
    private let threads: Int32
    private var robots: [VelocitySimulation]
    private var handles: [OpaquePointer] = []
    private var actions: [Double] = []

    /// Makes robots in the model's default state; `reset` comes before the first step.
    ///
    /// - Parameters:
    ///   - task: what to simulate.
    ///   - slots: how many robots, at least 1; each takes about 3 MB.
    ///   - threads: at most, at least 1; nothing for all of the pool, whose size is `BLAS.threads`.
    ///   - places: where library and models are looked for.
    /// - Throws: `MuJoCoError` where library or model are absent or not the right ones.
    public convenience init(
        _ task: VelocityTask, slots: Int = 1, threads: Int? = nil, places: MuJoCoPlaces = MuJoCoPlaces()
    ) throws(MuJoCoError) {
        try self.init(ConstrainedTask(task), slots: slots, threads: threads, places: places)
    }

    /// Makes robots of a task with its constraint, as the other initialiser does, that obey a changed physics.
    ///
    /// - Throws: `MuJoCoError`.
    public init(
        _ task: ConstrainedTask, slots: Int = 1, threads: Int? = nil, places: MuJoCoPlaces = MuJoCoPlaces(),
        obeying factors: PhysicalFactors = .none
    ) throws(MuJoCoError) {
        precondition(slots >= 1 && threads.map { $0 >= 1 } ?? true, "\(slots) slots, \(threads ?? 1) threads")
        constrained = task
        self.threads = Int32(clamping: threads ?? 0)
        robots = []
        for _ in 0..<slots { robots.append(try VelocitySimulation(task, places, obeying: factors)) }
    }

    /// The name on the command line, such as `mujoco:SafetyHopperVelocity-v1`.
    public var name: String { constrained.name }
    /// Unbounded values, see `VelocityTask.observationSize`.
    public var observationSpace: Space { .box(task.observationSize, in: -.infinity ... .infinity) }
    /// One value in [−1, 1] for each motor.
    public var actionSpace: Space { .box(task.actionSize, in: -1...1) }
    /// 1000 steps.
    public var timeLimit: Int { VelocityTask.timeLimit }
    /// Number of robots.
    public var slots: Int { robots.count }

    /// Starts an episode in each of some slots, as `VelocitySimulation.start(seed:)` does.
    ///
    /// - Parameters:
    ///   - slots: each at most once, in 0 ..< `self.slots`.
    ///   - seeds: one for each of them.
    ///   - observations: `[slots.count, task.observationSize]`, row-major; gets the first observations.
    /// - Throws: `MuJoCoError` where the engine fails.
    public func reset(_ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>) throws {
        precondition(seeds.count == slots.count, "\(seeds.count) seeds for \(slots.count) slots")
        handles.removeAll(keepingCapacity: true)
        var states: [Double] = []
        for (row, slot) in slots.enumerated() {
            try robots[slot].prepareStart()
            handles.append(robots[slot].handle)
            states += robots[slot].start(drawnBy: seeds[row])
        }
        cmj_simulation_start_all(handles, Int32(handles.count), states, threads)
        for (row, slot) in slots.enumerated() {
            try robots[slot].concludeStart()
            robots[slot].observe(in: row, of: &observations)
        }
    }

    /// Takes one step in each of some slots, also writing the observation after the last step of an episode.
    ///
    /// - Parameters:
    ///   - slots: each at most once, in an episode that has not ended.
    ///   - actions: `[slots.count, task.actionSize]`, row-major; clipped to [−1, 1].
    ///   - observations: `[slots.count, task.observationSize]`, row-major; gets the observations that follow.
    /// - Returns: one outcome for each slot, in the same order; with what the constraint says of the cost.
    /// - Throws: `MuJoCoError` where an action or a state is not finite; the state of all slots is then undefined, and
    ///   episodes can be started again.
    public func step(
        _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
    ) throws -> [StepOutcome] {
        precondition(
            actions.count == slots.count * task.actionSize,
            "\(actions.count) action values for \(slots.count) slots")
        self.actions.removeAll(keepingCapacity: true)
        for index in 0..<actions.count { self.actions.append(Double(actions[index])) }
        try advance(slots)
        var outcomes: [StepOutcome] = []
        outcomes.reserveCapacity(slots.count)
        for (row, slot) in slots.enumerated() {
            let step = try robots[slot].conclude()
            robots[slot].observe(in: row, of: &observations)
            outcomes.append(
                StepOutcome(
                    reward: Float(step.reward), cost: Float(step.cost),
                    end: step.isTerminated ? .terminated : nil))
        }
        return outcomes
    }

    private func advance(_ slots: [Int]) throws {
        handles.removeAll(keepingCapacity: true)
        for (row, slot) in slots.enumerated() {
            try robots[slot].prepare(actions, at: row * task.actionSize)
            handles.append(robots[slot].handle)
        }
        cmj_simulation_advance_all(handles, Int32(handles.count), robots[0].substeps, threads)
    }

    /// Turns measuring the time inside the engine's own step on or off.
    package func measureEngine(_ isMeasured: Bool) {
        for robot in robots { cmj_simulation_measure(robot.handle, isMeasured ? 1 : 0) }
    }

    /// Seconds spent inside the engine's own step while that was measured, summed over all slots.
    package var engineSeconds: Double { robots.reduce(0) { $0 + cmj_simulation_engine_seconds($1.handle) } }
}
