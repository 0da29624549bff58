import SafeRL

/// Values of one task side by side, all of which obey a changed law; the counterpart of `EnvironmentVector`.
///
/// It draws no pictures, copies no states, and knows of no state whether it can stay safe: rules are about the task as it is.
public final class PerturbedVector<Task: PerturbableEnvironment>: VectorEnvironment {
    /// What the physics is multiplied by.
    public let factors: PhysicalFactors
    private var tasks: [Task]

    /// Makes fresh tasks.
    ///
    /// - Parameters:
    ///   - type: what to make.
    ///   - factors: what its physics is multiplied by.
    ///   - slots: how many, at least 1.
    public init(_ type: Task.Type, obeying factors: PhysicalFactors, slots: Int) {
        precondition(slots >= 1, "\(slots) slots")
        self.factors = factors
        tasks = (0..<slots).map { _ in Task() }
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
    /// Number of tasks.
    public var slots: Int { tasks.count }

    /// Starts episodes, each in a fresh value that obeys the factors.
    public func reset(_ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>) throws {
        for (row, slot) in slots.enumerated() {
            var task = Task()
            task.obey(factors)
            try writing(row, of: &observations) { try task.reset(seed: seeds[row], observation: &$0) }
            tasks[slot] = task
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
            try writing(row, of: &observations) { own in
                outcomes.append(try tasks[slot].step(action, observation: &own))
            }
        }
        return outcomes
    }

    /// Whether a slot's task is at its goal.
    public func isAtGoal(_ slot: Int) -> Bool? { tasks[slot].isAtGoal }

    /// Not-a-numbers for a task to overwrite, so that one that forgets to is noticed.
    private func writing(
        _ row: Int, of observations: inout MutableSpan<Float>,
        _ body: (inout MutableSpan<Float>) throws -> Void
    ) throws {
        var own = [Float](repeating: .nan, count: observationSpace.size)
        var span = own.mutableSpan
        try body(&span)
        for index in own.indices { observations[row * own.count + index] = own[index] }
    }
}
