import Foundation
import PolicyOptimisation
import Tensors
import Testing

/// Learning, where the constrained optimum is known.
@Suite struct BanditTests {
    private static func learner(_ bandit: Bandit) -> TrustRegionLearner {
        var c = TrustRegionLearner.Configuration()
        (c.divergence, c.damping, c.values.hidden, c.values.passes) = (0.005, 1e-3, [], 1)
        return TrustRegionLearner(
            bandit.policy, constraints: bandit.costs.count, configuration: c, seed: 1)
    }

    /// The optimum is 0.55: all of the first context, a fifth of the second.
    @Test func constrainedStepsReachTheOptimumAndKeepTheBudget() throws {
        let bandit = Bandit.oneBudget, learner = Self.learner(.oneBudget)
        for number in 0..<250 as Range<UInt64> {
            _ = try learner.update(bandit.batch(learner.parameters, rows: 2000, number: number))
        }
        let value = bandit.mean(bandit.reward, learner.parameters)
        #expect(abs(value - 0.55) <= 0.01 * 0.55, "\(value)")
        #expect(bandit.excess(learner.parameters)[0] <= 0.006, "\(bandit.excess(learner.parameters))")
    }

    /// The optimum is 0.7, with both budgets used up.
    @Test func twoBudgetsAreKeptAtOnce() throws {
        let bandit = Bandit.twoBudgets, learner = Self.learner(.twoBudgets)
        for number in 0..<150 as Range<UInt64> {
            _ = try learner.update(bandit.batch(learner.parameters, rows: 2000, number: number))
        }
        let value = bandit.mean(bandit.reward, learner.parameters)
        #expect(abs(value - 0.7) <= 0.01 * 0.7, "\(value)")
        #expect(bandit.excess(learner.parameters).allSatisfy { $0 <= 0.005 })
    }

    @Test func aPolicyThatBreaksItsBudgetsComesBack() throws {
        let bandit = Bandit.twoBudgets, learner = Self.learner(.twoBudgets)
        learner.replaceParameters([0, 0, 0, -3, -3, 3])
        #expect(bandit.excess(learner.parameters).allSatisfy { $0 > 0.4 })
        let first = try learner.update(bandit.batch(learner.parameters, rows: 2000, number: 0))
        #expect(first.step.stepCase == .recovery && first.isAccepted)
        for number in 1..<80 as Range<UInt64> {
            _ = try learner.update(bandit.batch(learner.parameters, rows: 2000, number: number))
        }
        #expect(bandit.excess(learner.parameters).allSatisfy { $0 <= 0.005 })
    }

    @Test func withoutConstraintsTheBestArmWins() throws {
        let bandit = Bandit(reward: Bandit.twoBudgets.reward, costs: [], budgets: [])
        let learner = Self.learner(bandit)
        for number in 0..<80 as Range<UInt64> {
            _ = try learner.update(bandit.batch(learner.parameters, rows: 500, number: number))
        }
        #expect(bandit.mean(bandit.reward, learner.parameters) >= 1.98)
    }

    /// The same by multipliers, which is kept in the mean over updates.
    @Test func aControllerReachesTheOptimumOfTwoBudgets() throws {
        let mean = try Self.meanOfPPO(.twoBudgets) { c in
            c.multipliers = .controller(proportional: 2, integral: 0.1, derivative: 0.5)
        }
        #expect(abs(mean.value - 0.7) <= 0.01 * 0.7, "\(mean)")
        #expect(mean.excess.allSatisfy { $0 <= 0.003 }, "\(mean)")
    }

    /// Ascent by itself goes round in circles where reward and cost are linear; the entropy damps it.
    @Test(arguments: [MultiplierRule.plain(rate: 0.1), .logarithmic(rate: 0.1, floor: 0.01)])
    func ascentKeepsTheBudgetWhereTheEntropyDamps(rule: MultiplierRule) throws {
        let mean = try Self.meanOfPPO(.quarter) { c in
            (c.multipliers, c.entropyWeight) = (rule, 0.2)
        }
        #expect(abs(mean.value - 0.25) <= 0.02 * 0.25, "\(mean)")
        #expect(mean.excess[0] <= 0.005, "\(mean)")
    }

    /// Exact reward and excess, mean over the last 400 of 800 updates.
    private static func meanOfPPO(
        _ bandit: Bandit, choosing: (inout PPOLagrangian.Configuration) -> Void
    ) throws -> (value: Double, excess: [Double]) {
        var c = PPOLagrangian.Configuration()
        (c.rate, c.epochs, c.rows, c.largestDivergence) = (0.005, 4, 0, 0.05)
        (c.values.hidden, c.values.passes) = ([], 1)
        choosing(&c)
        let learner = PPOLagrangian(
            bandit.policy, constraints: bandit.costs.count, configuration: c, seed: 1)
        var mean = (value: 0.0, excess: bandit.budgets.map { _ in 0.0 })
        for number in 0..<800 as Range<UInt64> {
            _ = try learner.update(bandit.batch(learner.parameters, rows: 500, number: number))
            guard number >= 400 else { continue }
            mean.value += bandit.mean(bandit.reward, learner.parameters) / 400
            mean.excess = zip(mean.excess, bandit.excess(learner.parameters)).map { $0 + $1 / 400 }
        }
        return mean
    }

    /// Actions on a line.
    ///
    /// Reward −(a − 1)², cost a² with a budget of ¼. The optimum, a = ½ without spread, has −¼.
    @Test func aGaussianKeepsItsBudget() throws {
        let policy = StochasticPolicy.gaussian(observation: 1, hidden: [8], actions: 1, logDeviation: -1)
        var c = TrustRegionLearner.Configuration()
        (c.divergence, c.damping, c.values.hidden, c.values.passes) = (0.01, 1e-2, [], 1)
        let learner = TrustRegionLearner(policy, constraints: 1, configuration: c, seed: 2)
        let inputs = PolicyInputs(Matrix(1000, 1, repeating: 1))
        func moments() -> (mean: Double, variance: Double) {
            let point = policy.point(at: PolicyInputs(Matrix(1, 1, [1])), parameters: learner.parameters)
            return (point.rows.elements[0], exp(2 * point.shared[0]))
        }
        for number in 0..<200 as Range<UInt64> {
            var streams = (0..<1000).map { RandomStream(seed: number, for: .action, index: UInt32($0)) }
            let actions = policy.sample(inputs, parameters: learner.parameters, using: &streams)
            let a = policy.vectors(of: actions).elements
            let (reward, cost) = (a.map { -($0 - 1) * ($0 - 1) }, a.map { $0 * $0 })
            let (mean, variance) = moments()
            _ = try learner.update(
                PolicyBatch(
                    inputs: inputs, actions: actions, advantages: reward, returns: reward,
                    costAdvantages: [cost], costReturns: [cost], excess: [mean * mean + variance - 0.25],
                    rowsPerEpisode: 1))
        }
        let (mean, variance) = moments()
        #expect(mean * mean + variance <= 0.25 + 0.003)
        #expect(-(mean - 1) * (mean - 1) - variance >= -0.25 * 1.02, "\(mean), \(variance)")
    }
}
