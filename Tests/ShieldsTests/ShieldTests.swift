import Environments
import Rules
import SafeRL
import Shields
import Testing

@Suite struct ShieldTests {
    @Test func whatIsAllowedIsDoneBitForBit() throws {
        let policy = Uniform(observationSize: 2, actionSize: 1)
        let free = try Evaluator(episodes: 6, seed: 3).run(policy, in: Cart.self, keeping: 6)
        let (guarded, shield) = try shielded(
            policy, try cartRules("rule wide: abs(accel) <= 1"), reacting: Reaction.standard)
        #expect(guarded == free)
        #expect(shield.summary.interventions == 0 && shield.summary.untouched == 6)
        #expect(shield.summary.steps == free.episodes.reduce(0) { $0 + $1.length })
    }

    @Test func nothingIsDoneThatARuleRefuses() throws {
        let rules = try cartRules(
            "rule slow: next_speed <= 0.3\nrule smooth: abs(accel - before(accel, 0)) <= 0.6")
        for reactions: [Reaction] in [[.resample(8)], [.fallback], [.resample(2), .fallback], [.idle]] {
            let (evaluation, shield) = try shielded(
                Uniform(observationSize: 2, actionSize: 1, low: -0.5), rules, reacting: reactions + [.stop])
            #expect(shield.summary.brokenSteps == 0 && shield.summary.interventions > 0, "\(reactions)")
            for (episode, actions) in evaluation.actions.enumerated() {
                let seen = evaluation.traces[episode]
                for (step, action) in actions.enumerated() {
                    #expect(seen[2 * step + 1] + 0.1 * action <= 0.3)
                    #expect(abs(action - (step > 0 ? actions[step - 1] : 0)) <= 0.6)
                }
            }
        }
    }

    @Test func resultsDoNotDependOnWhatRunsSideBySide() throws {
        let rules = try cartRules("rule slow: next_speed <= 0.2\nrule few: count[0..5](accel > 0.5) <= 1")
        let results = try [1, 2, 128].map {
            try shielded(
                Uniform(observationSize: 2, actionSize: 1), rules, reacting: Reaction.standard, episodes: 9,
                concurrency: $0)
        }
        for (evaluation, shield) in results {
            #expect(evaluation == results[0].0)
            #expect(shield.summary == results[0].1.summary)
        }
    }

    @Test func aPolicyWithoutDrawsIsNotAskedAgain() throws {
        let (_, shield) = try shielded(
            Constant([1]), try cartRules("rule slow: accel <= 0.5"),
            reacting: [.resample(8), .fallback, .stop])
        let entries = shield.episodes.flatMap(\.entries)
        #expect(entries.allSatisfy { $0.tries == 0 && $0.outcome == .fallback && $0.executed == [-0.1] })
        #expect(shield.summary.outcomes == ["fallback": shield.summary.steps])
    }

    @Test func anEpisodeThatNothingIsAllowedInStopsBeforeTheStep() throws {
        let (evaluation, shield) = try shielded(
            Constant([1]), try cartRules("rule never_ever: accel > 2"), reacting: [.fallback, .stop])
        #expect(evaluation.episodes.allSatisfy { $0.length == 0 && $0.isStopped && $0.end == .truncated })
        #expect(shield.summary.deadEnds == 6 && shield.summary.outcomes == ["stopped": 6])
        #expect(shield.summary.steps == 6 && shield.summary.stepsDone == 0)
        let report = EvaluationReport(
            evaluation.episodes, seed: 3,
            extent: EpisodeExtent(of: EnvironmentVector(Cart.self, slots: 1), isShielded: true))
        #expect(report.lengthMean == 0)
        #expect(try evaluation.episodes.jsonLines().contains("\"stopped\":true"))
    }

    @Test func whereNothingCanStopTheFallbackActsUnprotected() throws {
        let (evaluation, shield) = try shielded(
            Constant([1]), try cartRules("rule never_ever: accel > 2"), reacting: [.stop]
        ) { $0.canStop = false }
        #expect(evaluation.episodes.allSatisfy { $0.length == 40 && !$0.isStopped })
        #expect(evaluation.actions.joined().allSatisfy { $0 == -0.1 })
        #expect(shield.summary.unprotected == 240 && shield.summary.brokenSteps == 240)
    }

    @Test func masksDrawByThePolicysProbabilities() throws {
        let rules = try cartRules("rule forward: accel >= 0")
        let (evaluation, shield) = try shielded(
            Chooser(law: [0.8, 0.05, 0.15]), rules, reacting: [.mask, .stop], episodes: 60)
        let actions = evaluation.actions.joined()
        #expect(actions.allSatisfy { $0 >= 0 })
        let share = Double(actions.count { $0 == 1 }) / Double(actions.count)
        #expect(abs(share - 0.75) < 0.04)
        #expect(shield.summary.outcomes["masked", default: 0] > 0)
        // A policy that gives the allowed ones nothing still acts.
        let (other, _) = try shielded(Chooser(law: [1, 0, 0]), rules, reacting: [.mask, .stop])
        #expect(other.actions.joined().allSatisfy { $0 >= 0 } && other.episodes.allSatisfy { !$0.isStopped })
    }

