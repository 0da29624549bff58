import Rules
import SafeRL
import Shields
import Testing

/// The reaction that undoes steps.
@Suite struct RollBackTests {
    private let policy = Uniform(observationSize: 2, actionSize: 1, low: -0.4)

    @Test func anEpisodeGoesOnFromBeforeTheFlagWithOtherDraws() throws {
        let (evaluation, shield) = try shielded(policy, .none, reacting: [.rollBack(10)], episodes: 40) {
            $0.watch = SpeedWatch(above: 0.45)
        }
        let summary = shield.summary
        #expect(summary.rollBacks ?? 0 > 10 && summary.undone ?? 0 > summary.rollBacks ?? 0)
        let free = try Evaluator(episodes: 40, seed: 3).run(policy, in: Cart.self)
        let violated = { (evaluation: Evaluation) in evaluation.episodes.count { $0.isViolated } }
        #expect(violated(free) > 10 && violated(evaluation) < violated(free), "\(violated(evaluation))")
        for (episode, record) in evaluation.episodes.enumerated() {
            // What was undone is in no record: observations follow from the actions that are.
            #expect(evaluation.actions[episode].count == record.length)
            let seen = evaluation.traces[episode]
            #expect(seen.count == 2 * (record.length + 1))
            for (step, action) in evaluation.actions[episode].enumerated() {
                #expect(abs(seen[2 * step + 3] - seen[2 * step + 1] - 0.1 * action) < 1e-6)
            }
            let speeds = (1...record.length).map { Double(seen[2 * $0 + 1]) }
            #expect(abs(record.totalReward - speeds.reduce(0, +)) < 1e-4)
        }
        #expect(shield.episodes.allSatisfy { $0.rollBacks <= 5 })
    }

    @Test func refusedProposalsGoBackToo() throws {
        let rules = try cartRules("rule slow: next_speed <= 0.2")
        let (evaluation, shield) = try shielded(policy, rules, reacting: [.rollBack(4), .fallback, .stop])
        #expect(shield.summary.brokenSteps == 0 && shield.summary.rollBacks ?? 0 > 0)
        #expect(shield.summary.outcomes["rolled back"] == shield.summary.rollBacks)
        #expect(shield.summary.outcomes["fallback", default: 0] > 0)
        for seen in evaluation.traces {
            #expect(stride(from: 1, to: seen.count, by: 2).allSatisfy { seen[$0] <= 0.2001 })
        }
    }

    @Test func itDoesNotDependOnWhatRunsSideBySide() throws {
        let results = try [1, 3, 128].map { concurrency in
            try shielded(
                policy, try cartRules("rule slow: next_speed <= 0.3"), reacting: [.rollBack(6), .stop],
                episodes: 12, concurrency: concurrency
            ) { $0.watch = SpeedWatch(above: 0.25, confirm: 2) }
        }
        for (evaluation, shield) in results {
            #expect(evaluation == results[0].0 && shield.summary == results[0].1.summary)
        }
    }

    @Test func aRefusalInTheFirstStepHasNowhereToGo() throws {
        let (evaluation, shield) = try shielded(
            Constant([1]), try cartRules("rule never_ever: accel > 2"), reacting: [.rollBack(5), .stop])
        #expect(evaluation.episodes.allSatisfy { $0.length == 0 && $0.isStopped })
        #expect(shield.summary.rollBacks == 0 && shield.summary.undone == 0)
    }

    @Test func whereNothingCanBeUndoneItIsRefused() throws {
        let plan = ShieldPlan(.none, reactions: [.rollBack(5), .stop])
        #expect(throws: ReactionFault.self) { try plan.check(EnvironmentVector(Still.self, slots: 1)) }
        #expect(throws: ReactionFault.self) {
            try GuardedController(Constant([0]), plan, actions: Cart().actionSpace, seed: 0)
        }
        #expect(throws: ReactionFault.self) {
            try GuardedEnvironment(EnvironmentVector(Cart.self, slots: 1), plan)
        }
    }

    @Test func theNumberOfStepsIsRead() throws {
        #expect(try Reaction.list("roll-back:7,stop") == [.rollBack(7), .stop])
        #expect(try Reaction.list("roll-back")[0].text == "roll-back:40")
        for text in ["roll-back:0", "roll-back:41", "roll-back:x"] {
            #expect(throws: ReactionFault.self) { try Reaction.list(text) }
        }
    }
}

/// A cart that nobody can copy.
private struct Still: Environment {
    static let name = "still"
    private var cart = Cart()

    var observationSpace: Space { cart.observationSpace }
    var actionSpace: Space { cart.actionSpace }
    var timeLimit: Int { cart.timeLimit }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        cart.reset(seed: seed, observation: &observation)
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        cart.step(action, observation: &observation)
    }
}
