import TabularModels
import Tensors
import Testing

@Suite struct TabularCMDPTests {
    /// One state that is left with probability `leaving` in each step, at a reward of 1 and a cost of 2 a step.
    private func waiting(
        leaving: Double, discount: Double = 1, horizon: Int? = nil
    ) throws(TabularModelError) -> TabularCMDP {
        try TabularCMDP(
            states: 2, actions: 1, start: [1, 0], discount: discount, horizon: horizon, costNames: ["wait"],
            isTerminal: [false, true]
        ) { _, _ in
            .init([.init(0, 1 - leaving), .init(1, leaving)], reward: 1, costs: [2])
        }
    }

    private let only = TabularPolicy(states: 2, actions: 1) { _, _ in 1 }

    @Test func aGeometricWaitHasItsClosedForm() throws {
        for leaving in [0.01, 0.3, 1] {
            let value = try waiting(leaving: leaving).evaluation(of: only)
            #expect(abs(value.reward - 1 / leaving) <= 1e-12 / leaving)
            #expect(abs(value.costs[0] - 2 / leaving) <= 2e-12 / leaving)
            #expect(abs(value.occupancy.visits(of: 0) - 1 / leaving) <= 1e-12 / leaving)
            #expect(value.occupancy.visits(of: 1) == 0)
        }
        let discounted = try waiting(leaving: 0.1, discount: 0.9).evaluation(of: only)
        #expect(abs(discounted.reward - 1 / (1 - 0.81)) <= 1e-13)
        let cut = try waiting(leaving: 0.5, horizon: 3).evaluation(of: only)
        #expect(cut.reward == 1.75 && cut.costs == [3.5] && cut.occupancy.total == 1.75)
        let both = try waiting(leaving: 0.5, discount: 0.5, horizon: 2).evaluation(of: only)
        #expect(both.reward == 1.25)
    }

    @Test func theGamblersRuinHasItsClosedForm() throws {
        // From i of n with chance p of winning each bet: ((q/p)^i − 1) / ((q/p)^n − 1).
        let (n, p) = (12, 0.45)
        let model = try TabularCMDP(
            states: n + 1, actions: 1, start: (0...n).map { $0 == 5 ? 1 : 0 },
            isTerminal: (0...n).map { $0 == 0 || $0 == n }
        ) { state, _ in
            .init(
                [.init(state + 1, p), .init(state - 1, 1 - p)], reward: state == n - 1 ? p : 0)
        }
        let policy = TabularPolicy(uniformOver: model.allActions)
        let values = try model.stateValues(of: policy, for: model.rewards)
        let ratio = (1 - p) / p
        func power(_ exponent: Int) -> Double { (0..<exponent).reduce(1) { result, _ in result * ratio } }
        for i in 1..<n {
            #expect(abs(values[i] - (power(i) - 1) / (power(n) - 1)) <= 1e-13)
        }
        #expect(abs(try model.evaluation(of: policy).reward - values[5]) <= 1e-14)
    }

