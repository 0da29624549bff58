import Replay

/// One recorded episode, as plain arrays.
public struct Trajectory: Codable, Sendable, Hashable {
    /// The states acted in and, last, the one that was reached: one more than there are actions.
    public var observations: [[Double]]
    /// The recorded actions.
    public var actions: [[Double]]
    /// The reward of each step.
    public var rewards: [Double]
    /// The costs of each step by name, at least 0.
    public var costs: [String: [Double]]
    /// How it ended.
    public var end: EpisodeEnd
    /// Probability or density with which each action was chosen, where that was recorded; positive.
    public var behaviour: [Double]?

    /// Describes an episode; `TrajectorySet` checks it.
    public init(
        observations: [[Double]], actions: [[Double]], rewards: [Double], costs: [String: [Double]] = [:],
        end: EpisodeEnd, behaviour: [Double]? = nil
    ) {
        (self.observations, self.actions, self.rewards) = (observations, actions, rewards)
        (self.costs, self.end, self.behaviour) = (costs, end, behaviour)
    }

    /// Number of steps.
    public var length: Int { rewards.count }
}

/// What is summed up over an episode: the reward or one of the costs.
public enum Signal: Codable, Sendable, Hashable, CustomStringConvertible {
    /// The reward.
    case reward
    /// The cost of that name.
    case cost(String)

    /// `reward`, `cost NAME`, or `cost` for one that is called so.
    public var description: String {
        switch self {
        case .reward: "reward"
        case .cost("cost"): "cost"
        case .cost(let name): "cost \(name)"
        }
    }
}

/// Recorded episodes that fit together: every number finite, every size equal, every cost at least 0.
public struct TrajectorySet: Sendable, Hashable {
    /// The episodes, at least one.
    public let episodes: [Trajectory]
    /// Numbers in an observation.
    public let observationSize: Int
    /// Numbers in an action.
    public let actionSize: Int
    /// The names of the costs, sorted.
    public let costNames: [String]

    /// Checks episodes.
    ///
    /// - Throws: `OffPolicyError` with the first fault.
    public init(_ episodes: [Trajectory]) throws(OffPolicyError) {
        guard let first = episodes.first else { throw .noEpisodes }
        observationSize = first.observations.first?.count ?? 0
        actionSize = first.actions.first?.count ?? 0
        costNames = first.costs.keys.sorted()
        self.episodes = episodes
        for index in episodes.indices { try check(episodes[index], index) }
    }

    /// Steps in all episodes together.
    public var steps: Int { episodes.reduce(0) { $0 + $1.length } }
    /// Episodes that were cut, whose rest nobody knows.
    public var truncated: Int { episodes.count { $0.end == .truncated } }
    /// The reward and every cost.
    public var signals: [Signal] { [.reward] + costNames.map { .cost($0) } }

    /// A signal's value at each step of each episode.
    public func values(of signal: Signal) -> [[Double]] {
        switch signal {
        case .reward: return episodes.map(\.rewards)
        case .cost(let name):
            precondition(costNames.contains(name), "no cost \(name) among \(costNames)")
            return episodes.map { $0.costs[name] ?? [] }
        }
    }

    /// The largest magnitude that a discounted sum of a signal could have, judged by its largest recorded step.
    ///
    /// - Returns: that of an endless episode, or of one ten times as long as the longest recorded where that is less; with
    ///   discount 1 that of the longest recorded. 1 for a signal that is always 0.
    func largestSum(of signal: Signal, discount: Double) -> Double {
        let largest = values(of: signal).reduce(0) { $1.reduce($0) { max($0, abs($1)) } }
        let longest = Double(episodes.reduce(0) { max($0, $1.length) })
        let steps = discount < 1 ? min(1 / (1 - discount), longest * 10) : longest
        return largest > 0 ? largest * steps : 1
    }

    /// Some of the episodes, by their numbers.
    func subset(_ indices: [Int]) throws(OffPolicyError) -> TrajectorySet {
        try TrajectorySet(indices.map { episodes[$0] })
    }

    private func check(_ episode: Trajectory, _ index: Int) throws(OffPolicyError) {
        func fail(_ reason: String) -> OffPolicyError { .badEpisode(index, reason) }
        let length = episode.length
        if length == 0 { throw fail("it has no steps") }
        if episode.observations.count != length + 1 {
            throw fail("\(episode.observations.count) observations for \(length) steps, not one more")
        }
        if episode.actions.count != length {
            throw fail("\(episode.actions.count) actions for \(length) steps")
        }
        if episode.costs.keys.sorted() != costNames {
            throw fail(
                "its costs are \(episode.costs.keys.sorted()), those of the first episode \(costNames)")
        }
        if (episode.behaviour == nil) != (episodes[0].behaviour == nil) {
            throw fail("behaviour probabilities in some episodes only")
        }
        func check(_ rows: [[Double]], _ size: Int, _ name: String) throws(OffPolicyError) {
            for (step, row) in rows.enumerated() where row.count != size || !row.allSatisfy(\.isFinite) {
                throw fail("\(name) \(step) is not \(size) finite numbers")
            }
        }
        try check(episode.observations, observationSize, "observation")
        try check(episode.actions, actionSize, "action")
        for (step, reward) in episode.rewards.enumerated() where !reward.isFinite {
            throw fail("reward \(step) is \(reward)")
        }
        for name in costNames {
            let costs = episode.costs[name] ?? []
            if costs.count != length { throw fail("\(costs.count) costs \"\(name)\" for \(length) steps") }
            for (step, cost) in costs.enumerated() where !(cost.isFinite && cost >= 0) {
                throw fail("cost \"\(name)\" \(step) is \(cost), not a number of at least 0")
            }
        }
        guard let behaviour = episode.behaviour else { return }
        if behaviour.count != length { throw fail("\(behaviour.count) probabilities for \(length) steps") }
        for (step, probability) in behaviour.enumerated() where !(probability.isFinite && probability >= 0) {
            throw fail("behaviour probability \(step) is \(probability)")
        }
    }
}

extension TrajectorySet {
    /// The whole episodes of a data set; rows after the last episode end are left out.
    ///
    /// - Parameter data: rewards and costs as stored, the costs under the name `cost`.
    /// - Throws: `OffPolicyError`.
    public init(_ data: TransitionDataset) throws(OffPolicyError) {
        func rows(_ column: UnsafeBufferPointer<Float>, _ size: Int, _ range: Range<Int>) -> [[Double]] {
            range.map { row in (0..<size).map { Double(column[row * size + $0]) } }
        }
        try self.init(
            data.episodes.map { episode in
                let last = episode.rows.upperBound - 1..<episode.rows.upperBound
                return Trajectory(
                    observations: rows(data.observations, data.observationSize, episode.rows)
                        + rows(data.nextObservations, data.observationSize, last),
                    actions: rows(data.actions, data.actionSize, episode.rows),
                    rewards: episode.rows.map { Double(data.rewards[$0]) },
                    costs: ["cost": episode.rows.map { Double(data.costs[$0]) }],
                    end: episode.ending)
            })
    }
}
