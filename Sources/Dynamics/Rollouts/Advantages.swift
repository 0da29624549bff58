import Assurance
import Replay
import Tensors

/// Generalised advantage estimation of one channel, its parameters.
///
/// - SeeAlso: Schulman et al. 2016, arXiv:1506.02438.
public struct AdvantageEstimation: Codable, Hashable, Sendable {
    /// γ, in [0, 1].
    public var discount: Double
    /// λ, in [0, 1]: 0 looks one step ahead, 1 sums to the end of the episode.
    public var trace: Double

    /// Chooses γ and λ.
    public init(discount: Double, trace: Double) {
        precondition(
            discount >= 0 && discount <= 1 && trace >= 0 && trace <= 1,
            "γ = \(discount) and λ = \(trace) are not both in [0, 1]")
        (self.discount, self.trace) = (discount, trace)
    }

    /// A_t = δ_t + γλ·A_{t+1} within each episode, δ_t = r_t + γ·V(s_{t+1}) − V(s_t).
    ///
    /// Nothing follows a terminated step, so V(s_{t+1}) counts as 0 there. After a truncated step the value of the state
    /// reached bootstraps. The sum never crosses from one episode into another.
    ///
    /// - Parameters:
    ///   - signal: rewards or costs, one a step.
    ///   - values: V of the states acted in.
    ///   - nextValues: V of the states reached; of no meaning after terminated steps.
    ///   - episodes: rows of each episode, in order, and whether it ended by itself.
    /// - Returns: one a step.
    public func advantages(
        _ signal: [Double], values: [Double], nextValues: [Double],
        episodes: [(rows: Range<Int>, isTerminated: Bool)]
    ) -> [Double] {
        precondition(
            values.count == signal.count && nextValues.count == signal.count,
            "\(values.count) and \(nextValues.count) values for \(signal.count) steps")
        var result = [Double](repeating: 0, count: signal.count)
        for (rows, isTerminated) in episodes {
            var following = 0.0
            for row in rows.reversed() {
                let ends = isTerminated && row == rows.upperBound - 1
                let ahead = ends ? 0 : discount * nextValues[row]
                following = signal[row] + ahead - values[row] + discount * trace * following
                result[row] = following
            }
        }
        return result
    }
}

/// Advantages of one channel with the targets of its value function.
public struct ChannelAdvantages: Equatable, Sendable {
    /// One a step; shifted or scaled as asked.
    public let advantages: [Double]
    /// A_t + V(s_t) before any shift or scale, one a step: what V is fitted to.
    public let targets: [Double]
}

/// What is done to advantages of the reward.
public enum RewardScaling: String, Codable, Sendable {
    /// Nothing.
    case none
    /// Their mean is subtracted.
    case centred
    /// Their mean is subtracted, and they are divided by their standard deviation.
    case standardised
}

/// What is done to advantages of a cost: never a change of scale, because they are compared with a budget.
public enum CostScaling: String, Codable, Sendable {
    /// Nothing.
    case none
    /// Their mean is subtracted.
    case centred
}

/// The value of a frozen state, which goes on giving the same for ever.
public enum FrozenValue: String, Codable, Sendable {
    /// x / (1 − γ), as if there were no horizon: in keeping with values that bootstrap at truncation.
    case forEver
    /// The sum to the horizon.
    case toHorizon
}

extension RolloutBuffer {
    /// Advantages of the reward.
    ///
    /// - Parameters:
    ///   - estimation: γ and λ.
    ///   - values: V of `states`, one a step.
    ///   - nextValues: V of `nextStates`, one a step.
    ///   - frozen: the value of frozen states, known exactly whatever V says. `forEver` needs γ < 1.
    ///   - scaling: applied over the steps that the policy was asked for; the others are left as they are.
    /// - Returns: one a step.
    public func rewardAdvantages(
        _ estimation: AdvantageEstimation, values: [Double], nextValues: [Double],
        frozen: FrozenValue = .forEver, scaling: RewardScaling = .none
    ) -> ChannelAdvantages {
        let raw = estimate(rewards, estimation, values, nextValues, frozen)
        switch scaling {
        case .none: return raw
        case .centred: return shifted(raw)
        case .standardised: return shifted(raw, dividing: true)
        }
    }

    /// Advantages of one cost channel.
    ///
    /// - Parameters:
    ///   - channel: the cost.
    ///   - estimation: γ and λ.
    ///   - values: the channel's V of `states`, one a step.
    ///   - nextValues: the channel's V of `nextStates`, one a step.
    ///   - frozen: the value of frozen states.
    ///   - scaling: applied over the steps that the policy was asked for.
    /// - Returns: one a step.
    /// - Throws: `DynamicsError.unknownName`.
    public func costAdvantages(
        _ channel: String, _ estimation: AdvantageEstimation, values: [Double], nextValues: [Double],
        frozen: FrozenValue = .forEver, scaling: CostScaling = .none
    ) throws(DynamicsError) -> ChannelAdvantages {
        let raw = estimate(try cost(channel), estimation, values, nextValues, frozen)
        return scaling == .centred ? shifted(raw) : raw
    }

    private func estimate(
        _ signal: [Double], _ estimation: AdvantageEstimation, _ values: [Double], _ nextValues: [Double],
        _ frozen: FrozenValue
    ) -> ChannelAdvantages {
        precondition(
            values.count == count && nextValues.count == count,
            "\(values.count) and \(nextValues.count) values for \(count) steps")
        var (v, next) = (values, nextValues)
        for episode in episodes {
            var ahead = 0.0
            for row in episode.rows.reversed() where isAbsorbed[row] || isAbsorbing[row] {
                let discount = estimation.discount
                let known =
                    frozen == .forEver ? forEver(signal, episode.rows, discount) : ahead
                next[row] = known
                ahead = signal[row] + discount * known
                if isAbsorbed[row] { v[row] = frozen == .forEver ? known : ahead }
            }
        }
        let advantages = estimation.advantages(
            signal, values: v, nextValues: next,
            episodes: episodes.map { ($0.rows, $0.ending == .terminated) })
        return ChannelAdvantages(advantages: advantages, targets: zip(advantages, v).map { $0 + $1 })
    }

    /// The discounted sum of what a frozen state gives; its steps all give the same.
    private func forEver(_ signal: [Double], _ rows: Range<Int>, _ discount: Double) -> Double {
        precondition(discount < 1, "a frozen state has no finite value for ever without a discount")
        let each = rows.first { isAbsorbed[$0] } ?? rows.upperBound - 1
        return signal[each] / (1 - discount)
    }

    private func shifted(_ raw: ChannelAdvantages, dividing: Bool = false) -> ChannelAdvantages {
        let asked = decisions
        let statistics = SampleMean(asked.map { raw.advantages[$0] })
        let width = dividing && statistics.deviation > 0 ? statistics.deviation : 1
        var advantages = raw.advantages
        for row in asked { advantages[row] = (advantages[row] - statistics.mean) / width }
        return ChannelAdvantages(advantages: advantages, targets: raw.targets)
    }
}
