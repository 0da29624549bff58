import Algorithms
import Foundation
import TestSupport
import Testing

/// The baseline's steps against `ppo_lagrangian.json`.
@Suite struct TokenPPOTests {
    struct File: Decodable {
        let steps: [Step]
        let gae: [Sum]
    }
    struct Step: Decodable {
        let start: Int
        let gamma, gae_lambda, kl_coeff, clip_range_ratio, clip_range_value, clip_range_score: Double
        let lambda_multiplier, actor_loss, reward_critic_loss: Double
        let mask: [[Int]]
        let reward, cost: [Double]
        let old_log_probs, ref_log_probs, new_log_probs, grad_new_log_probs: [[Double]]
        let old_reward_values, old_cost_values, new_reward_values, grad_new_reward_values: [[Double]]
        let shaped_rewards, shaped_costs, reward_advantages, reward_returns: [[Double]]
        let cost_advantages, cost_returns, combined_advantages: [[Double]]
    }
    struct Sum: Decodable {
        let start: Int
        let gamma, gae_lambda: Double
        let values, rewards, advantages, returns: [[Double]]
        let mask: [[Int]]
    }

    static func file() throws -> File { try Golden.decode(File.self, "HCRLHF", "ppo_lagrangian.json") }
    static func rows(_ mask: [[Int]], _ start: Int) -> [TokenRow] {
        mask.map { TokenRow(start: start, isToken: $0.map { $0 == 1 }) }
    }
    static func agree(_ actual: [Double], _ expected: [Double]) -> Bool {
        CandidateObjectiveTests.agree(actual, expected)
    }

    @Test func shapedRewardsAndCostsAgree() throws {
        let steps = try Self.file().steps
        #expect(!steps.isEmpty)
        for step in steps {
            let shaping = TokenShaping(divergencePenalty: step.kl_coeff, limit: step.clip_range_score)
            for (index, row) in Self.rows(step.mask, step.start).enumerated() {
                let (old, reference) = (step.old_log_probs[index], step.ref_log_probs[index])
                let rewards = shaping.rewards(
                    row, old: old, reference: reference, reward: step.reward[index])
                let costs = shaping.costs(row, old: old, reference: reference, cost: step.cost[index])
                #expect(Self.agree(rewards, step.shaped_rewards[index]))
                #expect(Self.agree(costs, step.shaped_costs[index]))
            }
        }
    }

    @Test func advantagesReturnsAndTheirCombinationAgree() throws {
        for step in try Self.file().steps {
            for (index, row) in Self.rows(step.mask, step.start).enumerated() {
                let reward = TokenAdvantages(
                    row, values: step.old_reward_values[index], rewards: step.shaped_rewards[index],
                    discount: step.gamma, decay: step.gae_lambda)
                let cost = TokenAdvantages(
                    row, values: step.old_cost_values[index], rewards: step.shaped_costs[index],
                    discount: step.gamma, decay: step.gae_lambda)
                #expect(Self.agree(reward.advantages, step.reward_advantages[index]))
                #expect(Self.agree(reward.returns, step.reward_returns[index]))
                #expect(Self.agree(cost.advantages, step.cost_advantages[index]))
                #expect(Self.agree(cost.returns, step.cost_returns[index]))
                let combined = TokenAdvantages.combined(
                    rewards: reward.advantages, costs: cost.advantages, multiplier: step.lambda_multiplier)
                #expect(Self.agree(combined, step.combined_advantages[index]))
            }
        }
    }

    @Test func generalisedAdvantagesAgreeForOtherDecaysAndBrokenMasks() throws {
        let sums = try Self.file().gae
        #expect(!sums.isEmpty)
        for sum in sums {
            for (index, row) in Self.rows(sum.mask, sum.start).enumerated() {
                let mine = TokenAdvantages(
                    row, values: sum.values[index], rewards: sum.rewards[index], discount: sum.gamma,
                    decay: sum.gae_lambda)
                #expect(Self.agree(mine.advantages, sum.advantages[index]))
                #expect(Self.agree(mine.returns, sum.returns[index]))
            }
        }
    }

    @Test func clippedLossesAndTheirGradientsAgree() throws {
        for step in try Self.file().steps {
            let rows = Self.rows(step.mask, step.start)
            let actor = LossOfNumbers(step.new_log_probs.flatMap { $0 }) {
                TokenPPOLoss.actor(
                    rows, new: $0, old: step.old_log_probs, advantages: step.combined_advantages,
                    range: step.clip_range_ratio)
            }
            #expect(actor.value.isWithin(1e-11, of: step.actor_loss))
            #expect(Self.agree(actor.gradient, step.grad_new_log_probs.flatMap { $0 }))
            let critic = LossOfNumbers(step.new_reward_values.flatMap { $0 }) {
                TokenPPOLoss.critic(
                    rows, new: $0, old: step.old_reward_values, returns: step.reward_returns,
                    range: step.clip_range_value)
            }
            #expect(critic.value.isWithin(1e-11, of: step.reward_critic_loss))
            #expect(Self.agree(critic.gradient, step.grad_new_reward_values.flatMap { $0 }))
        }
    }
}
