@_exported import Pictures
import Replay

/// Several environments of one task in numbered slots, stepped together: what episodes are run in.
///
/// It is a reference: whoever holds one shares its slots, and what it owns (child processes, memory of a library)
/// ends when the last reference goes. One thread uses it at a time. A slot's course depends on its own seed and
/// actions alone, never on the other slots or on how many are stepped together.
///
/// Actions are given in the policy's range [−1, 1] and scaled to the task's own bounds where those differ; what lies
/// outside is clipped.
public protocol VectorEnvironment: AnyObject {
    /// The name used on the command line, such as `point-robot` or `bullet:SafetyBallRun-v0`.
    var name: String { get }
    /// What an observation is made of.
    var observationSpace: Space { get }
    /// What `step` accepts, one row a slot.
    var actionSpace: Space { get }
    /// Steps after which an episode is truncated by whoever runs it, at least 1.
    var timeLimit: Int { get }
    /// The names of the cost channels in the order of `StepOutcome.costs`; `["cost"]` unless said otherwise.
    var costNames: [String] { get }
    /// The largest cost that a step can have in each channel, above 0; nothing where the task does not say.
    var largestCosts: [Float]? { get }
    /// Number of slots, at least 1.
    var slots: Int { get }
    /// Versions of the packages that simulate, by their names; empty where saferl does it itself.
    var versions: [String: String] { get }
    /// Steps in a second of the task's own time, at least 1; nothing where that is not known.
    var frameRate: Int? { get }

    /// Starts an episode in each of some slots.
    ///
    /// - Parameters:
    ///   - slots: each at most once, in 0 ..< `self.slots`.
    ///   - seeds: one for each of them.
    ///   - observations: `[slots.count, observationSpace.size]`, row-major; gets the first observations.
    /// - Throws: when the environment failed; the state of all slots is then undefined.
    func reset(_ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>) throws

    /// Takes one step in each of some slots, also writing the observation after the last step of an episode.
    ///
    /// - Parameters:
    ///   - slots: each at most once, in an episode that has not ended.
    ///   - actions: `[slots.count, actionSpace.size]`, row-major.
    ///   - observations: `[slots.count, observationSpace.size]`, row-major; gets the observations that follow.
    /// - Returns: one outcome for each slot, in the same order.
    /// - Throws: when the environment failed; the state of all slots is then undefined.
    func step(
        _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
    ) throws -> [StepOutcome]

    /// What was done in a slot's last step in place of the action that was asked for; nothing where that was done.
    ///
    /// Whoever learns from its own actions learns from this one instead.
    func replacement(in slot: Int) -> [Float]?

    /// Whether a slot's episode is at its goal; nothing where the task has none.
    func isAtGoal(_ slot: Int) -> Bool?

    /// Whether some behaviour keeps clear of violations from a slot's state on, by an exact rule; nothing where none is known.
    func canStaySafe(_ slot: Int) -> Bool?

    /// Whether `state` copies: an episode can go back then.
    var copiesStates: Bool { get }

    /// A copy of a slot's state; nothing where it is no value.
    func state(of slot: Int) -> EnvironmentState?

    /// Goes on from a copied state, with what is drawn from there on coming from a seed.
    ///
    /// - Parameters:
    ///   - slot: in which the episode runs.
    ///   - state: of the same environment.
    ///   - seed: of the noise.
    func restore(_ slot: Int, to state: EnvironmentState, seed: UInt64)

    /// A picture of a slot's state; nothing where the task draws none.
    ///
    /// - Throws: when drawing failed.
    func frame(of slot: Int) throws -> Frame?

    /// Makes all slots usable again after `reset` or `step` threw, so that episodes can be started again.
    ///
    /// - Parameter error: what was thrown.
    /// - Throws: the same error where nothing can be done about it.
    func recover(from error: any Error) throws
}

extension VectorEnvironment {
    /// One channel, named `cost`.
    public var costNames: [String] { CostChannels.single }
    /// Nothing: the task does not say.
    public var largestCosts: [Float]? { nil }
    /// Nothing: saferl itself simulates.
    public var versions: [String: String] { [:] }
    /// Nothing: it is not known.
    public var frameRate: Int? { nil }
    /// Nothing: what is asked for is done.
    public func replacement(in slot: Int) -> [Float]? { nil }
    /// Nothing: the task has no goal.
    public func isAtGoal(_ slot: Int) -> Bool? { nil }
    /// Nothing: no rule is known.
    public func canStaySafe(_ slot: Int) -> Bool? { nil }
    /// False.
    public var copiesStates: Bool { false }
    /// Nothing: it is no value.
    public func state(of slot: Int) -> EnvironmentState? { nil }
    /// Nobody can have a copy.
    public func restore(_ slot: Int, to state: EnvironmentState, seed: UInt64) {
        preconditionFailure("\(name) has no copies of states")
    }
    /// Nothing: the task draws no pictures.
    public func frame(of slot: Int) throws -> Frame? { nil }
    /// Throws the error again: what failed once fails again.
    public func recover(from error: any Error) throws { throw error }
}

