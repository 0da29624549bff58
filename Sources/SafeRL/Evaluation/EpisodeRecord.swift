import Foundation

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
    /// Sum of the costs of the first channel, undiscounted.
    public fileprivate(set) var totalCost = 0.0
    /// The first step with a positive cost, counted from 1; nothing in a clean episode.
    public fileprivate(set) var firstViolation: Int?
    /// How the episode ended.
    public fileprivate(set) var end = EpisodeEnd.truncated
    /// Whether it ended at the goal; nothing where the environment has none.
    public fileprivate(set) var reachedGoal: Bool?

    /// Whether any step had a positive cost.
    public var isViolated: Bool { firstViolation != nil }

    init(index: Int, seed: UInt64) { (self.index, self.seed) = (index, seed) }

    private enum CodingKeys: String, CodingKey {
        case index = "episode"
        case seed, length
        case totalReward = "return"
        case totalCost = "cost"
        case isViolated = "violated"
        case firstViolation = "first_violation"
        case end
        case reachedGoal = "reached_goal"
    }

    mutating func add(_ outcome: StepOutcome) {
        length += 1
        totalReward += Double(outcome.reward)
        totalCost += Double(outcome.cost)
        if outcome.cost > 0 && firstViolation == nil { firstViolation = length }
    }

    mutating func close(_ end: EpisodeEnd, reachedGoal: Bool?) {
        (self.end, self.reachedGoal) = (end, reachedGoal)
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
    }
}

extension Sequence<EpisodeRecord> {
    /// One JSON object a line, keys sorted, each line ended by a line feed.
    ///
    /// - Throws: when a number is not finite, which the evaluator rules out.
    public func jsonLines() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try reduce(into: "") { $0 += String(decoding: try encoder.encode($1), as: UTF8.self) + "\n" }
    }
}
