import Foundation
import Storage

/// Why a policy's value cannot be estimated from recorded episodes.
public enum OffPolicyError: Fault, Equatable, Sendable {
    /// Nothing was recorded.
    case noEpisodes
    /// An episode that does not fit or holds something impossible.
    case badEpisode(Int, String)
    /// The episodes carry no behaviour probabilities.
    case noBehaviour
    /// A recorded action that the behaviour never takes.
    case impossibleAction(episode: Int, step: Int)
    /// A recorded action whose probability is so small that the ratio to it is beyond all numbers.
    case hugeRatio(episode: Int, step: Int)
    /// A policy without probabilities, of which no weight can be computed.
    case noProbabilities
    /// A probability that is negative or not finite.
    case badProbability(Double, episode: Int, step: Int)
    /// The policy takes none of the recorded actions up to a step.
    case noOverlap(step: Int)
    /// Too few episodes count.
    case fewEffectiveEpisodes(Double, least: Double)
    /// The policy takes actions that were not recorded in that state.
    case unseenPair(observation: [Double], action: [Double])
    /// With discount 1, a state from which recorded episodes never end.
    case endless(observation: [Double])
    /// More states than a dense equation is solved for.
    case tooManyStates(Int, most: Int)
    /// The equation or iteration has no usable solution.
    case noSolution(String)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .noEpisodes, .badEpisode, .noBehaviour, .impossibleAction, .hugeRatio, .badProbability, .endless:
            .badData
        case .noProbabilities, .noOverlap, .fewEffectiveEpisodes, .unseenPair, .tooManyStates: .usage
        case .noSolution: .internalFault
        }
    }

    /// One sentence.
    public var description: String {
        switch self {
        case .noEpisodes: "no recorded episodes to estimate from."
        case .badEpisode(let index, let reason): "episode \(index): \(reason)."
        case .noBehaviour:
            "the episodes carry no behaviour probabilities: record them, or choose an estimated behaviour."
        case .impossibleAction(let episode, let step):
            "episode \(episode), step \(step): the behaviour takes the recorded action with probability 0: it is not "
                + "the behaviour that was recorded."
        case .hugeRatio(let episode, let step):
            "episode \(episode), step \(step): the policy takes the recorded action so much more often than the behaviour "
                + "that the ratio is beyond all numbers."
        case .noProbabilities:
            "the policy states no probabilities: importance sampling needs them; fitted values do not."
        case .badProbability(let value, let episode, let step):
            "episode \(episode), step \(step): the policy's probability is \(value), not a number of at least 0."
        case .noOverlap(let step):
            "the policy takes the actions recorded up to step \(step) in no episode: the data say nothing about it."
        case .fewEffectiveEpisodes(let size, let least):
            String(format: "effective sample size %.3g, below %g: ", size, least)
                + "record more episodes, or evaluate a policy closer to the behaviour."
        case .unseenPair(let observation, let action):
            "action \(action) was not recorded at \(observation): state a value for unseen pairs, or restrict the policy "
                + "to recorded actions."
        case .endless(let observation):
            "discount 1, and no recorded way to an end from \(observation): use a discount below 1."
        case .tooManyStates(let count, let most):
            "\(count) distinct states, more than \(most): use fitted values on features."
        case .noSolution(let reason): "fitted values: \(reason)."
        }
    }
}
