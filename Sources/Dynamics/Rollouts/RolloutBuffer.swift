import Assurance
import Guardians
import Replay
import Tensors

/// One episode in a model.
public struct ModelEpisode: Equatable, Sendable {
    /// Its steps in the buffer, in order; at least one.
    public let rows: Range<Int>
    /// How it ended: the horizon truncates, and more would have come.
    public let ending: Episode.Ending
    /// Row of the starts that it began in.
    public let start: Int
    /// Number of the random streams that it used.
    public let number: Int

    /// Number of steps.
    public var length: Int { rows.count }

    /// Describes an episode.
    public init(rows: Range<Int>, ending: Episode.Ending, start: Int, number: Int) {
        (self.rows, self.ending, self.start, self.number) = (rows, ending, start, number)
    }
}

/// Roll-outs of a policy in a guarded model, as plain columns; the steps of an episode stand together, in order.
///
/// The state stored is the one acted in, the action stored is the one the policy asked for, and `executedActions` is what
/// was done. An episode ends terminated or truncated, and the two are kept apart.
public struct RolloutBuffer: Equatable, Sendable {
    /// Names and order of the columns of states and actions.
    public let variables: ModelVariables
    /// Names of the cost channels.
    public let channels: [String]
    /// Whole episodes, in the order of the starts.
    public let episodes: [ModelEpisode]
    /// States acted in, `[count, S]`.
    public let states: Matrix
    /// Actions that the policy asked for, `[count, A]`; in a frozen state, the last one.
    public let actions: Matrix
    /// Actions done, `[count, A]`; others than asked for where `isReplaced`, or beyond the model's range of actions.
    public let executedActions: Matrix
    /// States reached, `[count, S]`: also after the last step of a truncated episode.
    public let nextStates: Matrix
    /// Rewards.
    public let rewards: [Double]
    /// Costs, `[count, channels]`, at least 0.
    public let costs: Matrix
    /// Whether the pair asked for lies outside the data.
    public let isOutside: [Bool]
    /// Whether a fallback's action was done.
    public let isReplaced: [Bool]
    /// Whether the state had frozen before this step, so that the policy was not asked: such rows belong to returns, and to
    /// no policy's gradient and no value's regression.
    public let isAbsorbed: [Bool]
    /// Whether the state freezes with this step.
    public let isAbsorbing: [Bool]
    /// The recorded transition that each successor was read from; −1 where there is none.
    public let provenance: [Int]
    /// Disagreement of an ensemble; NaN where no transition was made, nil for models without members.
    public let disagreement: [Double]?
    /// How many predictions of each channel were clamped at 0.
    public let clamped: [Int]

    /// Number of steps.
    public var count: Int { rewards.count }

    /// Whether an episode ended by itself with each step.
    public var isTerminated: [Bool] { lastSteps(of: .terminated) }

    /// Whether the horizon cut an episode off after each step.
    public var isTruncated: [Bool] { lastSteps(of: .truncated) }

    /// Steps that the policy was asked for.
    public var decisions: [Int] { isAbsorbed.indices.filter { !isAbsorbed[$0] } }

    /// One cost channel.
    ///
    /// - Throws: `DynamicsError.unknownName`.
    public func cost(_ channel: String) throws(DynamicsError) -> [Double] {
        guard let column = channels.firstIndex(of: channel) else {
            throw .unknownName(channel, present: channels)
        }
        return costs.columns(at: [column]).elements
    }

    /// Σ γᵗ·rₜ of each episode, t from 0; the plain sum for γ = 1.
    public func returns(discount: Double) -> [Double] { sums(of: rewards, discount: discount) }

    /// Σ γᵗ·cₜ of each episode in one channel.
    ///
    /// - Throws: `DynamicsError.unknownName`.
    public func costReturns(_ channel: String, discount: Double) throws(DynamicsError) -> [Double] {
        sums(of: try cost(channel), discount: discount)
    }

    /// What the episodes spent of a constraint's budget, each.
    ///
    /// - Throws: `DynamicsError.noChannel`.
    public func spending(of constraint: CostConstraint) throws(DynamicsError) -> [Double] {
        guard channels.contains(constraint.name) else {
            throw .noChannel(constraint: constraint.name, present: channels)
        }
        return try costReturns(constraint.name, discount: constraint.sum.discount)
    }

    /// How many of the episodes did a step outside the data, for an exact bound on the probability that one does.
    ///
    /// What counts is the channel `out-of-support`: in mode `reject`, that what was done lay outside. The bound is about this
    /// policy in this model, from these starts drawn independently; nil without a guardian.
    public var outsideEpisodes: BinomialCount? {
        guard !episodes.isEmpty, let outside = try? cost(outOfSupportChannel) else { return nil }
        return BinomialCount(
            events: episodes.count { episode in episode.rows.contains { outside[$0] > 0 } },
            trials: episodes.count)
    }

    private func sums(of values: [Double], discount: Double) -> [Double] {
        precondition(discount >= 0 && discount <= 1, "a discount of \(discount) is outside [0, 1]")
        return episodes.map { episode in
            episode.rows.reversed().reduce(0) { values[$1] + discount * $0 }
        }
    }

    private func lastSteps(of ending: Episode.Ending) -> [Bool] {
        var result = [Bool](repeating: false, count: count)
        for episode in episodes where episode.ending == ending { result[episode.rows.upperBound - 1] = true }
        return result
    }
}