    @Test(arguments: [UInt64](1...12)) func evaluationEqualsWalkingForward(seed: UInt64) throws {
        let shapes: [(Double, Int?)] = [(1, nil), (0.9, nil), (1, 7), (0.95, 20)]
        for (discount, horizon) in shapes {
            let model = try RandomModels.model(seed: seed, discount: discount, horizon: horizon)
            let policy = RandomModels.policy(seed: seed, for: model)
            let expected = RandomModels.totals(of: policy, in: model)
            let value = try model.evaluation(of: policy)
            for (a, b) in zip([value.reward] + value.costs, expected) { #expect(abs(a - b) <= 1e-12) }
            let visits = value.occupancy
            #expect(abs(visits.total(of: model.rewards) - value.reward) == 0)
            // The policy can be read back from its own visits.
            let back = visits.policy(elsewhere: TabularPolicy(uniformOver: model.allActions))
            for (a, b) in zip([value.reward] + value.costs, RandomModels.totals(of: back, in: model)) {
                #expect(abs(a - b) <= 1e-12)
            }
        }
    }

    @Test func statesThatAreNeverEnteredDoNotMatter() throws {
        // State 2 keeps to itself for ever, but nothing leads there.
        let model = try TabularCMDP(
            states: 3, actions: 2, start: [1, 0, 0], isTerminal: [false, true, false]
        ) { state, action in
            state == 0
                ? .init([.init(action == 0 ? 1 : 2, 1)], reward: 5) : .init([.init(2, 1)], reward: 1)
        }
        let safe = TabularPolicy(choosing: [0, 0, 0], of: 2)
        #expect(try model.evaluation(of: safe).reward == 5)
        let trap = TabularPolicy(choosing: [1, 0, 0], of: 2)
        #expect(throws: TabularModelError.notTransient(state: 0)) { try model.evaluation(of: trap) }
        #expect(throws: TabularModelError.notTransient(state: 0)) { try model.optimum() }
        #expect(throws: TabularModelError.notTransient(state: 0)) { try model.constrainedOptimum(within: []) }
        let discounted = try model.with(discount: 0.5, horizon: nil)
        #expect(try discounted.evaluation(of: trap).reward == 6)
        #expect(try model.with(discount: 1, horizon: 4).evaluation(of: trap).reward == 8)
    }

    @Test func whatIsNoModelIsRefusedWithItsPlace() throws {
        func fault(_ start: [Double], _ outcome: TabularCMDP.Outcome) -> String {
            do {
                _ = try TabularCMDP(
                    states: 2, actions: 1, start: start, costNames: ["c"], isTerminal: [false, true]
                ) { _, _ in outcome }
                return "accepted"
            } catch { return error.description }
        }
        let law = [TabularCMDP.Successor(1, 1)]
        #expect(fault([1, 0], .init(law, reward: 0, costs: [0])) == "accepted")
        #expect(
            fault([0.5, 0.4], .init(law, reward: 0, costs: [0]))
                == "the start law: the probabilities sum to 0.9. Repair the model.")
        #expect(
            fault([1.5, -0.5], .init(law, reward: 0, costs: [0]))
                == "the start law: state 0 has the probability 1.5. Repair the model.")
        #expect(
            fault([1, 0], .init([.init(1, 0.5)], reward: 0, costs: [0]))
                == "state 0, action 0: the probabilities sum to 0.5. Repair the model's transition law.")
        #expect(
            fault([1, 0], .init([], reward: 0, costs: [0]))
                == "state 0, action 0: the probabilities sum to 0.0. Repair the model's transition law.")
        #expect(
            fault([1, 0], .init([.init(2, 1)], reward: 0, costs: [0]))
                == "state 0, action 0: 2 is no state. Repair the model's transition law.")
        #expect(
            fault([1, 0], .init([.init(0, -0.5), .init(1, 1.5)], reward: 0, costs: [0]))
                == "state 0, action 0: a probability is -0.5. Repair the model's transition law.")
        #expect(
            fault([1, 0], .init(law, reward: .nan, costs: [0]))
                == "state 0, action 0: the reward is nan. Repair the model's rewards and costs.")
        #expect(
            fault([1, 0], .init(law, reward: 0, costs: [-1]))
                == "state 0, action 0: a cost is -1.0. Repair the model's rewards and costs.")
        let model = try waiting(leaving: 0.5)
        #expect(throws: TabularModelError.unknownCost("delay", known: ["wait"])) {
            try model.actions(withoutCost: "delay")
        }
        #expect(throws: TabularModelError.noAction(state: 0)) {
            try model.optimum(within: ActionSet(states: 2, actions: 1) { _, _ in false })
        }
    }

    @Test func anEndTooRareForExactTotalsIsRefused() throws {
        let error = #expect(throws: TabularModelError.self) {
            try waiting(leaving: 1e-17).evaluation(of: only)
        }
        #expect(error?.description.hasPrefix("the model's equations: the matrix is singular") == true)
        // Three states passing to each other for 10¹⁵ steps: no pivot is 0, yet no digit of the visits is left.
        let model = try TabularCMDP(
            states: 4, actions: 1, start: [1, 0, 0, 0], isTerminal: [false, false, false, true]
        ) { state, _ in
            .init(
                [.init((state + 1) % 3, 0.7), .init((state + 2) % 3, 0.3 - 3e-16), .init(3, 3e-16)], reward: 1
            )
        }
        let policy = TabularPolicy(uniformOver: model.allActions)
        #expect(throws: TabularModelError.self) { try model.evaluation(of: policy) }
    }

    @Test func successorsAreMergedSortedAndDrawnByTheirQuantile() throws {
        let model = try TabularCMDP(
            states: 4, actions: 1, start: [1, 0, 0, 0], isTerminal: [false, true, true, true]
        ) { _, _ in
            .init([.init(3, 0.25), .init(1, 0.25), .init(2, 0), .init(3, 0.25), .init(0, 0.25)], reward: 0)
        }
        #expect(
            model.successors(of: 0, after: 0) == [.init(0, 0.25), .init(1, 0.25), .init(3, 0.5)])
        #expect(model.successors(of: 1, after: 0).isEmpty)
        let drawn = [0, 0.249, 0.25, 0.499, 0.5, 0.999].map { model.successor(of: 0, after: 0, at: $0) }
        #expect(drawn == [0, 0, 1, 1, 3, 3])
        let policy = TabularPolicy(states: 4, actions: 3, weight: { $1 == 1 ? 0 : 1 })
        #expect([0, 0.49, 0.5, 0.99].map { policy.action(in: 0, at: $0) } == [0, 0, 2, 2])
    }

    @Test func policiesAreRestrictedAndMixed() {
        let all = TabularPolicy(choosing: [0, 1], of: 2)
        let allowed = ActionSet(states: 2, actions: 2) { $0 == 0 || $1 == 0 }
        // In state 1 the only choice is not allowed, so the allowed ones share alike.
        #expect(all.restricted(to: allowed).probabilities == [1, 0, 1, 0])
        #expect(
            all.mixed(with: TabularPolicy(uniformOver: allowed), share: 0.5).probabilities
                == [0.75, 0.25, 0.5, 0.5])
        #expect(allowed.count == 3 && allowed.actions(in: 1) == [0])
    }
}
