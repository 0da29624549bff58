import Assurance
import Dynamics
import Foundation
import Guardians
import Tensors
import Testing

@Suite struct AdvantageTests {
    private let episodes: [(rows: Range<Int>, isTerminated: Bool)] = [
        (0..<4, true), (4..<5, false), (5..<9, false),
    ]
    private let signal = [1.0, -2, 3, 0.5, 4, -1, 2, 2, -3]
    private let values = [0.3, -0.2, 1, 2, 0.4, 0.1, -0.5, 0.6, 0.9]
    private let next = [-0.2, 1, 2, 99, 1.5, -0.5, 0.6, 0.9, 0.7]

    /// A_t = Σ_k (γλ)^k δ_{t+k} to the end of the episode, summed forwards.
    @Test func theRecursionIsTheSumOfDiscountedErrors() {
        let (g, l) = (0.9, 0.8)
        let result = AdvantageEstimation(discount: g, trace: l).advantages(
            signal, values: values, nextValues: next, episodes: episodes)
        for (rows, isTerminated) in episodes {
            for t in rows {
                let sum = (t..<rows.upperBound).reduce(0.0) { sum, k in
                    let ends = isTerminated && k == rows.upperBound - 1
                    return sum + pow(g * l, Double(k - t))
                        * (signal[k] + (ends ? 0 : g * next[k]) - values[k])
                }
                #expect(abs(result[t] - sum) < 1e-12)
            }
        }
    }

    /// λ = 1 gives the return to go, with the value of the state reached after a truncated step only, minus V.
    @Test func withoutATraceLimitItIsReturnMinusValue() {
        let result = AdvantageEstimation(discount: 0.5, trace: 1).advantages(
            signal, values: values, nextValues: [-0.2, 1, 2, 99, 1.5, -0.5, 0.6, 0.9, 0.7], episodes: episodes
        )
        #expect(abs(result[2] - (3 + 0.5 * 0.5 - 1)) < 1e-12, "99 must not count after an end")
        #expect(abs(result[4] - (4 + 0.5 * 1.5 - 0.4)) < 1e-12)
        #expect(abs(result[7] - (2 + 0.5 * -3 + 0.25 * 0.7 - 0.6)) < 1e-12)
    }

    private func buffer(_ mode: GuardMode, horizon: Int = 4) throws -> RolloutBuffer {
        let model = try GuardedModel(
            dynamics: Line(), reward: .rule { _, _, next in next[0] }, guardian: LastFeatureGuardian(),
            mode: mode)
        // The second row acts outside at its second step.
        let variables = ModelVariables(observations: 1, actions: 1)
        let policy = ModelPolicy(variables: variables) { s, _ in
            Matrix(s.rows, 1, s.elements.map { $0 > 10 ? 2 : 1 })
        }
        return try model.rollOut(policy, from: Matrix(2, 1, [0, 10]), horizon: horizon, seed: 1)
    }

    /// The second episode freezes at its second step, with −8 from then on: −16 for ever at γ = ½, whatever V says.
    @Test func aFrozenStateHasItsOwnValue() throws {
        let buffer = try buffer(.absorbingPenalty(reward: -8))
        #expect(buffer.isAbsorbing == [false, false, false, false, false, true, false, false])
        let estimation = AdvantageEstimation(discount: 0.5, trace: 0.9)
        let values = [Double](repeating: 5, count: 8)
        let result = buffer.rewardAdvantages(estimation, values: values, nextValues: values)
        let entering = -8 + 0.5 * -16 - 5.0
        #expect(result.advantages[6...] == [0, 0] && result.targets[6...] == [-16, -16])
        #expect(abs(result.advantages[5] - entering) < 1e-12)
        #expect(abs(result.advantages[4] - (11 + 0.5 * 5 - 5 + 0.45 * entering)) < 1e-12)
        let limited = buffer.rewardAdvantages(
            estimation, values: values, nextValues: values, frozen: .toHorizon)
        #expect(abs(limited.advantages[5] - (-8 - 4 - 2 - 5)) < 1e-12)
        #expect(limited.advantages[6...] == [0, 0] && limited.targets[6...] == [-12, -8])
        let outside = try buffer.costAdvantages(
            "out-of-support", estimation, values: [Double](repeating: 0, count: 8),
            nextValues: [Double](repeating: 0, count: 8))
        #expect(abs(outside.advantages[5] - 2) < 1e-12 && abs(outside.advantages[4] - 0.9) < 1e-12)
        #expect(outside.advantages[..<4] == [0, 0, 0, 0])
    }

    /// A state that freezes in the last step has no frozen step to look at.
    @Test func aStateMayFreezeInTheLastStep() throws {
        let buffer = try buffer(.absorbingPenalty(reward: -8), horizon: 2)
        let zeros = [Double](repeating: 0, count: 4)
        let estimation = AdvantageEstimation(discount: 0.5, trace: 1)
        #expect(buffer.rewardAdvantages(estimation, values: zeros, nextValues: zeros).advantages[3] == -16)
        #expect(
            buffer.rewardAdvantages(estimation, values: zeros, nextValues: zeros, frozen: .toHorizon)
                .advantages[3]
                == -8)
    }

    @Test func costsAreCentredAtMost() throws {
        let buffer = try buffer(.costOnly)
        let estimation = AdvantageEstimation(discount: 1, trace: 1)
        let zeros = [Double](repeating: 0, count: 8)
        let raw = try buffer.costAdvantages("out-of-support", estimation, values: zeros, nextValues: zeros)
        #expect(raw.advantages == [0, 0, 0, 0, 3, 3, 2, 1])
        let centred = try buffer.costAdvantages(
            "out-of-support", estimation, values: zeros, nextValues: zeros, scaling: .centred)
        #expect(zip(centred.advantages, raw.advantages).allSatisfy { abs($0 - ($1 - 1.125)) < 1e-12 })
        #expect(centred.targets == raw.targets)
        let reward = buffer.rewardAdvantages(
            estimation, values: zeros, nextValues: zeros, scaling: .standardised)
        let statistics = SampleMean(reward.advantages)
        #expect(abs(statistics.mean) < 1e-12 && abs(statistics.deviation - 1) < 1e-12)
        #expect(
            reward.targets == buffer.rewardAdvantages(estimation, values: zeros, nextValues: zeros).targets)
    }

    /// Frozen steps enter neither mean nor deviation, and stay as they are.
    @Test func frozenStepsAreNotScaled() throws {
        let buffer = try buffer(.absorbingPenalty(reward: -8))
        let values = [Double](repeating: 0, count: 8)
        let result = buffer.rewardAdvantages(
            AdvantageEstimation(discount: 0.5, trace: 0.9), values: values, nextValues: values,
            scaling: .standardised)
        #expect(result.advantages[6...] == [0, 0])
        #expect(abs(SampleMean(Array(result.advantages[..<6])).mean) < 1e-12)
    }
}
