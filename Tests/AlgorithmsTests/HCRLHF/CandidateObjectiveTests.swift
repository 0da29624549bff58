import Algorithms
import Assurance
import Foundation
import TestSupport
import Testing

/// The steps of candidate selection against `reinforce_hc.json` and `lambda.json`.
@Suite struct CandidateObjectiveTests {
    struct Steps: Decodable { let steps: [Step] }
    struct Step: Decodable {
        let prompts, samples_per_prompt, n_safety, n_in_policy_term, start: Int
        let rloo: Bool
        let kl_coeff, c1, c2, delta, lambda_multiplier, buffer_mean, buffer_std, coefficient, loss: Double
        let mask: [[Int]]
        let old_log_probs, ref_log_probs, new_log_probs, grad_new_log_probs: [[Double]]
        let reward, cost, cost_buffer, kl_sum, penalised_reward, augmented_cost, net_return: [Double]
        let running_baseline_before, running_baseline_after: [Double]
    }
    struct Lambda: Decodable {
        struct Run: Decodable {
            struct Update: Decodable { let mean, std, violation, log_lambda, lam: Double }
            let kind: String
            let lambda_init, lambda_lr, tau: Double
            let lambda_max, coef: Double?
            let updates: [Update]
        }
        let runs: [Run]
    }

    static func agree(_ actual: [Double], _ expected: [Double]) -> Bool {
        actual.count == expected.count
            && zip(actual, expected).allSatisfy { $0.isWithin(1e-11, of: $1, floor: 1e-13) }
    }

    static func steps() throws -> [Step] {
        try Golden.decode(Steps.self, "HCRLHF", "reinforce_hc.json").steps
    }

    private static func statistics(_ step: Step) -> CostStatistics {
        var statistics = CostStatistics()
        statistics.add(step.cost_buffer)
        return statistics
    }

    private static func constraint(_ step: Step, _ counting: CandidateConstraint.Counting)
        -> CandidateConstraint
    {
        CandidateConstraint(
            PessimisticConstraint(
                sampleFactor: step.c1, testFactor: step.c2, testCount: step.n_safety, delta: step.delta),
            limit: 0, counting: counting)
    }

    @Test func returnsAndAugmentedCostsAgreeWithTheReleasedCodesTwoKs() throws {
        let steps = try Self.steps()
        #expect(!steps.isEmpty)
        for step in steps {
            let sample = try #require(Self.statistics(step).sample)
            #expect(sample.mean.isWithin(1e-11, of: step.buffer_mean))
            #expect(sample.deviation.isWithin(1e-11, of: step.buffer_std))
            let augmented = Self.constraint(step, .microBatch)
                .augmentedCost(sample, responses: step.n_in_policy_term)
            #expect(augmented.coefficient.isWithin(1e-10, of: step.coefficient))
            #expect(Self.agree(step.cost.map { augmented($0) }, step.augmented_cost))
            let rows = step.mask.map { TokenRow(start: step.start, isToken: $0.map { $0 == 1 }) }
            let divergences = rows.indices.map { row in
                rows[row].sum(zip(step.old_log_probs[row], step.ref_log_probs[row]).map { $0 - $1 })
            }
            #expect(Self.agree(divergences, step.kl_sum))
            let worth = ResponseReturn(divergencePenalty: step.kl_coeff)
            let penalised = zip(step.reward, divergences).map {
                worth.penalisedReward($0, divergence: $1)
            }
            #expect(Self.agree(penalised, step.penalised_reward))
            let returns = worth(
                rewards: step.reward, costs: step.cost, divergences: divergences, augmented: augmented,
                multiplier: step.lambda_multiplier)
            #expect(Self.agree(returns, step.net_return))
        }
    }

