import Foundation
import Tensors

/// Which episodes windows are drawn from, and how often, given an episode's cost as it is labelled.
public enum EpisodeSampling: Sendable, Equatable {
    /// All alike.
    case uniform
    /// In proportion to what the cost leaves of a number, never below 0.
    case linear(from: Double)
    /// In proportion to 1 / (cost + a number).
    case inverse(plus: Double)

    /// Proportional to the probability of an episode.
    public func weight(ofCost cost: Double) -> Double {
        switch self {
        case .uniform: 1
        case .linear(let most): max(most - cost, 0)
        case .inverse(let more): 1 / (cost + more)
        }
    }
}

/// The whole episodes of a data set as sequences with returns-to-go and costs-to-go, and copies with other labels.
///
/// - SeeAlso: Chen et al. 2021, arXiv:2106.01345; Liu et al. 2023, arXiv:2302.07351.
public final class EpisodeSequences {
    /// One sequence: an episode, and what is added to its labels.
    public struct Sequence: Sendable, Equatable {
        /// Position in the data set's `episodes`.
        public let episode: Int
        /// Added to returns-to-go before they are scaled.
        public let returnShift: Double
        /// Added to costs-to-go.
        public let costShift: Double

        /// States a sequence.
        public init(episode: Int, returnShift: Double = 0, costShift: Double = 0) {
            (self.episode, self.returnShift, self.costShift) = (episode, returnShift, costShift)
        }
    }

    /// Where the rows are from.
    public let dataset: TransitionDataset
    /// The recorded episodes in order, then the relabelled ones.
    public private(set) var sequences: [Sequence]
    /// Probability of each sequence.
    public private(set) var probabilities: [Double] = []
    private var cumulative: [Double] = []
    private let returnScale: Float
    private let returnsToGo, costsToGo: [Float]

    /// Computes the labels of the recorded episodes.
    ///
    /// - Parameters:
    ///   - dataset: rows after its last end are left out.
    ///   - returnScale: factor of returns-to-go in windows.
    ///   - sampling: how often an episode is drawn.
    ///   - boundary: keeps the episodes of at most this cost, and labels each with exactly this; nil keeps all, as recorded.
    public init(
        _ dataset: TransitionDataset, returnScale: Float, sampling: EpisodeSampling, boundary: Float? = nil
    ) {
        (self.dataset, self.returnScale) = (dataset, returnScale)
        returnsToGo = Self.sumsToGo(dataset.rewards, dataset.episodes)
        let costs = Self.sumsToGo(dataset.costs, dataset.episodes)
        costsToGo = costs
        sequences = dataset.episodes.indices.compactMap {
            guard let boundary else { return Sequence(episode: $0) }
            let cost = costs[dataset.episodes[$0].rows.lowerBound]
            return cost <= boundary
                ? Sequence(episode: $0, costShift: Double(boundary) - Double(cost)) : nil
        }
        weigh(sampling)
    }

    private static func sumsToGo(_ values: UnsafeBufferPointer<Float>, _ episodes: [Episode]) -> [Float] {
        var sums = [Float](repeating: 0, count: values.count)
        for episode in episodes {
            var sum: Float = 0
            for row in episode.rows.reversed() {
                sum = values[row] + sum
                sums[row] = sum
            }
        }
        return sums
    }

    /// What recorded episodes cost and return, in their order: the first labels of each.
    public var outcomes: [EpisodeOutcome] {
        dataset.episodes.map {
            EpisodeOutcome(cost: costsToGo[$0.rows.lowerBound], reward: returnsToGo[$0.rows.lowerBound])
        }
    }

    /// Adds copies of episodes whose labels begin with the targets' numbers.
    ///
    /// - Parameters:
    ///   - targets: what `EpisodeRelabelling` chose.
    ///   - sampling: how often a sequence is drawn, by the cost that it is labelled with.
    public func add(_ targets: [RelabelledEpisode], sampling: EpisodeSampling) {
        let outcomes = outcomes
        sequences += targets.map {
            let recorded = outcomes[$0.episode]
            return Sequence(
                episode: $0.episode, returnShift: $0.reward - Double(recorded.reward),
                costShift: $0.cost - Double(recorded.cost))
        }
        weigh(sampling)
    }

