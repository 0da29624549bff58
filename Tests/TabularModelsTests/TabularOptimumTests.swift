import TabularModels
import Testing

@Suite struct TabularOptimumTests {
    @Test(arguments: [UInt64](1...8)) func theOptimumIsTheBestOfAllChoices(seed: UInt64) throws {
        for discount in [1, 0.9] {
            let model = try RandomModels.model(seed: seed, discount: discount)
            let best = try model.optimum()
            let values = RandomModels.everyChoice(model).map {
                RandomModels.totals(of: TabularPolicy(choosing: $0, of: 3), in: model)[0]
            }
            #expect(abs(best.value - (values.max() ?? .nan)) <= 1e-12)
            #expect(abs(try model.evaluation(of: best.policy).reward - best.value) <= 1e-13)
            let iterated = try model.valueIteration(tolerance: 1e-13)
            for (a, b) in zip(iterated, best.stateValues) { #expect(abs(a - b) <= 1e-11) }
        }
    }

    @Test(arguments: [UInt64](1...6)) func allowedActionsAloneAreChosen(seed: UInt64) throws {
        let model = try RandomModels.model(seed: seed)
        let allowed = ActionSet(states: 5, actions: 3) { ($0 + $1 + Int(seed)) % 3 != 0 }
        let best = try model.optimum(for: model.costs[0], within: allowed)
        let choices = RandomModels.everyChoice(model).filter { choice in
            (0..<4).allSatisfy { allowed.contains($0, choice[$0]) }
        }
        let values = choices.map {
            RandomModels.totals(of: TabularPolicy(choosing: $0, of: 3), in: model)[1]
        }
        #expect(choices.count == 16 && abs(best.value - (values.max() ?? .nan)) <= 1e-12)
        #expect((0..<4).allSatisfy { allowed.contains($0, best.choices[$0]) })
    }

    @Test(arguments: [UInt64](1...4)) func backwardInductionIsTheBestOfAllStagedChoices(seed: UInt64) throws {
        let model = try RandomModels.model(seed: seed, states: 3, actions: 3, discount: 0.9, horizon: 2)
        let best = try model.optimum()
        var largest = -Double.infinity
        for first in RandomModels.everyChoice(model) {
            for second in RandomModels.everyChoice(model) {
                let policy = TabularPolicy(choosing: first + second, of: 3, stages: 2)
                largest = max(largest, RandomModels.totals(of: policy, in: model)[0])
            }
        }
        #expect(abs(best.value - largest) <= 1e-13)
        #expect(best.policy.stages == 2)
        #expect(abs(try model.evaluation(of: best.policy).reward - largest) <= 1e-13)
    }

    @Test func ofEquallyGoodActionsTheLowestNumberIsTaken() throws {
        let model = try TabularCMDP(
            states: 2, actions: 4, start: [1, 0], isTerminal: [false, true]
        ) { _, action in
            // Actions 1 and 3 both bring 2 in all, by sums that round differently.
            let leaving = [0.5, 0.1, 0.5, 0.3][action]
            return .init(
                [.init(0, 1 - leaving), .init(1, leaving)], reward: [0.5, 0.2, 0.5, 0.6][action])
        }
        #expect(try model.optimum().choices == [1, 0])
        #expect(
            try model.optimum(within: ActionSet(states: 2, actions: 4) { $1 != 1 }).choices[0] == 3)
        #expect(abs(try model.optimum().value - 2) <= 1e-12)
    }
}