    @Test func reinforceLossesAndTheirGradientsAgreeWithBothBaselines() throws {
        let steps = try Self.steps()
        #expect(Set(steps.map(\.rloo)).count == 2)
        for step in steps {
            let rows = step.mask.map { TokenRow(start: step.start, isToken: $0.map { $0 == 1 }) }
            let logProbabilities = rows.indices.map { rows[$0].sum(step.new_log_probs[$0]) }
            var baseline = RunningBaseline(
                mean: step.running_baseline_before[0], count: Int(step.running_baseline_before[1]))
            baseline.include(step.net_return)
            #expect(
                Self.agree([baseline.mean, Double(baseline.count)], step.running_baseline_after))
            let loss = LossOfNumbers(logProbabilities) {
                step.rloo
                    ? ReinforceLoss.leaveOneOut(
                        returns: step.net_return, logProbabilities: $0, samples: step.samples_per_prompt)
                    : ReinforceLoss.withBaseline(
                        baseline.mean, returns: step.net_return, logProbabilities: $0)
            }
            #expect(loss.value.isWithin(1e-11, of: step.loss))
            for row in rows.indices {
                let gradient = rows[row].isToken.indices.map {
                    $0 >= step.start && rows[row].isToken[$0] ? loss.gradient[row] : 0
                }
                #expect(Self.agree(gradient, step.grad_new_log_probs[row]))
            }
        }
    }

    @Test func theStandardCountingHasOneK() throws {
        let step = try #require(try Self.steps().first)
        let sample = try #require(Self.statistics(step).sample)
        let one = Self.constraint(step, .buffer)
        let augmented = one.augmentedCost(sample, responses: 2)
        #expect(augmented.coefficient == one.pessimism.coefficient(count: step.cost_buffer.count))
        #expect(augmented.coefficient != step.coefficient)
        #expect(one.violation(sample) == sample.mean + augmented.coefficient * sample.deviation)
    }

    @Test func theBufferForgetsTheOldestAndSaysNothingOfOneCost() {
        var statistics = CostStatistics(capacity: 3)
        statistics.add([7])
        #expect(statistics.sample == nil)
        statistics.add([1, 2, 3, 4])
        #expect(statistics.costs == [2, 3, 4])
        #expect(statistics.sample == SampleMean([2, 3, 4]))
    }

    @Test func costsWithoutSpreadAreNotAugmented() {
        let augmented = AugmentedCost(mean: 3, deviation: 0, coefficient: 2)
        #expect(augmented(3) == 3 && augmented(-1) == -1)
    }

    @Test func theAugmentedCostHasTheExactGradientOfMeanAndSpread() throws {
        struct File: Decodable {
            struct Bandit: Decodable {
                let logits, cost, augmented_cost, grad_logits: [Double]
                let k, mean, population_std: Double
            }
            let exact_bandit_gradient: Bandit
        }
        let bandit = try Golden.decode(File.self, "HCRLHF", "reinforce_hc.json").exact_bandit_gradient
        let augmented = AugmentedCost(
            mean: bandit.mean, deviation: bandit.population_std, coefficient: bandit.k)
        let values = bandit.cost.map { augmented($0) }
        #expect(Self.agree(values, bandit.augmented_cost))
        let weights = bandit.logits.map { exp($0) }
        let probabilities = weights.map { $0 / weights.reduce(0, +) }
        let mean = zip(probabilities, values).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(Self.agree(zip(probabilities, values).map { $0 * ($1 - mean) }, bandit.grad_logits))
    }

    @Test func multipliersAgreeStepByStepAndAtTheirClamp() throws {
        let runs = try Golden.decode(Lambda.self, "HCRLHF", "lambda.json").runs
        #expect(!runs.isEmpty)
        for run in runs {
            var multiplier = LogMultiplier(
                initial: run.lambda_init, rate: run.lambda_lr, largest: run.lambda_max)
            for update in run.updates {
                let violation = update.mean + (run.coef ?? 0) * update.std - run.tau
                #expect(violation.isWithin(1e-11, of: update.violation, floor: 1e-13))
                multiplier.ascend(violation)
                #expect(multiplier.logarithm.isWithin(1e-11, of: update.log_lambda, floor: 1e-13))
                #expect(multiplier.value.isWithin(1e-11, of: update.lam))
            }
        }
    }
}
