import Foundation
import PolicyOptimisation
import Tensors
import TestSupport
import Testing

@Suite struct LagrangeMultiplierTests {
    private static func values(_ rule: MultiplierRule, _ excess: [Double], largest: Double = 100) -> [Double]
    {
        var multipliers = LagrangeMultipliers(1, rule: rule, largest: largest)
        return excess.map { e in
            multipliers.follow([e])
            return multipliers.values[0]
        }
    }

    @Test func eachRuleIsItsFormula() {
        #expect(relativeError(Self.values(.plain(rate: 0.5), [1, 2, -4, 1]), [0.5, 1.5, 0, 0.5]) <= 1e-15)
        let e = exp(1.0)
        #expect(
            relativeError(
                Self.values(.logarithmic(rate: 0.5, floor: 0.1), [2, 2, -8, 2]),
                [0.1 * e, 0.1 * e * e, 0.1, 0.1 * e])
                <= 1e-15)
        // λ = 2e + ½I + 3(rise)₊ with I = 1, 4, 2, 0.
        #expect(
            relativeError(
                Self.values(.controller(proportional: 2, integral: 0.5, derivative: 3), [1, 3, -2, -9]),
                [2.5, 6 + 2 + 6, 0, 0]) <= 1e-15)
    }

    @Test func multipliersStayBelowTheLimitAndComeBackFromIt() {
        #expect(Self.values(.plain(rate: 1), [50, 60, -10], largest: 100) == [50, 100, 90])
        #expect(Self.values(.logarithmic(rate: 1, floor: 1), [1000, -1], largest: 100)[0] == 100)
        let wound = Self.values(
            .controller(proportional: 0, integral: 1, derivative: 0), [500, 500, -90], largest: 100)
        #expect(wound == [100, 100, 10])
    }
}

@Suite struct PPOLagrangianTests {
    /// Two arms of which one is better: ratios end at the clip, 0.5·1.2 and 0.5·0.8.
    @Test func theRatioEndsAtTheClip() throws {
        let bandit = Bandit(reward: Matrix(1, 2, [0, 1]), costs: [], budgets: [])
        var c = PPOLagrangian.Configuration()
        (c.rate, c.epochs, c.rows, c.largestDivergence, c.values.passes) = (1e-3, 400, 0, 10, 0)
        let learner = PPOLagrangian(bandit.policy, constraints: 0, configuration: c, seed: 1)
        let before = bandit.mean(bandit.reward, learner.parameters)
        let batch = bandit.batch(learner.parameters, rows: 200, number: 1)
        let report = try learner.update(batch)
        let after = bandit.mean(bandit.reward, learner.parameters)
        // Whichever ratio reaches its clip last ends it; Adam's momentum carries a little beyond.
        let end = max(1.2 * before, 1 - 0.8 * (1 - before))
        #expect(after >= end - 1e-3 && after <= end + 0.02, "\(before) to \(after)")
        #expect(report.epochs == 400 && report.clippedShare == 1)
    }

    @Test func epochsEndWhereThePolicyHasMovedFarEnough() throws {
        let bandit = Bandit(reward: Matrix(1, 2, [0, 1]), costs: [], budgets: [])
        var c = PPOLagrangian.Configuration()
        (c.rate, c.epochs, c.rows, c.largestDivergence, c.values.passes) = (1e-2, 400, 0, 1e-3, 0)
        let learner = PPOLagrangian(bandit.policy, constraints: 0, configuration: c, seed: 1)
        let old = bandit.policy.point(at: PolicyInputs(Matrix.identity(1)), parameters: learner.parameters)
        let report = try learner.update(bandit.batch(learner.parameters, rows: 200, number: 1))
        let pass = PolicyPass(bandit.policy, capacity: 1)
        pass.evaluate(PolicyInputs(Matrix.identity(1)), at: learner.parameters)
        #expect(report.epochs < 10 && report.change.divergence > 1e-3)
        #expect(abs(report.change.divergence - pass.divergence(from: old)) <= 1e-12)
    }

    /// The first step of Adam is the rate times the sign of the gradient.
    @Test func theFirstStepGoesUpTheSurrogateOfRewardLessWeightedCosts() throws {
        let world = LearnerWorld.gaussian
        var c = PPOLagrangian.Configuration()
        (c.epochs, c.rows, c.entropyWeight, c.values.passes) = (1, 0, 0.1, 0)
        (c.multipliers, c.scaling.standardisesReward, c.scaling.centresCosts) = (
            .plain(rate: 2), false, false
        )
        let learner = PPOLagrangian(world.policy, constraints: 1, configuration: c, seed: 3)
        let before = learner.parameters
        let batch = world.batch(before, number: 1, excess: 0.5)
        let pass = PolicyPass(world.policy, capacity: world.rows)
        pass.evaluate(batch.inputs, at: before)
        // λ = 2·½ = 1, so the advantage is (A − A_c)/2.
        let weights = zip(batch.advantages, batch.costAdvantages[0]).map {
            ($0 - $1) / 2 / Double(world.rows)
        }
        let score = pass.scoreGradient(of: batch.actions, weights: weights)
        let gradient = zip(score, pass.entropyGradient()).map { $0 + 0.1 * $1 }
        let report = try learner.update(batch)
        #expect(report.multipliers == [1])
        for (index, slope) in gradient.enumerated() where abs(slope) > 1e-4 {
            let step = learner.parameters[index] - before[index]
            #expect(abs(step - (slope > 0 ? c.rate : -c.rate)) <= 1e-3 * c.rate, "parameter \(index)")
        }
    }
}
