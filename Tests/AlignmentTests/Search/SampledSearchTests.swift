import Alignment
import Testing

/// Best of N and Rebase on laws that are known.
@Suite struct SampledSearchTests {
    /// Token 0 ends; 1 and 2 are as likely as each other, and 2 is worth more.
    private static func model() -> SearchTests.Table {
        SearchTests.Table(
            policy: [[0, 0, 0], [-1, 0, 0], [-1, 0, 0]], rewards: [[0, 0, 0], [-3, 0, 1], [-2, 0, 1]])
    }

    private static func run(
        _ budget: Int, _ rebalance: SampledSearch.Rebalance?, seed: UInt64 = 1, steps: Int = 6
    ) throws -> GuardedSearch.Result {
        var search = SampledSearch(budget: budget, end: 0, rebalance: rebalance)
        (search.steps, search.leastTokens, search.share) = (steps, steps, 1)
        var (model, random) = (model(), SplitMix(seed: seed))
        return try search([1], &model, using: &random)
    }

    @Test func answersAreDrawnSideBySide() throws {
        let found = try Self.run(8, nil)
        #expect(found.trace.count == 6 && found.trace.allSatisfy { $0.count == 8 })
        #expect(found.calls.policy == 48 && found.calls.head == 48)
        #expect(found.answer?.tokens.count == 6 && found.answer?.reward == 1)
        #expect(found.trace.last?.contains { $0.tokens.contains(0) } == false)
        #expect(try Self.run(8, nil) == found)
        #expect(try Self.run(8, nil, seed: 2) != found)
    }

    /// Of 2,000 tokens each of two equally likely ones is drawn 1,000 ± 170 times but for a chance below 1e-13.
    @Test func tokensAreDrawnByTheirProbability() throws {
        let drawn = try Self.run(2000, nil, steps: 1).trace[0].map(\.tokens[0])
        #expect(drawn.count { $0 == 1 } + drawn.count { $0 == 2 } == 2000)
        #expect(abs(drawn.count { $0 == 1 } - 1000) < 170)
    }

    /// At a low temperature all children are those of the best node, so that only the first token of each node is drawn at odds.
    @Test func promisingNodesGetTheChildren() throws {
        let plain = try Self.run(16, nil)
        let found = try Self.run(16, .init(every: 1, temperature: 0.05))
        func others(_ result: GuardedSearch.Result) -> Int {
            result.trace.last?.reduce(0) { $0 + $1.tokens.dropLast().count { $0 != 2 } } ?? -1
        }
        #expect(others(found) == 0 && others(plain) > 20)
        // Widths are rounded, so that there may be fewer nodes and never more.
        #expect(found.trace.allSatisfy { 10...16 ~= $0.count })
    }

    @Test func whatHasEndedStaysAndTheBestIsFirst() throws {
        var search = SampledSearch(budget: 12, end: 0, rebalance: .init(every: 2, temperature: 1))
        (search.steps, search.leastTokens, search.share) = (30, 0, 1)
        var (model, random) = (Self.model(), SplitMix(seed: 5))
        let found = try search([1], &model, using: &random)
        #expect(found.trace.allSatisfy { $0.count <= 12 })
        let last = try #require(found.trace.last)
        #expect(zip(last, last.dropFirst()).allSatisfy { $0.reward >= $1.reward })
        #expect(last.contains(where: \.isEnded) && last.allSatisfy { $0.isEnded == ($0.tokens.last == 0) })
        for (before, after) in zip(found.trace, found.trace.dropFirst()) {
            let ended = before.filter(\.isEnded)
            #expect(after.filter(\.isEnded).count >= ended.count && Set(ended).isSubset(of: after))
        }
    }

    @Test func whereNothingMayFollowThereIsNoAnswer() throws {
        var nothing = SearchTests.Table(policy: [[.nan, .nan]], rewards: [[0, 0]])
        var random = SplitMix(seed: 1)
        #expect(try SampledSearch(budget: 3, end: 1)([0], &nothing, using: &random).answer == nil)
    }
}
