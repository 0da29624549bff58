import SafeRL

/// Batches of the transitions of whole episodes, with where rewards and costs of the future count.
///
/// Rows after the last end belong to no episode and are left out, as OSRL does.
package final class EpisodeBatches {
    /// The transitions.
    package let batch: TransitionBatch
    /// 1 where the rewards after a transition count, else 0; `[rows, 1]`.
    package let rewardsGoOn: Tensor
    /// The same of costs.
    package let costsGoOn: Tensor
    /// What is left out, in one line; nil where nothing is.
    let selection: String?
    /// Rows of the data that batches are drawn from, the first ones.
    let count: Int
    private let data: TransitionDataset
    private let kept: [Int32]
    private let timeouts: TimeoutRule
    private let costTargets: CodeFault

    /// Makes room for a batch.
    ///
    /// - Parameters:
    ///   - rows: of one batch.
    ///   - data: where they are drawn from.
    ///   - timeouts: whether a time-out ends an episode for values.
    ///   - costTargets: whether targets of costs ignore where episodes end.
    /// - Throws: `OptionIssue` when the data lack what a time-out needs to be looked through.
    init(
        rows: Int, of data: TransitionDataset, timeouts: TimeoutRule, costTargets: CodeFault
    ) throws {
        try timeouts.check(data)
        (self.data, self.timeouts, self.costTargets) = (data, timeouts, costTargets)
        batch = TransitionBatch(rows: rows, of: data)
        rewardsGoOn = Tensor(rows, 1)
        costsGoOn = Tensor(rows, 1)
        count = data.unendedTail?.lowerBound ?? data.count
        kept = data.unendedTail == nil ? [] : (0..<Int32(count)).map(\.self)
        selection = data.unendedTail.map {
            "\(data.count - $0.count) of \(data.count) transitions: \($0.count) after the last end are left out"
        }
    }

    /// Draws rows uniformly with replacement; allocates nothing.
    func fill(using stream: inout RandomStream) {
        if kept.isEmpty {
            data.fill(batch, using: &stream)
        } else {
            data.fill(batch, from: kept, using: &stream)
        }
        readEnds()
    }

    /// Reads off the batch where the future counts.
    package func readEnds() {
        batch.readContinuation(into: rewardsGoOn, timeouts)
        if costTargets == .published {
            costsGoOn.buffer.update(repeating: 1)
        } else {
            batch.readContinuation(into: costsGoOn, timeouts)
        }
    }
}
