import Storage
import Tensors

/// A table as a policy that acts in a `TabularEnvironment`.
public struct TabularActor<Task: TabularEnvironment>: Policy {
    /// Floats in an observation.
    public let observationSize: Int
    /// Floats in an action.
    public let actionSize: Int
    /// As the environment's.
    public let actionChoices: Int?
    private let table: TabularPolicy
    private let choices: [[Float]]

    /// Makes a policy of a table that has a row for each observation, stationary.
    public init(_ table: TabularPolicy, in type: Task.Type) {
        precondition(
            table.states == Task.observationCount && table.stages == 1,
            "a table of \(table.stages) × \(table.states) rows for \(Task.observationCount) observations")
        let sample = Task()
        (observationSize, actionSize) = (sample.observationSpace.size, sample.actionSpace.size)
        actionChoices = sample.actionSpace.choices
        (self.table, choices) = (table, (0..<table.actions).map { Task.action(numbered: $0) })
    }

    /// Looks the observation up and draws an action from its row, one number of the row's stream.
    ///
    /// - Throws: `UnknownObservation`; as `model`.
    public mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) throws {
        for row in 0..<streams.count {
            let observation = (0..<observationSize).map { observations[row * observationSize + $0] }
            guard let number = try Task.number(ofObservation: observation) else {
                throw UnknownObservation(observation, in: Task.name)
            }
            let chosen = choices[table.action(in: number, using: &streams[row])]
            for index in 0..<actionSize { actions[row * actionSize + index] = chosen[index] }
        }
    }
}

/// An observation that a table does not have.
public struct UnknownObservation: Fault, Equatable {
    /// What kind of fault it is.
    public var kind: FaultKind { .badData }
    /// One line.
    public let description: String

    init(_ observation: [Float], in name: String) {
        description =
            "\(oneLine(name)): has no observation \(observation). Name the environment of the table."
    }
}