    /// Cost of a sequence as it is labelled.
    public func cost(of sequence: Sequence) -> Float {
        costToGo(dataset.episodes[sequence.episode].rows.lowerBound, sequence)
    }

    private func weigh(_ sampling: EpisodeSampling) {
        var total = 0.0
        cumulative = sequences.map {
            total += sampling.weight(ofCost: Double(cost(of: $0)))
            return total
        }
        probabilities = zip(cumulative, [0] + cumulative).map { total > 0 ? ($0 - $1) / total : 0 }
    }

    /// Whether there is a sequence that can be drawn.
    public var canBeDrawn: Bool { (cumulative.last ?? 0) > 0 }

    private func returnToGo(_ row: Int, _ sequence: Sequence) -> Float {
        Float(Double(returnsToGo[row]) + sequence.returnShift)
    }

    private func costToGo(_ row: Int, _ sequence: Sequence) -> Float {
        Float(Double(costsToGo[row]) + sequence.costShift)
    }

    // MARK: - Windows

    /// Fills a batch with windows of sequences drawn by their probabilities, each from a step drawn uniformly; allocates nothing.
    ///
    /// - Parameters:
    ///   - batch: of the data set's sizes.
    ///   - random: advanced by two draws a window.
    public func fill(_ batch: SequenceBatch, using random: inout RandomStream) {
        precondition(canBeDrawn, "no sequence has a probability above 0")
        for window in 0..<batch.windows {
            let sequence = sequences[drawn(random.nextPreciseUniform())]
            let start = random.nextInteger(below: dataset.episodes[sequence.episode].length)
            fill(batch, window, sequence, from: start)
        }
        normalise(batch)
    }

    /// Fills a batch with the windows that are named.
    ///
    /// - Parameters:
    ///   - batch: of the data set's sizes.
    ///   - picks: a position in `sequences` and a step of its episode for each window.
    public func fill(_ batch: SequenceBatch, picks: [(sequence: Int, start: Int)]) {
        precondition(picks.count == batch.windows, "\(picks.count) picks for \(batch.windows) windows")
        for (window, pick) in picks.enumerated() {
            fill(batch, window, sequences[pick.sequence], from: pick.start)
        }
        normalise(batch)
    }

    /// The first sequence up to which the weights exceed a share of all.
    private func drawn(_ share: Double) -> Int {
        let wanted = share * (cumulative.last ?? 0)
        var (low, high) = (0, cumulative.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > wanted { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private func fill(_ batch: SequenceBatch, _ window: Int, _ sequence: Sequence, from start: Int) {
        let rows = dataset.episodes[sequence.episode].rows
        let count = min(batch.steps, rows.count - start)
        let (first, target) = (rows.lowerBound + start, batch.starts[window])
        batch.starts[window + 1] = target + count
        batch.episodeCosts.buffer[window] = costToGo(rows.lowerBound, sequence)
        copy(dataset.observations, dataset.observationSize, first, count, to: batch.observations, target)
        copy(dataset.actions, dataset.actionSize, first, count, to: batch.actions, target)
        copy(dataset.costs, 1, first, count, to: batch.costs, target)
        for step in 0..<count {
            batch.returnsToGo.buffer[target + step] = returnScale * returnToGo(first + step, sequence)
            batch.costsToGo.buffer[target + step] = costToGo(first + step, sequence)
            batch.timeSteps[target + step] = Int32(start + step)
        }
    }

    private func copy(
        _ column: UnsafeBufferPointer<Float>, _ width: Int, _ row: Int, _ count: Int,
        to tensor: borrowing Tensor, _ target: Int
    ) {
        guard let source = column.baseAddress, let place = tensor.buffer.baseAddress else { return }
        (place + target * width).update(from: source + row * width, count: count * width)
    }

    private func normalise(_ batch: SequenceBatch) {
        let transforms = dataset.transforms
        if !transforms.keepsObservations {
            transforms.normalise(
                observations: UnsafeMutableBufferPointer(
                    rebasing: batch.observations.buffer[..<(batch.rows * dataset.observationSize)]))
        }
        if dataset.actionChoices == nil, let limit = transforms.actionLimit {
            let values = UnsafeMutableBufferPointer(
                rebasing: batch.actions.buffer[..<(batch.rows * dataset.actionSize)])
            for index in values.indices { values[index] = min(max(values[index], -limit), limit) }
        }
    }
}
