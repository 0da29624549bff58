/// How large an episode can be, as its environment states it: what intervals that hold for every sample rest on.
public struct EpisodeExtent: Sendable, Equatable {
    /// Steps of the shortest episode: 1, or 0 where a shield may stop it before the first.
    public let shortest: Int
    /// Steps of the longest episode, at least 1.
    public let steps: Int
    /// The largest sum of the costs of all channels; nothing where the environment does not say.
    public let cost: Double?
    /// The largest sum of the costs of a channel, by its name; empty where the environment does not say.
    public let channelCosts: [String: Double]

    /// Asks an environment.
    ///
    /// - Parameters:
    ///   - environment: where the episodes are run.
    ///   - timeLimit: steps after which they are cut; nothing for the environment's own limit.
    ///   - isShielded: whether a shield may stop an episode before its first step.
    public init(of environment: any VectorEnvironment, timeLimit: Int? = nil, isShielded: Bool = false) {
        shortest = isShielded ? 0 : 1
        steps = timeLimit ?? environment.timeLimit
        cost = LargestEpisodeCost.stated(by: environment, steps: timeLimit)
        var channels: [String: Double] = [:]
        for name in environment.costNames {
            channels[name] = LargestEpisodeCost.stated(by: environment, channel: name, steps: timeLimit)
        }
        channelCosts = channels
    }
}
