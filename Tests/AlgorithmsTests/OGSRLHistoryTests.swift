import Algorithms
import SafeRL
import Testing

/// A cue is shown in the first step, and asked for in the second, when nothing is shown.
private struct Cue: Environment {
    static let name = "cue"
    private var cue: Float = 1, time = 0
    var observationSpace: Space { .box(1, in: -1...1) }
    var actionSpace: Space { .box(1, in: -1...1) }
    var timeLimit: Int { 2 }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        (cue, time) = (seed.isMultiple(of: 2) ? 1 : -1, 0)
        observation[0] = cue
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        observation[0] = 0
        time += 1
        let isRight = time == 2 && action[0] * cue > 0
        return StepOutcome(reward: isRight ? 1 : 0, cost: 0, end: time == 2 ? .terminated : nil)
    }

    static func recordings() throws -> TransitionDataset {
        var stream = RandomStream(seed: 2, for: .testing)
        var columns = TransitionColumns(observationSize: 1, actionSize: 1, costNames: ["none"])
        for _ in 0..<200 {
            let draws = (0..<3).map { _ -> Float in stream.nextInteger(below: 2) == 0 ? -1 : 1 }
            for time in 0..<2 {
                columns.append(
                    observation: [time == 0 ? draws[0] : 0], action: [draws[1 + time]], nextObservation: [0],
                    reward: time == 1 && draws[2] == draws[0] ? 1 : 0, costs: [0], terminated: time == 1,
                    truncated: false)
            }
        }
        return try TransitionDataset(columns)
    }
}

/// A history as the state of guardian, model and policy, and the memory of the episode when the policy acts.
@Suite struct OGSRLHistoryTests {
    private static func options(
        history: Int, _ change: (inout OGSRL.Configuration) -> Void = { _ in }
    ) -> OGSRL.Configuration {
        Field.options {
            ($0.guardian, $0.model, $0.mode, $0.inputs) = (.count(), .tabular, .reject, .table)
            ($0.optimiser, $0.history) = (Field.exact(shrinkage: 0.01), history)
            change(&$0)
        }
    }

    private static func trained(_ options: OGSRL.Configuration) throws -> OGSRL {
        try options.validate()
        let ogsrl = try OGSRL(options, on: Cue.recordings(), seed: 1)
        for stage in ogsrl.stages(steps: 12) {
            for _ in 0..<stage.updates where !stage.isComplete { _ = try stage.update() }
        }
        return ogsrl
    }

    private static func score(_ policy: any Policy) throws -> Double {
        let evaluator = Evaluator(episodes: 200, seed: 1)
        let result = try evaluator.run(policy, in: EnvironmentVector(Cue.self, slots: evaluator.slots))
        return result.episodes.map(\.totalReward).reduce(0, +) / 200
    }

    @Test func aPolicyThatRemembersFindsWhatOneThatSeesCannot() throws {
        #expect(try Self.score(try Self.trained(Self.options(history: 1)).makePolicy()) == 1)
        #expect(try Self.score(try Self.trained(Self.options(history: 0)).makePolicy()) < 0.7)
    }

    @Test func aPolicyFromACheckpointRemembersToo() throws {
        let options = Self.options(history: 1)
        let ogsrl = try Self.trained(options)
        var writer = CheckpointWriter()
        try ogsrl.save(to: &writer)
        let policy = try OGSRL.policy(options, from: CheckpointReader(of: writer))
        #expect(policy.memory == 1 && policy.observationSize == 1 && policy.inputSize == 3)
        #expect(try Self.score(policy) == 1)
    }

    @Test(arguments: [OGSRL.Model.tabular, .nearest(), Field.ensemble])
    func interruptionsLeaveNoTrace(_ model: OGSRL.Model) throws {
        let options = Self.options(history: 2) {
            ($0.optimiser, $0.inputs, $0.model, $0.guardian) = (Field.cpo(), .features, model, Field.narrow)
        }
        let fits = model == Field.ensemble ? 31 : 2
        let run = try TrainedRun<OGSRL>(options, on: Field.recordings(episodes: 60), steps: fits + 4, log: 2)
        try run.train("whole")
        while case .interrupted = try run.train("cut", stopAfter: 3) {}
        #expect(try run.results("cut") == run.results("whole"))
    }
}
