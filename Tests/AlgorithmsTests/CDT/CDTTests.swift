import Algorithms
import SafeRL
import TestSupport
import Testing

/// A CDT small enough for a test.
enum TinyCDT {
    /// Windows enough for two parts unless said otherwise.
    static func options(_ change: (inout CDT.Configuration) -> Void = { _ in }) -> CDT.Configuration {
        var c = CDT.Configuration()
        (c.windows, c.contextLength, c.width, c.blocks, c.heads) = (12, 4, 8, 2, 2)
        c.relabelling = .corrected(
            .with { ($0.degree, $0.maxReward, $0.maxRewardDecrease, $0.share) = (1, 40, 5, 0.5) })
        c.target = .stated(.with { ($0.reward, $0.cost) = (20, 2) })
        change(&c)
        return c
    }

    /// 30 episodes of 3 observations and 2 actions whose first action follows the first observation; two lengths, three costs.
    static func data(seed: UInt64 = 3, longest: Int = 9) throws -> TransitionDataset {
        var stream = RandomStream(seed: seed, for: .testing)
        var columns = TransitionColumns(observationSize: 3, actionSize: 2)
        for episode in 0..<30 {
            // Six pairs of cost and return, five episodes of each, so that a grid keeps them.
            let length = episode % 2 == 0 ? 3 : longest
            for step in 0..<length {
                let state = (0..<3).map { _ in stream.nextUniform(in: -1..<1) }
                columns.append(
                    observation: state, action: [0.8 * state[0], 0], nextObservation: state,
                    reward: 1, cost: step < episode % 3 ? 1 : 0,
                    terminated: step == length - 1 && episode % 2 == 0,
                    truncated: step == length - 1 && episode % 2 == 1)
            }
        }
        return try TransitionDataset(columns)
    }

    static func run(
        steps: Int, _ change: (inout CDT.Configuration) -> Void = { _ in }
    ) throws -> TrainedRun<CDT> {
        try TrainedRun(options(change), on: data(), steps: steps, log: 3)
    }
}

