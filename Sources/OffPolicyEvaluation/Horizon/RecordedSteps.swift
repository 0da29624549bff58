import Replay
import Tensors

/// Recorded steps as columns, with the first state of every episode: what values over a horizon are fitted to.
public struct RecordedSteps: Sendable {
    /// Numbers in an observation.
    public let observationSize: Int
    /// Numbers in an action; 1 where it is a choice.
    public let actionSize: Int
    /// How many choices an action is one of; nil where actions are real numbers.
    public let actionChoices: Int?
    /// Episodes recorded, steps of all of them, and steps of the longest.
    public let episodeCount, recordedSteps, longest: Int
    /// Episodes that were cut, whose rest nobody knows.
    public let truncated: Int
    /// The episode of each step, ascending.
    public let episodes: [Int]
    /// States acted in and states reached, `[steps, observationSize]`.
    public let observations, nextObservations: [Float]
    /// Actions taken, `[steps, actionSize]`.
    public let actions: [Float]
    /// Whether each step ended its episode for good.
    public let isTerminated: [Bool]
    /// The reward, the cost (of all channels together), and each channel that the data name.
    public let signals: [Signal]
    /// A signal's value at each step, `[signals][steps]`.
    public let values: [[Double]]
    /// The first state of each episode, `[episodes, observationSize]`.
    public let starts: [Float]

    /// Steps that were taken over.
    public var count: Int { episodes.count }

    /// Takes over the steps of whole episodes.
    ///
    /// - Parameters:
    ///   - data: the recording; rows after the last episode end are left out.
    ///   - most: of more steps so many are drawn, one from each of so many equal parts; the starts are all taken.
    ///   - seed: of the draws.
    public init(_ data: TransitionDataset, most: Int = .max, seed: UInt64) {
        precondition(most >= 1, "\(most) steps")
        let rows = data.episodes.flatMap(\.rows)
        var kept = rows
        if rows.count > most {
            var stream = RandomStream(seed: seed, for: .sampling)
            kept = (0..<most).map { part in
                let cell = Shards.range(part, of: most, rows: rows.count)
                return rows[cell.lowerBound + stream.nextInteger(below: cell.count)]
            }
        }
        var episodes: [Int] = [], place = 0
        for (number, episode) in data.episodes.enumerated() {
            while place < kept.count && kept[place] < episode.rows.upperBound {
                episodes.append(number)
                place += 1
            }
        }
        func gathered(_ column: UnsafeBufferPointer<Float>, _ size: Int, _ rows: [Int]) -> [Float] {
            rows.flatMap { column[$0 * size..<($0 + 1) * size] }
        }
        (observationSize, actionSize) = (data.observationSize, data.actionSize)
        (actionChoices, self.episodes) = (data.actionChoices, episodes)
        (episodeCount, recordedSteps) = (data.episodes.count, rows.count)
        longest = data.episodes.reduce(0) { max($0, $1.length) }
        truncated = data.episodes.count { $0.ending == .truncated }
        observations = gathered(data.observations, data.observationSize, kept)
        nextObservations = gathered(data.nextObservations, data.observationSize, kept)
        actions = gathered(data.actions, data.actionSize, kept)
        isTerminated = kept.map { data.terminals[$0] != 0 }
        let channels = data.hasNamedCosts ? data.costChannels : []
        signals = [.reward, .cost("cost")] + channels.map { .cost($0.name) }
        values = ([data.rewards, data.costs] + channels.map(\.costs)).map { column in
            kept.map { Double(column[$0]) }
        }
        starts = gathered(data.observations, data.observationSize, data.episodes.map(\.rows.lowerBound))
    }

    /// Least and largest sum of a signal that an episode could have, judged by its recorded values.
    public func possibleSums(ofSignal signal: Int, over horizon: ValueHorizon) -> ClosedRange<Double> {
        range(ofSignal: signal, over: horizon.sum(horizon.steps))
    }

    /// Least and largest sum of a signal over so many steps, judged by its recorded values; an end counts 0 from then on.
    func range(ofSignal signal: Int, over sum: Double) -> ClosedRange<Double> {
        var (low, high) = (values[signal].min() ?? 0, values[signal].max() ?? 0)
        if isTerminated.contains(true) { (low, high) = (min(low, 0), max(high, 0)) }
        return low * sum...high * sum
    }
}

/// How often each episode counts: all once, or as a resample draws them.
enum EpisodeCounts {
    /// As many draws as episodes, with replacement.
    static func resample(_ episodes: Int, seed: UInt64, number: Int) -> [Double] {
        var stream = RandomStream(seed: seed, for: .splitting, index: UInt32(number))
        var counts = [Double](repeating: 0, count: episodes)
        for _ in 0..<episodes { counts[stream.nextInteger(below: episodes)] += 1 }
        return counts
    }
}

/// How far a policy's value is summed up.
public struct ValueHorizon: Sendable, Hashable {
    /// Steps, at least 1.
    public let steps: Int
    /// γ, in [0, 1].
    public let discount: Double

    /// Describes a sum over at most so many steps.
    public init(steps: Int, discount: Double = 1) {
        precondition(steps >= 1 && discount >= 0 && discount <= 1, "\(steps) steps, discount \(discount)")
        (self.steps, self.discount) = (steps, discount)
    }

    /// 1 + γ + … of so many steps.
    func sum(_ steps: Int) -> Double {
        discount == 1 ? Double(steps) : (1 - power(steps)) / (1 - discount)
    }

    private func power(_ steps: Int) -> Double { (0..<steps).reduce(1) { product, _ in product * discount } }
}

/// Fitted values of the first states, by all episodes and by resamples of them.
public struct HorizonEstimate: Sendable, Hashable {
    /// The value of each signal.
    public let values: [Double]
    /// The same fitted anew to episodes drawn with replacement, `[resamples][signals]`.
    public let resampled: [[Double]]

    /// States an estimate.
    public init(values: [Double], resampled: [[Double]]) {
        (self.values, self.resampled) = (values, resampled)
    }
}
