import Foundation
import Replay

/// What one evaluation episode amounted to; one line of `episodes.jsonl`.
public struct EpisodeRecord: Codable, Sendable, Equatable {
    /// Number of the episode, from 0.
    public let index: Int
    /// The seed given to `reset`.
    public let seed: UInt64
    /// Steps taken.
    public fileprivate(set) var length = 0
    /// Sum of the rewards, undiscounted.
    public fileprivate(set) var totalReward = 0.0
    /// Sum of the costs of all channels, undiscounted.
    public fileprivate(set) var totalCost = 0.0
    /// The first step with a positive cost, counted from 1; nothing in a clean episode.
    public fileprivate(set) var firstViolation: Int?
    /// Each cost channel by itself, in the environment's order; nothing where there is one.
    public fileprivate(set) var channels: [Channel]?
    /// How the episode ended.
    public fileprivate(set) var end = EpisodeEnd.truncated
    /// Whether it ended at the goal; nothing where the environment has none.
    public fileprivate(set) var reachedGoal: Bool?
    /// Whether a shield stopped it before the task or the time limit did.
    public fileprivate(set) var isStopped = false
    /// What the policy says of the start: its learned feasibility value; nothing of a policy that judges no states.
    public let startFeasibility: Float?

    /// How it went so far.
    public var progress: EpisodeProgress {
        EpisodeProgress(steps: length, totalReward: Float(totalReward), totalCost: Float(totalCost))
    }

    /// Whether any step had a positive cost.
    public var isViolated: Bool { firstViolation != nil }

    /// One constraint in an episode.
    public struct Channel: Codable, Sendable, Equatable {
        /// The constraint's name.
        public let name: String
        /// Sum of its costs, undiscounted.
        public fileprivate(set) var totalCost = 0.0
        /// The first step that violated it, counted from 1; nothing where none did.
        public fileprivate(set) var firstViolation: Int?

        fileprivate init(_ name: String) { self.name = name }

        private enum CodingKeys: String, CodingKey {
            case name
            case totalCost = "cost"
            case firstViolation = "first_violation"
        }
    }

    init(
        index: Int, seed: UInt64, costNames: [String] = CostChannels.single, startFeasibility: Float? = nil
    ) {
        (self.index, self.seed, self.startFeasibility) = (index, seed, startFeasibility)
        if costNames.count > 1 { channels = costNames.map { Channel($0) } }
    }

    private enum CodingKeys: String, CodingKey {
        case index = "episode"
        case seed, length
        case totalReward = "return"
        case totalCost = "cost"
        case isViolated = "violated"
        case firstViolation = "first_violation"
        case end, channels
        case reachedGoal = "reached_goal"
        case startFeasibility = "start_feasibility"
        case isStopped = "stopped"
    }

    mutating func add(_ outcome: StepOutcome) {
        length += 1
        totalReward += Double(outcome.reward)
        totalCost += Double(outcome.cost)
        if outcome.cost > 0 && firstViolation == nil { firstViolation = length }
        for (index, cost) in outcome.costs.enumerated() where channels != nil {
            channels?[index].totalCost += Double(cost)
            if cost > 0 && channels?[index].firstViolation == nil { channels?[index].firstViolation = length }
        }
    }

    mutating func close(_ end: EpisodeEnd, reachedGoal: Bool?, isStopped: Bool = false) {
        (self.end, self.reachedGoal, self.isStopped) = (end, reachedGoal, isStopped)
    }

    /// Reads a line's object; `violated` follows from `first_violation`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        index = try values.decode(Int.self, forKey: .index)
        seed = try values.decode(UInt64.self, forKey: .seed)
        length = try values.decode(Int.self, forKey: .length)
        totalReward = try values.decode(Double.self, forKey: .totalReward)
        totalCost = try values.decode(Double.self, forKey: .totalCost)
        firstViolation = try values.decodeIfPresent(Int.self, forKey: .firstViolation)
        end = try values.decode(EpisodeEnd.self, forKey: .end)
        reachedGoal = try values.decodeIfPresent(Bool.self, forKey: .reachedGoal)
        isStopped = try values.decodeIfPresent(Bool.self, forKey: .isStopped) ?? false
        channels = try values.decodeIfPresent([Channel].self, forKey: .channels)
        startFeasibility = try values.decodeIfPresent(Float.self, forKey: .startFeasibility)
    }

    /// Writes a line's object.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(index, forKey: .index)
        try values.encode(seed, forKey: .seed)
        try values.encode(length, forKey: .length)
        try values.encode(totalReward, forKey: .totalReward)
        try values.encode(totalCost, forKey: .totalCost)
        try values.encode(isViolated, forKey: .isViolated)
        try values.encodeIfPresent(firstViolation, forKey: .firstViolation)
        try values.encode(end, forKey: .end)
        try values.encodeIfPresent(reachedGoal, forKey: .reachedGoal)
        try values.encodeIfPresent(startFeasibility, forKey: .startFeasibility)
        try values.encodeIfPresent(channels, forKey: .channels)
        // A line of an episode that ran to its end is as it was before there were shields.
        if isStopped { try values.encode(true, forKey: .isStopped) }
    }
}

extension Sequence<EpisodeRecord> {
    /// One JSON object a line, keys sorted, each line ended by a line feed.
    ///
    /// - Throws: when a number is not finite, which the evaluator rules out.
    public func jsonLines() throws -> String {
        let encoder = JSONEncoder.compact
        return try reduce(into: "") { $0 += try encoder.text(of: $1) + "\n" }
    }
}