    @Test func alarmsAreWrittenDownOrAnswered() throws {
        let rules = try cartRules("rule wide: abs(accel) <= 1\nwatch fast: speed <= 0.35")
        let (_, logged) = try shielded(Constant([1]), rules, reacting: Reaction.standard)
        #expect(logged.summary.alarms == ["fast": 6] && logged.summary.interventions == 0)
        let (stopped, _) = try shielded(Constant([1]), rules, reacting: Reaction.standard) {
            $0.onAlarm = .stop
        }
        #expect(stopped.episodes.allSatisfy { $0.length == 4 && $0.isStopped })
        let (braked, shield) = try shielded(Constant([1]), rules, reacting: Reaction.standard) {
            $0.onAlarm = .fallback(3)
        }
        #expect(Array(braked.actions[0].prefix(8)) == [1, 1, 1, 1, -0.1, -0.1, -0.1, 1])
        #expect(shield.summary.outcomes["fallback", default: 0] > 0)
    }

    @Test func aTriggerThatNothingServedIsBrokenByTheEnd() throws {
        let rules = try cartRules("rule served: speed > 0.25 leads to accel < 0 before end")
        let (evaluation, shield) = try shielded(Constant([1]), rules, reacting: [.stop])
        // The task ends the episode, which nobody knows before: the rule is broken by the last step.
        #expect(evaluation.episodes.allSatisfy { $0.end == .terminated })
        #expect(shield.summary.brokenSteps == 6)
    }

    @Test func theLastStepOfALimitIsJudgedAsTheEnd() throws {
        let rules = try cartRules("rule served: speed > 0.25 leads to accel < 0 before end")
        let slow = Constant([0.065])
        let (evaluation, shield) = try shielded(slow, rules, reacting: [.fallback, .stop])
        let late = evaluation.episodes.indices.filter { evaluation.episodes[$0].length == 40 }
        #expect(!late.isEmpty && late.allSatisfy { evaluation.actions[$0].last == -0.1 })
        #expect(shield.episodes.filter { $0.steps == 40 }.allSatisfy { $0.broken == [0] })
    }

    @Test func whatCannotBeJudgedIsRefused() throws {
        let rules = try cartRules("rule root: sqrt(speed) <= 10")
        let (evaluation, shield) = try shielded(Constant([-1]), rules, reacting: [.fallback, .stop])
        #expect(evaluation.episodes.allSatisfy { $0.isStopped && $0.length < 3 })
        #expect(shield.summary.notJudged == 6 && shield.summary.brokenSteps == 0)
    }

    @Test(arguments: [
        [Float.nan], [Float.infinity],
    ]) func aProposalThatIsNoActionIsReplaced(_ action: [Float]) throws {
        let rules = try cartRules("rule wide: abs(accel) <= 1")
        let (evaluation, shield) = try shielded(Constant(action), rules, reacting: [.fallback, .stop])
        #expect(evaluation.actions.joined().allSatisfy { $0 == -0.1 })
        #expect(shield.summary.notJudged == shield.summary.steps)
    }

    @Test func anObservationThatIsNoNumberAllowsNothing() throws {
        let plan = ShieldPlan(try cartRules("rule slow: speed <= 1 or accel < 0"), reactions: [.idle, .stop])
        var episode = GuardedEpisode(plan, number: 0, actions: Cart().actionSpace)
        var source = Silent()
        let decision = episode.review(
            ActionProposal(episode: 0, step: 0, observation: [0, .nan], action: [0]), of: &source)
        #expect(decision == .stop && episode.tally.notJudged == 1)
    }

    @Test func pastAStepThatCouldNotBeJudgedNothingIsAllowed() throws {
        var plan = ShieldPlan(try cartRules("rule slow: speed <= 1"), reactions: [.stop])
        plan.canStop = false
        plan.fallback = Fallback("brake", Constant([-0.1]))
        var episode = GuardedEpisode(plan, number: 0, actions: Cart().actionSpace)
        var source = Silent()
        for (step, speed) in [Float.nan, 0, 0].enumerated() {
            let decision = episode.review(
                ActionProposal(episode: 0, step: step, observation: [0, speed], action: [0.5]), of: &source)
            episode.settle(isEnd: false)
            #expect(decision == .act([-0.1]))
        }
        #expect(episode.tally.outcomes == [.unprotected: 3])
    }

    @Test func actionsBeyondTheRangeAreJudgedAsTheEnvironmentClipsThem() throws {
        let (evaluation, shield) = try shielded(
            Constant([7]), try cartRules("rule wide: accel <= 1"), reacting: [.stop])
        #expect(evaluation.actions.joined().allSatisfy { $0 == 1 } && shield.summary.interventions == 0)
    }
}

/// Nobody to ask.
private struct Silent: ProposalSource {
    let choices: [[Float]] = []
    mutating func another() -> [Float]? { nil }
    mutating func choice(among allowed: [Bool]) -> Int? { nil }
}
