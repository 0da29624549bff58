import Alignment
import Foundation
import TestSupport
import Testing

/// Searches beside an independent program.
@Suite struct SearchTests {
    struct Node: Decodable, Equatable {
        let tokens: [Int]
        let reward: Double?
    }
    struct Calls: Decodable, Equatable { let policy, mrm, prm: Int }
    struct Trace: Decodable {
        let answer: [Int]
        let reward: Double?
        let trace: [[Node]]
        let calls: Calls
    }
    struct Case: Decodable {
        let V, eos, budget, steps, min_new: Int
        let policy, mrm: [[Double]]
        let bias: [Double]
        let unseen, prompt: [Int]
        let top_p: Double
        let released, latest: Trace
    }
    struct Supervision: Decodable {
        let scores, gradient: [[Double]]
        let tokens: [Int]
        let rewards: [Double]
        let loss: Double
    }
    struct Rebase: Decodable {
        let rewards, weights: [Double]
        let temperature: Double
        let budget: Int
        let widths: [Int]
    }
    struct Tables: Decodable {
        let search: [Case]
        let partial_supervision: [Supervision]
        let rebase: [Rebase]
    }

    /// Numbers that depend on the last token alone.
    struct Table: SearchModel {
        let policy, rewards: [[Double]]
        var asked = 0

        mutating func looks(behind sequences: [[Int]]) -> [SearchLook] {
            asked += 1
            return sequences.map { sequence in
                let last = sequence[sequence.count - 1]
                return SearchLook(logits: policy[last], rewards: rewards[last])
            }
        }
    }

    private static func tables() throws -> Tables {
        try Golden.decode(Tables.self, "alignment", "saffron.json")
    }

    @Test func tracesAndCallsAreThoseOfTheReference() throws {
        let all = try Self.tables().search
        #expect(!all.isEmpty)
        for one in all {
            for (ranking, expected) in [
                (GuardedSearch.Ranking.released, one.released), (.latest, one.latest),
            ] {
                var search = GuardedSearch(budget: one.budget, end: one.eos)
                (search.steps, search.share, search.leastTokens) = (one.steps, one.top_p, one.min_new)
                (search.ranking, search.unseen) = (ranking, Set(one.unseen))
                var model = Table(policy: one.policy, rewards: one.mrm.map { zip($0, one.bias).map(+) })
                let found = try search(one.prompt, &model)
                let trace = found.trace.map { step in
                    step.map { Node(tokens: $0.tokens, reward: $0.reward.isFinite ? $0.reward : nil) }
                }
                #expect(trace == expected.trace, "\(ranking)")
                #expect(found.answer?.tokens == expected.answer)
                #expect(
                    Calls(policy: found.calls.policy, mrm: found.calls.head, prm: found.calls.scalar)
                        == expected.calls)
                #expect(model.asked <= one.steps)
            }
        }
    }

    /// In the released ranking a bad text that has ended keeps its place beside better ones that go on.
    @Test func onlyTheReleasedRankingKeepsABadEnd() throws {
        // Token 0 ends the text at a reward of −5; token 1 goes on at 1.
        let model = Table(policy: [[0, 0], [0, 0]], rewards: [[-5, 1], [-5, 1]])
        for (ranking, tokens) in [(GuardedSearch.Ranking.released, [0]), (.latest, [1, 1, 1])] {
            var search = GuardedSearch(budget: 2, end: 0)
            (search.steps, search.leastTokens, search.share, search.ranking) = (3, 0, 1, ranking)
            var copy = model
            #expect(try search([1], &copy).answer?.tokens == tokens, "\(ranking)")
        }
    }

    /// What is no number is neither likely nor safe.
    @Test func whatIsNoNumberIsNotTrusted() throws {
        var model = Table(
            policy: [[0, 9, .nan], [0, 9, .nan], [0, 0, 0]],
            rewards: [[1, .nan, 3], [1, .nan, 3], [0, 0, 0]])
        var search = GuardedSearch(budget: 1, end: 0)
        (search.steps, search.leastTokens, search.share) = (1, 0, 1)
        #expect(try search([1], &model).answer?.tokens == [0])
        search.share = 0.5
        #expect(try search([1], &model).answer?.reward == GuardedSearch.unseenReward)
        var nothing = Table(policy: [[.nan, -.infinity]], rewards: [[0, 0]])
        #expect(try search([0], &nothing).answer == nil)
    }

    @Test func onlyTheTokenThatFollowedHasATarget() throws {
        let all = try Self.tables().partial_supervision
        #expect(!all.isEmpty)
        for one in all {
            let value = PartialSupervision(scores: one.scores, tokens: one.tokens, rewards: one.rewards)
            #expect(value.loss.isWithin(1e-12, of: one.loss))
            for (row, expected) in zip(value.gradient, one.gradient) {
                #expect(zip(row, expected).allSatisfy { $0.isWithin(1e-12, of: $1, floor: 1e-15) })
            }
            #expect(value.gradient.count == one.gradient.count)
        }
        #expect(PartialSupervision.unseen(vocabulary: 5, in: [[4, 1, 2], [0], [3, 1]]) == [0, 3, 4])
    }

    @Test func widthsAreThoseOfTheReference() throws {
        let all = try Self.tables().rebase
        #expect(!all.isEmpty)
        for one in all {
            let widths = RebaseWidths(rewards: one.rewards, budget: one.budget, temperature: one.temperature)
            #expect(zip(widths.weights, one.weights).allSatisfy { $0.isWithin(1e-12, of: $1, floor: 1e-300) })
            #expect(widths.widths == one.widths)
        }
        #expect(RebaseWidths(rewards: [0, -.infinity, 0], budget: 1, temperature: 1).widths == [1, 0, 1])
        #expect(BestOfN.pick([.nan, 1, 3, 3]) == 2)
        #expect(BestOfN.pick([.nan]) == nil)
    }
}
