import Tensors

/// What happens when the guardian calls a pair of a state and an action outside the data.
public enum GuardMode {
    /// The guardian is not asked, and there is no channel of its own.
    case off
    /// The model goes on as if nothing were; the channel counts the step.
    case costOnly
    /// The state freezes: this step and all that follow, up to the horizon, give this reward and count in the channel.
    case absorbingPenalty(reward: Double)
    /// The episode ends with this step, as terminated, with this reward.
    ///
    /// Where rewards are negative an end without a penalty is a prize: give a reward below what going on can cost.
    case terminate(reward: Double)
    /// Another action is done instead; the channel counts the step if that one is outside too.
    case reject(Fallback)

    /// The name in messages.
    public var name: String {
        switch self {
        case .off: "off"
        case .costOnly: "cost only"
        case .absorbingPenalty: "absorbing penalty"
        case .terminate: "terminate"
        case .reject: "reject"
        }
    }
}

/// The action that is done in place of a rejected one.
public struct Fallback {
    /// Where the action comes from.
    public enum Source {
        /// The action of a finite table with the lowest score of the guardian, the first of equals, `[actions, A]`.
        case leastOutside(of: Matrix)
        /// Always this one.
        case fixed([Double])
        /// What a policy does in these states, such as one cloned from the data: `[n, S]` to `[n, A]`, row by row.
        case policy((_ states: Matrix) throws -> Matrix)
    }

    /// What happens when the fallback's action is outside too; with `leastOutside`, when every action is.
    public enum WhenOutside: Equatable, Sendable {
        /// It is done all the same, and the step counts in the channel.
        case proceed
        /// The episode ends with this step, as terminated, with this reward, and the step counts in the channel.
        case terminate(reward: Double)
    }

    /// The name in messages and reports.
    public let name: String
    /// Names of the numbers of its actions, in order; they must be the model's.
    public let variables: [String]
    /// Where the action comes from.
    public let source: Source
    /// What happens when that is outside too.
    public let whenOutside: WhenOutside

    /// Names a fallback.
    public init(_ name: String, variables: [String], _ source: Source, whenOutside: WhenOutside) {
        (self.name, self.variables, self.source) = (name, variables, source)
        self.whenOutside = whenOutside
    }
}
