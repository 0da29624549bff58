import Algorithms
import OffPolicyEvaluation
import SafeRL
import Testing

@Suite struct DrawnPolicyTests {
    @Test func drawsHaveNoProbabilities() {
        #expect(DrawnPolicy(Coin(), draws: 1, seed: 0).probability(of: [0.5], at: [0, 1]) == nil)
    }

    @Test func drawsOfATrainedPolicyAreTheSameEachTime() {
        let policy = DrawnPolicy(Coin(), draws: 4, seed: 1)
        let actions = policy.weightedActions(at: [0, 1])
        #expect(actions == policy.weightedActions(at: [0, 1]))
        #expect(actions.count == 4 && actions.allSatisfy { $0.weight == 0.25 && $0.action.count == 1 })
        #expect(Set(actions.map(\.action)).count == 4)
        #expect(actions != DrawnPolicy(Coin(), draws: 4, seed: 2).weightedActions(at: [0, 1]))
    }
}

/// A policy of two-number observations that draws its action.
private struct Coin: Policy {
    let observationSize = 2
    let actionSize = 1

    func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count { actions[row] = streams[row].nextUniform() + observations[2 * row] }
    }
}
