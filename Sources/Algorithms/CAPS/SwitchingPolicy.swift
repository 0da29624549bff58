import Foundation
import SafeRL

/// CAPS's policy: of the heads whose predicted cost fits the budget that is left, the one of the best predicted reward acts.
///
/// It sees how its episode went, so that every step knows what may still be spent in how many steps.
package final class SwitchingPolicy: Policy {
    /// Floats in an observation.
    package var observationSize: Int { description.observation }
    /// Floats in an action.
    package var actionSize: Int { description.action }
    /// Yes: the costs so far and the number of steps.
    package let seesProgress = true

    private let configuration: CAPS.Configuration
    private let description: CAPS.Description
    private let actor: Network<MultiHeadActor>
    private let rewardQ: Network<Ensemble>, costQ: Network<Ensemble>
    private let tape = Tape()

    init(
        _ configuration: CAPS.Configuration, _ description: CAPS.Description,
        actor: Network<MultiHeadActor>, rewardQ: Network<Ensemble>, costQ: Network<Ensemble>
    ) {
        (self.configuration, self.description) = (configuration, description)
        (self.actor, self.rewardQ, self.costQ) = (actor, rewardQ, costQ)
    }

    /// One forward pass of every network for all observations together.
    package func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        let (rows, size) = (streams.count, actionSize)
        precondition(
            observations.count == rows * inputSize && actions.count == rows * size, "act: sizes do not fit")
        let seen = Tensor(rows, observationSize)
        var limits: [Float] = []
        for row in 0..<rows {
            let start = row * inputSize
            for column in 0..<observationSize { seen[row, column] = observations[start + column] }
            limits.append(limit(after: EpisodeProgress(in: observations, at: start + observationSize)))
        }
        description.transforms.normalise(observations: seen.buffer)
        let proposals = proposals(in: seen)
        for row in 0..<rows {
            let head = CAPS.head(
                rewards: proposals.map { $0.reward.values[row] },
                costs: proposals.map { $0.cost.values[row] }, within: limits[row])
            let chosen = proposals[head].action.values
            for column in 0..<size { actions[row * size + column] = chosen[row * size + column] }
        }
    }

    /// What a head would do and what is predicted of it, one row for each observation.
    package struct Proposal {
        package let action, reward, cost: Variable
    }

    /// The proposals of all heads; valid until the next call.
    ///
    /// - Parameter seen: observations after the transforms, `[B, O]`.
    /// - Returns: one for each head.
    package func proposals(in seen: borrowing Tensor) -> [Proposal] {
        tape.reset()
        let s = tape.constant(seen), w = actor.weights(on: tape)
        let shared = actor.body.trunk(s, w)
        return (0..<configuration.heads).map { head in
            let action = actor.body.action(head, shared, w)
            let sa = s.joined(action)
            return Proposal(action: action, reward: rewardQ(sa).smallest(), cost: -costQ(sa).smallest())
        }
    }

    /// The discounted cost that the rest of an episode may have: that of the budget left, spread evenly over the steps left.
    package func limit(after progress: EpisodeProgress) -> Float {
        let length =
            configuration.episodeLength > 0 ? configuration.episodeLength : description.longestEpisode
        let left = Double(max(length - progress.steps, 1))
        let budget = max(Double(configuration.costLimit) - Double(progress.totalCost), 0)
        let discount = Double(configuration.discount)
        return Float(budget * (1 - pow(discount, left)) / (1 - discount) / left)
    }
}

extension CAPS {
    /// Which head acts: of those whose cost is below the limit the most rewarding, the first of equals; the cheapest where
    /// there is none.
    ///
    /// - Parameters:
    ///   - rewards: predicted value of each head's action.
    ///   - costs: predicted discounted cost; one that is no number fits no limit.
    ///   - limit: discounted cost that is allowed.
    /// - Returns: its number.
    package static func head(rewards: [Float], costs: [Float], within limit: Float) -> Int {
        let fitting = costs.indices.filter { costs[$0] < limit }
        return fitting.max { rewards[$0] < rewards[$1] || (rewards[$0] == rewards[$1] && $0 > $1) }
            ?? costs.indices.min { costs[$0] < costs[$1] } ?? 0
    }
}