@Suite struct CDTTests {
    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try TinyCDT.run(steps: 8).expectEqualBitsOfEqualSeeds()
    }

    @Test(arguments: [CDT.ActionHead.gaussian, .deterministic])
    func interruptionsLeaveNoTrace(_ actions: CDT.ActionHead) throws {
        try TinyCDT.run(steps: 12) { $0.actions = actions }.expectNoTraceOfInterruptions(after: [1, 2, 5, 11])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        try TinyCDT.run(steps: 3) { ($0.windows, $0.width, $0.heads) = (160, 64, 4) }
            .expectEqualBitsForAnyThreads()
    }

    @Test func partsOfTheWindowsAddUpToAllOfThem() throws {
        // 300 windows are three parts; the loss is one mean over all of them.
        func options(_ windows: Int) -> CDT.Configuration {
            TinyCDT.options {
                ($0.windows, $0.embeddingDropout, $0.attentionDropout, $0.residualDropout) = (
                    windows, 0, 0, 0
                )
            }
        }
        let data = try TinyCDT.data()
        let whole = try CDT(options(300), on: data, seed: 1)
        whole.sequences.fill(whole.batch, picks: (0..<300).map { (sequence: $0 % 30, start: $0 % 3) })
        var losses: [Float] = []
        var rows: [Float] = []
        for part in 0..<3 {
            let same = try CDT(options(100), on: data, seed: 1)
            let picks = (part * 100..<part * 100 + 100).map { (sequence: $0 % 30, start: $0 % 3) }
            same.sequences.fill(same.batch, picks: picks)
            rows.append(Float(same.batch.rows))
            losses.append(try same.learn().actionLoss)
        }
        let mean = zip(losses, rows).reduce(0) { $0 + $1.0 * $1.1 } / rows.reduce(0, +)
        let loss = try whole.learn().actionLoss
        #expect(abs(loss - mean) < 1e-4 * abs(mean))
    }

    @Test func itLearnsWhatWasDone() throws {
        let data = try TinyCDT.data()
        let cdt = try CDT(
            TinyCDT.options {
                ($0.windows, $0.width, $0.learningRate, $0.warmUp) = (32, 32, 3e-3, 10)
                ($0.embeddingDropout, $0.attentionDropout, $0.residualDropout) = (0, 0, 0)
                ($0.actions, $0.relabelling) = (.deterministic, .none)
            }, on: data, seed: 2)
        let first = try cdt.update().actionLoss
        var last = first
        for _ in 0..<300 { last = try cdt.update().actionLoss }
        #expect(last < 0.1 * first, "\(first) to \(last)")
    }

    @Test func aCopyBeginsWithItsLabels() throws {
        let cdt = try CDT(TinyCDT.options(), on: try TinyCDT.data(), seed: 1)
        #expect(cdt.sequences.sequences.count > 30)
        #expect(cdt.selection?.hasPrefix("30 episodes, and ") == true)
    }

    @Test func aLongerEpisodeThanThePolicyWasMadeForIsRefused() throws {
        let policy = try CDT(
            TinyCDT.options { $0.episodeLength = 10 }, on: try TinyCDT.data(), seed: 1
        ).makePolicy()
        _ = try Self.act(policy, step: 9)
        let error = #expect(throws: (any Error).self) { _ = try Self.act(policy, step: 10) }
        #expect(
            error.map { "\($0)" }
                == "the policy was made for episodes of 10 steps, and one goes on. Train with a larger cdt.episodeLength, "
                + "or with 0, which takes later steps for the last recorded one, or act where episodes are that short."
        )
    }

    /// What a policy does at a step of an episode of zeros.
    private static func act(_ policy: any Policy, step: Int) throws -> [Float] {
        var (policy, seen) = (policy, [Float](repeating: 0, count: policy.inputSize))
        let width = policy.seenSize + policy.actionSize
        for past in 0...policy.memory {
            seen[past * width + policy.observationSize] = Float(max(step - policy.memory + past, 0))
        }
        var (chosen, streams) = ([Float](repeating: 0, count: 2), [RandomStream(seed: 0, for: .action)])
        var span = chosen.mutableSpan, drawn = streams.mutableSpan
        try policy.act(on: seen.span, actions: &span, using: &drawn)
        return chosen
    }

    @Test func stepsBehindTheLongestRecordedEpisodeAreTakenForItsLast() throws {
        // The longest episode has 9 steps, and a context 4.
        let policy = try CDT(TinyCDT.options(), on: try TinyCDT.data(), seed: 1).makePolicy()
        #expect(try Self.act(policy, step: 7) != Self.act(policy, step: 8))
        #expect(try Self.act(policy, step: 11) == Self.act(policy, step: 500))
        #expect(try Self.act(policy, step: 8) != Self.act(policy, step: 11))
        // Of a context of 4 steps the first is the last but one of the table at step 10, and the last at step 11.
        #expect(try Self.act(policy, step: 10) != Self.act(policy, step: 11))
    }

    @Test func atTheBoundaryEveryContextBeginsWithTheLimit() throws {
        // Costs are 0, 1 and 2, of ten episodes each.
        func cdt(_ limit: Float, asking cost: Float) throws -> CDT {
            try CDT(
                TinyCDT.options {
                    $0.costToGo = .boundary(.with { $0.limit = limit })
                    ($0.relabelling, $0.sampling) = (.published(), .linear())
                    $0.target = .stated(.with { $0.cost = cost })
                }, on: try TinyCDT.data(), seed: 1)
        }
        let one = try cdt(1.5, asking: 1.5)
        #expect(one.selection == "20 of 30 episodes cost at most 1.5, and are labelled with that")
        #expect(one.sequences.sequences.allSatisfy { one.sequences.cost(of: $0) == 1.5 })
        #expect(one.sequences.sequences.map(\.episode) == (0..<30).filter { $0 % 3 < 2 })
        #expect(one.sequences.probabilities.allSatisfy { abs($0 - 0.05) < 1e-12 })
        // Position 2 is episode 3, which costs nothing; 3 is episode 4, whose first step costs 1.
        one.sequences.fill(
            one.batch, picks: [(sequence: 2, start: 1), (3, 0), (3, 1)] + Array(repeating: (2, 0), count: 9))
        let (batch, starts) = (one.batch, one.batch.starts)
        #expect(batch.costsToGo[starts[0], 0] == 1.5)
        #expect(batch.costsToGo[starts[1], 0] == 1.5 && batch.costsToGo[starts[1] + 1, 0] == 0.5)
        #expect(batch.costsToGo[starts[2], 0] == 0.5 && batch.episodeCosts[2, 0] == 1.5)
        _ = try one.update()
        #expect(try cdt(2, asking: 2).sequences.sequences.count == 30)

        func message(_ limit: Float, asking cost: Float) -> String? {
            do { _ = try cdt(limit, asking: cost) } catch { return "\(error)" }
            return nil
        }
        #expect(
            message(1, asking: 2)
                == "target: asks for a cost of 2.0, and every episode is labelled with costToGo.limit, 1.0. Ask for that cost, "
                + "or train with another costToGo.limit.")
        let dear = try numberedTransitions(costs: Array(repeating: 1, count: 9), timeouts: [3, 8])
        let error = #expect(throws: OptionIssue.self) {
            _ = try CDT(
                TinyCDT.options { $0.costToGo = .boundary(.with { $0.limit = 3 }) }, on: dear, seed: 1)
        }
        #expect(
            error?.description
                == "costToGo: no episode costs at most 3.0, the cheapest 4.0. Raise costToGo.limit, or write \"recorded\"."
        )
    }

    @Test func aContextLongerThanEveryEpisodeIsRefused() throws {
        // The longest episode has 9 steps, the others 3.
        _ = try CDT(TinyCDT.options { $0.contextLength = 9 }, on: try TinyCDT.data(), seed: 1)
        let error = #expect(throws: OptionIssue.self) {
            _ = try CDT(TinyCDT.options { $0.contextLength = 10 }, on: try TinyCDT.data(), seed: 1)
        }
        #expect(
            error?.description
                == "contextLength: 10 steps are more than the 9 of the longest recorded episode. Write at most 9."
        )
    }

    @Test func aPolicyOfTheBoundaryIsAskedForNoOtherCost() throws {
        let options = TinyCDT.options { $0.costToGo = .boundary(.with { $0.limit = 2 }) }
        let cdt = try CDT(options, on: try TinyCDT.data(), seed: 1)
        var writer = CheckpointWriter()
        try cdt.save(to: &writer)
        let reader = try CheckpointReader(of: writer)
        _ = try CDT.policy(options, from: reader)
        #expect(throws: OptionIssue.self) {
            _ = try CDT.policy(options.changed { $0.target = .stated(.with { $0.cost = 1 }) }, from: reader)
        }
    }

    @Test func constantsAreThoseOfEveryTask() throws {
        #expect(Set(CDTTask.all.map(\.name)) == Set(DSRLTask.all.map(\.shortName)))
        for constants in CDTTask.all {
            let task = try DSRLTask.named(constants.name)
            #expect(
                constants.targets.map(\.cost).last
                    == (constants.name == "CarCircle" || constants.name == "mediumdense"
                        ? 50 : Float(task.costLimits[2])),
                "\(constants.name)")
            #expect(constants.targets.prefix(2).map(\.cost) == task.costLimits.prefix(2).map { Float($0) })
        }
    }

    @Test func impossibleOptionsAreRefused() throws {
        let data = try TinyCDT.data()
        func message(_ change: (inout CDT.Configuration) -> Void) -> String? {
            do {
                let options = TinyCDT.options(change)
                try options.validate()
                _ = try CDT(options, on: data, seed: 1).makePolicy()
                return nil
            } catch { return "\(error)" }
        }
        #expect(message { _ in } == nil)
        #expect(message { $0.width = 9 } == "width: 9 is no multiple of heads, 2.")
        #expect(
            message { $0.headLayers = 3 }
                == "headLayers: 3: the head of a Gaussian has at most 2. Write 2, or actions \"deterministic\"."
        )
        #expect(
            message { $0.relabelling = .published() }
                == "relabelling: needs a task's degree, maxReward and maxRewardDecrease, and the data are of none that is "
                + "known. Name it as cdt.task, state the three, or write \"none\".")
        #expect(
            message { $0.target = .task() }
                == "target: \"task\" needs a task, and the data are of none that is known. Name it as cdt.task, or state a "
                + "target: {\"kind\": \"stated\", \"reward\": R, \"cost\": C}.")
        #expect(message { ($0.target, $0.task) = (.task(), "BallRun") } == nil)
        #expect(
            message { $0.task = "BalRun" }
                == "task: \"BalRun\" is not one of the 38 DSRL tasks. Did you mean \"BallRun\"?")
        #expect(
            message { $0.episodeLength = 5 }
                == "episodeLength: 5 is less than the 9 steps of a recorded episode. Write 9 or more, or 0.")
        #expect(
            message {
                $0.sampling = .linear(.with { $0.ceiling = 1e-9 }); $0.relabelling = .none
            } == nil)
    }

    @Test func costsThatTheClassifierDoesNotKnowAreRefused() throws {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        for row in 0..<4 {
            columns.append(
                observation: [0], action: [0], nextObservation: [0], reward: 0, cost: row == 2 ? 2.5 : 0,
                terminated: false, truncated: row == 3)
        }
        let data = try TransitionDataset(columns)
        let options = TinyCDT.options { $0.relabelling = .none }
        let error = #expect(throws: OptionIssue.self) { _ = try CDT(options, on: data, seed: 1) }
        #expect(
            error?.description
                == "costWeight: the classifier tells no cost from a cost of 1, and row 2 costs 2.5. "
                + "Write costWeight 0, which does without it.")
        _ = try CDT(TinyCDT.options { ($0.relabelling, $0.costWeight) = (.none, 0) }, on: data, seed: 1)
            .update()
    }

    @Test(.enabled(if: MallocCounter.worksInRelease, "needs a release build"))
    func anUpdateAllocatesNothing() throws {
        let cdt = try CDT(TinyCDT.options { $0.windows = 64 }, on: try TinyCDT.data(), seed: 1)
        for _ in 0..<60 { _ = try cdt.update() }
        let count = try MallocCounter.fewest { _ = try cdt.update() }
        #expect(count == 0, "\(count) allocations")
    }
}