/// A copy of a slot's state, which only its own environment can read.
public struct EnvironmentState {
    let value: any Environment

    init(_ value: any Environment) { self.value = value }
}

/// Values of one `Environment` type side by side, one in each slot.
public final class EnvironmentVector<Task: Environment>: VectorEnvironment {
    private var tasks: [Task]
    private var trails: SceneTrails?

    /// Makes fresh environments.
    ///
    /// - Parameters:
    ///   - type: what to make.
    ///   - slots: how many, at least 1.
    ///   - drawsFrames: whether `frame` will be asked for.
    public init(_ type: Task.Type, slots: Int, drawsFrames: Bool = false) {
        precondition(slots >= 1, "\(slots) slots")
        tasks = (0..<slots).map { _ in Task() }
        trails = drawsFrames ? SceneTrails(slots: slots) : nil
    }

    /// The name of the type.
    public var name: String { Task.name }
    /// What an observation is made of.
    public var observationSpace: Space { tasks[0].observationSpace }
    /// What `step` accepts.
    public var actionSpace: Space { tasks[0].actionSpace }
    /// Steps after which an episode is truncated.
    public var timeLimit: Int { tasks[0].timeLimit }
    /// The names of the cost channels.
    public var costNames: [String] { tasks[0].costNames }
    /// The largest cost that a step can have in each channel.
    public var largestCosts: [Float]? { tasks[0].largestCosts }
    /// Number of environments.
    public var slots: Int { tasks.count }

    /// Starts episodes, each in a fresh value.
    public func reset(_ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>) throws {
        for (row, slot) in slots.enumerated() {
            tasks[slot] = Task()
            var own = emptyObservation()
            var span = own.mutableSpan
            try tasks[slot].reset(seed: seeds[row], observation: &span)
            copy(own, to: row, of: &observations)
            trails?.begin(slot, tasks[slot].scene)
        }
    }

    /// Takes the steps one after the other.
    public func step(
        _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
    ) throws -> [StepOutcome] {
        let width = actionSpace.size
        var outcomes: [StepOutcome] = []
        outcomes.reserveCapacity(slots.count)
        for (row, slot) in slots.enumerated() {
            let action = actions.extracting(row * width..<(row + 1) * width)
            var own = emptyObservation()
            var span = own.mutableSpan
            outcomes.append(try tasks[slot].step(action, observation: &span))
            copy(own, to: row, of: &observations)
            trails?.lengthen(slot, tasks[slot].scene)
        }
        return outcomes
    }

    /// Not-a-numbers, so that an environment that forgets to write is noticed.
    private func emptyObservation() -> [Float] { [Float](repeating: .nan, count: observationSpace.size) }

    private func copy(_ own: [Float], to row: Int, of observations: inout MutableSpan<Float>) {
        for index in own.indices { observations[row * own.count + index] = own[index] }
    }

    /// Whether some behaviour keeps clear of violations from a slot's state on, by the type's rule.
    public func canStaySafe(_ slot: Int) -> Bool? { tasks[slot].canStaySafe }

    /// Whether the type says what it draws in a copy.
    public var copiesStates: Bool { Task().branch(seed: 0) != nil }

    /// The value itself.
    public func state(of slot: Int) -> EnvironmentState? {
        copiesStates ? EnvironmentState(tasks[slot]) : nil
    }

    /// A branch of the copied value.
    public func restore(_ slot: Int, to state: EnvironmentState, seed: UInt64) {
        guard let copy = (state.value as? Task)?.branch(seed: seed) else {
            preconditionFailure("a state of another environment than \(Task.name)")
        }
        tasks[slot] = copy
    }

    /// Whether a slot's environment is at its goal.
    public func isAtGoal(_ slot: Int) -> Bool? { tasks[slot].isAtGoal }

    /// Steps in a second, where the environment can be drawn and has a time of its own.
    public var frameRate: Int? { Task.frameRate }

    /// A picture of a slot's state, where the environment can be drawn and frames were asked for when it was made.
    ///
    /// - Throws: `SceneError`.
    public func frame(of slot: Int) throws -> Frame? { try trails?.frame(of: slot, name) }
}
