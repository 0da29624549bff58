import Storage

/// What an episode counts in a safety test.
public struct TestedCost: Codable, Sendable, Hashable {
    /// Whether an episode counts 1 with any violation and 0 without, instead of its cost.
    public let countsViolations: Bool
    /// The cost channel that counts; nothing for all together.
    public let channel: String?

    /// Says what an episode counts.
    ///
    /// - Parameters:
    ///   - countsViolations: whether it is 1 with any violation and 0 without, instead of the episode's cost.
    ///   - channel: the cost channel that counts; nothing for all together.
    public init(countsViolations: Bool = false, channel: String? = nil) {
        (self.countsViolations, self.channel) = (countsViolations, channel)
    }

    /// What the test is about, in a few words.
    public var words: String {
        let what =
            countsViolations ? "probability that an episode has a violation" : "mean cost of an episode"
        return what + (channel.map { ", channel \($0) alone" } ?? "")
    }

    /// What an episode counts.
    ///
    /// - Parameter episode: of an environment that has the channel.
    /// - Returns: its cost, or 1 or 0 for a violation or none.
    func callAsFunction(_ episode: EpisodeRecord) -> Double {
        guard let channel, let channels = episode.channels else {
            return countsViolations ? (episode.isViolated ? 1 : 0) : episode.totalCost
        }
        guard let own = channels.first(where: { $0.name == channel }) else {
            preconditionFailure("episode \(episode.index) has no channel \(channel)")
        }
        return countsViolations ? (own.firstViolation == nil ? 0 : 1) : own.totalCost
    }

    /// Refuses a channel that an environment does not have.
    ///
    /// - Throws: `UnknownName`.
    package func check(in place: any VectorEnvironment) throws(UnknownName) {
        if let channel, !place.costNames.contains(channel) {
            throw UnknownName(channel, isNone: "cost channel", of: place.costNames)
        }
    }
}
