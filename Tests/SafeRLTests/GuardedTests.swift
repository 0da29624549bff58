import Guardians
import SafeRL
import Tensors
import Testing

/// A guard in front of any policy: what is outside is replaced, and whatever goes wrong fails safe.
@Suite struct GuardedTests {
    /// Proposes a multiple of what it sees; fails or answers NaN for some observations.
    private struct Proposing: Policy {
        struct Failure: Error {}
        let observationSize = 1, actionSize = 1
        var scale: Float = 1

        mutating func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) throws {
            for row in 0..<streams.count {
                if observations[row] == 7 { throw Failure() }
                actions[row] = observations[row] == 5 ? .nan : scale * observations[row]
            }
        }
    }

    /// Calls a pair inside where the action is within 0.095 of a tenth of the observation; cannot judge observations above 8.
    private struct Band: SupportGuardian {
        struct Failure: Error {}
        static let kind = "band"
        let features = GuardianFeatures(2)
        let threshold = 0.095
        let calibration: GuardianCalibration? = nil
        let report = GuardianReport(points: 1, trainingShareOutside: 0)

        func score(_ points: Matrix) throws -> [Double] {
            try (0..<points.rows).map { row in
                if points[row, 0] > 8 { throw Failure() }
                return abs(points[row, 1] - points[row, 0] / 10)
            }
        }

        func encoded() throws -> GuardianRecord { throw Failure() }
    }

    /// Recorded: in observation o the actions o/10 and o/10 + 0.08.
    private func records() throws -> RecordedActions {
        let observations: [Double] = (0..<20).map { Double($0 / 2) }
        let actions: [Double] = observations.enumerated().map { row, observation in
            observation / 10 + Double(row % 2) * 0.08
        }
        return try RecordedActions(
            observations: Matrix(20, 1, observations), actions: Matrix(20, 1, actions))
    }

    /// Carries a count of its steps; fails for 7.
    private struct Counting: Policy {
        let observationSize = 1, actionSize = 1, carriedSize = 1

        mutating func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) throws { for row in 0..<streams.count { actions[row] = 0 } }

        mutating func act(
            on observations: Span<Float>, carrying carried: inout MutableSpan<Float>,
            actions: inout MutableSpan<Float>, using streams: inout MutableSpan<RandomStream>
        ) throws {
            for row in 0..<streams.count {
                carried[row] += 1
                if observations[row] == 7 { throw Proposing.Failure() }
                actions[row] = carried[row] / 10
            }
        }
    }

    @Test func whatTheGuardedPolicyCarriesIsCarried() throws {
        var policy = Guarded(Counting(), by: Band(), fallback: try records())
        #expect(policy.carriedSize == 1)
        var (actions, carried): ([Float], [Float]) = ([9, 9, 9], [1, 2, 3])
        var streams = (0..<3).map { RandomStream(seed: 1, for: .action, index: UInt32($0)) }
        let seen: [Float] = [2, 7, 4]
        do {
            var span = actions.mutableSpan, kept = carried.mutableSpan, drawn = streams.mutableSpan
            try policy.act(on: seen.span, carrying: &kept, actions: &span, using: &drawn)
        }
        // The middle one fails, alone too, and carries what it had.
        #expect(carried == [2, 2, 4])
        #expect(actions[0] == 0.2 && actions[2] == 0.4)
    }

    private func act(_ policy: inout some Policy, on observations: [Float]) throws -> [Float] {
        var actions = [Float](repeating: 9, count: observations.count)
        var streams = observations.indices.map { RandomStream(seed: 1, for: .action, index: UInt32($0)) }
        var actionSpan = actions.mutableSpan, streamSpan = streams.mutableSpan
        try policy.act(on: observations.span, actions: &actionSpan, using: &streamSpan)
        return actions
    }

    @Test func whatIsInsideIsDoneAndWhatIsOutsideReplacedByTheNearestRecorded() throws {
        var policy = Guarded(Proposing(), by: Band(), fallback: try records())
        #expect(try act(&policy, on: [0, 2, 3]) == [0, 0.28, 0.38])
        #expect(policy.log.decisions == 3 && policy.log.interventions == 2)
        #expect(policy.log.counts == [.outside: 2] && policy.log.outsideAnyway == 0)
        #expect(policy.log.events.map(\.decision) == [2, 3])
        #expect(policy.log.events[0].proposed == [2] && policy.log.events[0].done == [0.28])
        // From below the other recorded action is nearer.
        var lower = Guarded(Proposing(scale: -1), by: Band(), fallback: try records())
        #expect(try act(&lower, on: [2]) == [0.18])
    }

    @Test func whateverGoesWrongFailsSafe() throws {
        var policy = Guarded(Proposing(scale: 0.1), by: Band(), fallback: try records())
        // A failing policy, an action that is no number, a pair that cannot be judged; the rest acts as ever.
        let done = try act(&policy, on: [7, 5, 9, 4])
        #expect([0.7, 0.78].contains(done[0]) && [0.5, 0.58].contains(done[1]))
        #expect([0.9, 0.98].contains(done[2]) && done[3] == Float(0.1) * 4)
        #expect(policy.log.counts == [.noAction: 2, .notJudged: 1])
        #expect(policy.log.outsideAnyway == 1)
        #expect(policy.log.events.first?.proposed == nil)
    }

    /// Judges states by their number.
    private struct Judging: Policy {
        let observationSize = 1, actionSize = 1

        func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) { for row in 0..<streams.count { actions[row] = 0 } }

        func feasibilityValues(of observations: Span<Float>) -> [Float]? {
            (0..<observations.count).map { observations[$0] - 0.5 }
        }
    }

    @Test func statesAreJudgedAsByTheGuardedPolicy() throws {
        let judging = Guarded(Judging(), by: Band(), fallback: try records())
        #expect(judging.feasibilityValues(of: [0, 2].span) == [-0.5, 1.5])
        let silent = Guarded(Proposing(), by: Band(), fallback: try records())
        #expect(silent.feasibilityValues(of: [0, 2].span) == nil)
    }

    @Test func anObservationThatIsNoNumberIsRefused() throws {
        var policy = Guarded(Proposing(), by: Band(), fallback: try records())
        #expect(throws: GuardFailure.self) { try act(&policy, on: [1, .nan]) }
        #expect(policy.log.decisions == 0)
    }

    @Test func aRowDoesNotDependOnTheOthers() throws {
        let observations: [Float] = [1, 7, 5, 9, 3]
        var together = Guarded(Proposing(), by: Band(), fallback: try records())
        let all = try act(&together, on: observations)
        for (row, observation) in observations.enumerated() {
            var alone = Guarded(Proposing(), by: Band(), fallback: try records())
            #expect(try act(&alone, on: [observation]) == [all[row]])
        }
    }

    /// Chooses the number that it sees.
    private struct Choosing: Policy {
        let observationSize = 1, actionSize = 1
        let actionChoices: Int? = 3

        mutating func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) {
            for row in 0..<streams.count { actions[row] = observations[row] }
        }
    }

    @Test func ofChoicesTheMostRecordedIsDone() throws {
        // Recorded: choice 1 in state 2, three times, and choice 0 in state 0.
        let observations = Matrix(4, 1, [2, 2, 2, 0])
        let actions = Matrix(4, 1, [1, 1, 1, 0])
        let pairs = Matrix(4, 4, [2, 0, 1, 0, 2, 0, 1, 0, 2, 0, 1, 0, 0, 1, 0, 0])
        let guardian = try CountGuardian(.init(), fittedTo: try GuardianData(points: pairs))
        let records = try RecordedActions(observations: observations, actions: actions, choices: 3)
        var policy = Guarded(Choosing(), by: guardian, fallback: records)
        #expect(try act(&policy, on: [2, 0]) == [1, 0])
        #expect(policy.log.counts == [.outside: 1] && policy.log.outsideAnyway == 0)
        // Where nothing was recorded, something is done all the same, and it is said.
        #expect(try act(&policy, on: [1]) == [0])
        #expect(policy.log.outsideAnyway == 1)
    }

    @Test func anEvaluationEndsWithThePolicysOwnError() throws {
        struct Refusing: Policy {
            let observationSize = 1, actionSize = 1
            mutating func act(
                on observations: Span<Float>, actions: inout MutableSpan<Float>,
                using streams: inout MutableSpan<RandomStream>
            ) throws { throw Proposing.Failure() }
        }
        #expect(throws: Proposing.Failure.self) {
            try Evaluator(episodes: 2, seed: 0, retries: 3).run(Refusing(), in: StillTask.self)
        }
    }

    /// One observation, one action, three steps.
    private struct StillTask: Environment {
        static let name = "still"
        var observationSpace: Space { .box(1, in: -1...1) }
        var actionSpace: Space { .box(1, in: -1...1) }
        var timeLimit: Int { 3 }
        mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) { observation[0] = 0 }
        mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
            observation[0] = 0
            return StepOutcome(reward: 0, cost: 0)
        }
    }
}
