// Stand-ins with the names and some keys of what is being built elsewhere: delete this file when `BuiltIn.swift` is wired.
import SafeRL

/// Has the name of the point robot and does nothing.
struct StandInEnvironment: Environment {
    static let name = "point-robot"
    let observationSpace = Space.box(11, in: -10...10)
    let actionSpace = Space.box(2, in: -1...1)
    let timeLimit = 300

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {}
    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
        StepOutcome(reward: 0, cost: 0, end: .terminated)
    }
}

/// Has the name and some keys of FISOR and learns nothing.
final class StandInAlgorithm: Algorithm {
    static let name = "fisor"

    struct Configuration: Defaulted {
        var expectile: Float = 0.9
        var feasibilityTemperature: Float = 5
        static var options: [Option] {
            [
                Option(
                    "expectile",
                    .number(minimum: 0, maximum: 1, excludingMinimum: true, excludingMaximum: true),
                    "Expectile of the reward value (tau)."),
                Option(
                    "feasibilityTemperature", .number(minimum: 0, maximum: .infinity, excludingMinimum: true),
                    "Temperature on infeasible states (alpha_h)."),
            ]
        }
    }
    final class Data: TrainingData {
        let (identity, count) = ("", 0)
    }
    struct Metrics: TrainingMetrics {
        func report(_ metric: (_ name: String, _ value: Float) -> Void) {}
    }

    init(_ configuration: Configuration, on data: Data, seed: UInt64) throws { throw NotWired("fisor") }
    func update(_ stage: Stage) throws -> Metrics { throw NotWired("fisor") }
    func makePolicy() throws -> any Policy { throw NotWired("fisor") }
    func save(to checkpoint: inout CheckpointWriter) throws { throw NotWired("fisor") }
    func load(from checkpoint: CheckpointReader) throws { throw NotWired("fisor") }
    static func policy(_ configuration: Configuration, from checkpoint: CheckpointReader) throws -> any Policy
    {
        throw NotWired("fisor")
    }
}
