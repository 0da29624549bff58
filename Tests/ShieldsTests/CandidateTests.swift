import Rules
import SafeRL
import Shields
import TestSupport
import Testing

/// Candidates that were drawn with a proposal, and what a shield does without memory of its own.
@Suite struct CandidateTests {
    @Test func candidatesComeBeforeFurtherDraws() throws {
        let rules = try cartRules("rule slow: accel <= 0.4")
        let policy = Candidates()
        let (evaluation, shield) = try shielded(policy, rules, reacting: [.resample(8), .stop])
        let entries = shield.episodes.flatMap(\.entries)
        #expect(!entries.isEmpty && entries.allSatisfy { $0.outcome == .resampled || $0.outcome == .allowed })
        for entry in entries where entry.outcome == .resampled && entry.proposed[0] <= 0.9 {
            // The second of the same draw.
            #expect(entry.executed == [entry.proposed[0] - 0.5] && entry.tries == 0)
        }
        for entry in entries where entry.proposed[0] > 0.9 {
            #expect(entry.executed == [entry.proposed[0] - 1] && entry.tries == 0)
        }
        // Asking for candidates draws nothing from the episode's stream.
        let free = try Evaluator(episodes: 6, seed: 3).run(policy, in: Cart.self, keeping: 6)
        let asked = entries.filter { $0.episode == 0 }.map { $0.proposed[0] }
        let length = min(asked.count, free.actions[0].count)
        #expect(length > 5 && asked.prefix(length) == free.actions[0].prefix(length))
        #expect(evaluation.actions.joined().allSatisfy { $0 <= 0.4 })
    }

    @Test func drawsFollowWhereNoCandidateIsAllowed() throws {
        let rules = try cartRules("rule narrow: accel >= 0.8 and accel <= 0.85")
        let (_, shield) = try shielded(Candidates(), rules, reacting: [.resample(40), .stop])
        let entries = shield.episodes.flatMap(\.entries).filter { $0.outcome == .resampled }
        #expect(!entries.isEmpty && entries.allSatisfy { $0.tries > 0 && $0.executed?[0] ?? 0 <= 0.85 })
    }

    @Test func aControllerAsksForCandidatesToo() throws {
        let rules = try cartRules("rule slow: accel <= 0.4")
        var controller = try GuardedController(
            Candidates(), ShieldPlan(rules, reactions: [.resample(1), .stop]), actions: .box(1, in: -1...1),
            seed: 2)
        for _ in 0..<10 {
            guard case .act(let action) = try controller.step([0, 0]) else { break }
            #expect(action[0] <= 0.4 && controller.entry?.tries == 0)
            controller.settle()
        }
        #expect(controller.progress.steps == 10)
    }

    /// Nobody to ask.
    private struct Nobody: ProposalSource {
        let choices: [[Float]] = []
        mutating func another() -> [Float]? { nil }
        mutating func choice(among allowed: [Bool]) -> Int? { nil }
    }

    @Test(.enabled(if: MallocCounter.worksInRelease)) func allowedStepsAllocateNothing() throws {
        let rules = try cartRules(
            "rule wide: abs(accel) <= 1\nrule slow: next_speed <= 10\nrule few: count[0..9](accel > 0.8) <= 10\n"
                + "watch fast: speed <= 10")
        var plan = ShieldPlan(rules, reactions: Reaction.standard)
        plan.logging = .nothing
        var episode = GuardedEpisode(plan, number: 0, actions: .box(1, in: -1...1))
        let proposal = ActionProposal(episode: 0, step: 0, observation: [0.5, 0.25], action: [0.125])
        var source = Nobody()
        func steps(_ count: Int) {
            for _ in 0..<count {
                _ = episode.review(proposal, of: &source)
                episode.settle(isEnd: false)
            }
        }
        steps(50)
        let count = MallocCounter.fewest { steps(50) }
        #expect(count == 0, "\(count) allocations")
    }
}
