import Foundation
import Replay
import TestSupport
import Testing

/// The golden set's data and what the reference implementation made of them; every size is read from the set's own files.
struct GoldenData {
    /// `data.json`.
    struct Facts: Decodable {
        struct Density: Decodable {
            let cbins: Int, rbins: Int, max_npb: Int, min_npb: Int
            let kept: [Int]
            let draws: [GoldenDraw]
        }
        struct Outliers: Decodable {
            let percent: Double
            let draws: [GoldenDraw]
        }
        struct Inpaint: Decodable {
            let range: [Double]
            let kept: [Int]
        }
        struct Epsilon: Decodable {
            let epsilon: Double
            let kept: [Int]
        }
        struct Noise: Decodable { let scale: Float }
        struct Score: Decodable {
            let target_cost: Double, reward: Double, cost: Double
            let normalised_reward: Double, normalised_cost: Double
        }
        struct Ranges: Decodable {
            let min_episode_cost: Double, max_episode_cost: Double
            let min_episode_reward: Double, max_episode_reward: Double
            let target_cost: Double
        }
        struct Filters: Decodable {
            let ranges: Ranges
            let density: Density
            let outliers: Outliers
            let inpaint: Inpaint
            let epsilon: [Epsilon]
            let noise: Noise
            let scores: [Score]
        }
        struct Selections: Decodable { let safe: Int, risky: Int, boundary: Int }
        struct Sequences: Decodable { let bc: Selections }
        let filters: Filters
        let sequences: Sequences
    }

    let facts: Facts
    let arrays: GoldenFile
    let dataset: TransitionDataset

    init() throws {
        facts = try Golden.decode(Facts.self, "baselines", "data.json")
        arrays = try Golden.file("baselines", "data.safetensors")
        dataset = try TransitionDataset(Self.columns(arrays))
    }

    /// Filters that refer to the set's constants.
    var filters: DatasetFilters {
        let ranges = facts.filters.ranges
        var filters = DatasetFilters()
        filters.costLimit = ranges.target_cost
        filters.ranges = OutcomeRanges(
            cost: ranges.min_episode_cost...ranges.max_episode_cost,
            reward: ranges.min_episode_reward...ranges.max_episode_reward)
        return filters
    }

    private static func columns(_ arrays: GoldenFile) throws -> TransitionColumns {
        let observations = try arrays.floats("in.observations")
        let next = try arrays.floats("in.next_observations")
        let actions = try arrays.floats("in.actions")
        let (rewards, costs) = (try arrays.floats("in.rewards"), try arrays.floats("in.costs"))
        let (terminals, timeouts) = (
            try arrays.integers("in.terminals"), try arrays.integers("in.timeouts")
        )
        let (o, a) = (try arrays.shape("in.observations")[1], try arrays.shape("in.actions")[1])
        var columns = TransitionColumns(observationSize: o, actionSize: a)
        for row in rewards.indices {
            columns.append(
                observation: observations[row * o..<(row + 1) * o], action: actions[row * a..<(row + 1) * a],
                nextObservation: next[row * o..<(row + 1) * o], reward: rewards[row], cost: costs[row],
                terminated: terminals[row] != 0, truncated: timeouts[row] != 0)
        }
        return columns
    }
}

/// One draw of the reference implementation.
struct GoldenDraw: Decodable {
    let sample: [Int]?
    let choice: [Int]?
    let uniform: [Double]?
    /// What was drawn from, where the set lists it.
    let candidates: [Int]?
    /// How many it was drawn from.
    let count: Int?

    private enum Key: String, CodingKey { case sample, choice, uniform, of }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        sample = try fields.decodeIfPresent([Int].self, forKey: .sample)
        choice = try fields.decodeIfPresent([Int].self, forKey: .choice)
        uniform = try fields.decodeIfPresent([Double].self, forKey: .uniform)
        candidates = try? fields.decode([Int].self, forKey: .of)
        count = candidates?.count ?? (try? fields.decode(Int.self, forKey: .of))
    }
}

/// Gives the draws of the reference implementation, and expects to be asked for them in their order.
struct GoldenDraws: DataDraws {
    private var draws: ArraySlice<GoldenDraw>
    private var normals: ArraySlice<Float>

    init(_ draws: [GoldenDraw] = [], normals: [Float] = []) {
        (self.draws, self.normals) = (draws[...], normals[...])
    }

    /// Whether everything was asked for.
    var isUsedUp: Bool { draws.isEmpty && normals.isEmpty }

    mutating func sample(_ count: Int, of candidates: [Int]) -> [Int] {
        let draw = draws.popFirst()
        #expect(draw?.candidates == nil || draw?.candidates == candidates)
        return values(draw, draw?.sample ?? draw?.choice, count, of: candidates.count)
    }

    mutating func integers(_ count: Int, below bound: Int) -> [Int] {
        let draw = draws.popFirst()
        return values(draw, draw?.choice, count, of: bound)
    }

    mutating func positions(_ count: Int, weights: [Double]) -> [Int] {
        let draw = draws.popFirst()
        return values(draw, draw?.choice, count, of: weights.count)
    }

    mutating func uniforms(_ count: Int) -> [Double] {
        let drawn = draws.popFirst()?.uniform ?? []
        #expect(drawn.count == count)
        return drawn.count == count ? drawn : Array(repeating: 0, count: count)
    }

    mutating func fillNormal(_ values: UnsafeMutableBufferPointer<Float>) {
        #expect(normals.count >= values.count)
        for index in values.indices { values[index] = normals.popFirst() ?? 0 }
    }

    private func values(_ draw: GoldenDraw?, _ drawn: [Int]?, _ count: Int, of bound: Int) -> [Int] {
        #expect(draw?.count == bound)
        #expect(drawn?.count == count)
        return drawn?.count == count ? drawn ?? [] : Array(repeating: 0, count: count)
    }
}
