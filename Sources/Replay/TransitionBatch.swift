import Tensors

/// A batch of transitions in reused memory, filled by a data set.
public final class TransitionBatch {
    /// Number of rows B.
    public let rows: Int
    /// States acted in, `[B, O]`.
    public let observations: Tensor
    /// Actions, `[B, A]`; where they are choices, their numbers, `[B, 1]`.
    public let actions: Tensor
    /// States reached, `[B, O]`.
    public let nextObservations: Tensor
    /// Rewards, `[B, 1]`, after the data set's transform.
    public let rewards: Tensor
    /// Costs as stored, `[B, 1]`, at least 0.
    public let costs: Tensor
    /// Real-valued constraints, `[B, 1]`; zeros where the data have none.
    public let constraintValues: Tensor
    /// 1 where the episode ended by itself, else 0, `[B, 1]`.
    public let terminated: Tensor
    /// 1 where the step limit cut the episode, else 0, `[B, 1]`.
    public let truncated: Tensor
    /// Which row of the data set each row came from, `[B]`; drawn or set by `fill`.
    public let indices: UnsafeMutableBufferPointer<Int32>

    /// Makes a batch of zeros.
    public init(rows: Int, observationSize: Int, actionSize: Int) {
        precondition(rows > 0, "a batch needs at least one row")
        self.rows = rows
        observations = Tensor(rows, observationSize)
        actions = Tensor(rows, actionSize)
        nextObservations = Tensor(rows, observationSize)
        rewards = Tensor(rows, 1)
        costs = Tensor(rows, 1)
        constraintValues = Tensor(rows, 1)
        terminated = Tensor(rows, 1)
        truncated = Tensor(rows, 1)
        indices = .allocate(capacity: rows)
        indices.initialize(repeating: 0)
    }

    deinit { indices.deallocate() }

    /// Copies the rows of a column that `indices` say.
    ///
    /// - Parameters:
    ///   - column: row-major, as wide as `rows`.
    ///   - target: one of this batch's tensors.
    package func gather(_ column: UnsafeBufferPointer<Float>, into target: borrowing Tensor) {
        let width = target.shape.columns
        guard let source = column.baseAddress, let rows = target.buffer.baseAddress else { return }
        for row in 0..<indices.count {
            (rows + row * width).update(from: source + Int(indices[row]) * width, count: width)
        }
    }
}

extension TransitionDataset {
    /// Fills a batch with rows drawn uniformly with replacement, transformed; allocates nothing.
    ///
    /// - Parameters:
    ///   - batch: of this data set's sizes.
    ///   - random: advanced by one draw a row.
    public func fill(_ batch: TransitionBatch, using random: inout RandomStream) {
        random.fillIntegers(batch.indices, below: count)
        gather(into: batch)
    }

    /// Fills a batch with rows drawn uniformly with replacement from some of the rows, transformed; allocates nothing.
    ///
    /// - Parameters:
    ///   - batch: of this data set's sizes.
    ///   - rows: not empty, each in `0 ..< count`.
    ///   - random: advanced by one draw a row.
    public func fill(_ batch: TransitionBatch, from rows: [Int32], using random: inout RandomStream) {
        random.fillIntegers(batch.indices, below: rows.count)
        for index in batch.indices.indices {
            let row = rows[Int(batch.indices[index])]
            precondition(row >= 0 && row < count, "row \(row) is outside 0 ..< \(count)")
            batch.indices[index] = row
        }
        gather(into: batch)
    }

    /// Fills a batch with the given rows, transformed.
    ///
    /// - Parameters:
    ///   - batch: of this data set's sizes.
    ///   - rows: one for each row of the batch, each in `0 ..< count`.
    public func fill(_ batch: TransitionBatch, rows: some Collection<Int>) {
        precondition(rows.count == batch.rows, "\(rows.count) rows do not fill a batch of \(batch.rows)")
        for (index, row) in rows.enumerated() {
            precondition(row >= 0 && row < count, "row \(row) is outside 0 ..< \(count)")
            batch.indices[index] = Int32(row)
        }
        gather(into: batch)
    }

    /// Fills a batch with the rows that its `indices` say, transformed; allocates nothing.
    ///
    /// - Parameter batch: of this data set's sizes, its `indices` each in `0 ..< count`.
    public func fill(_ batch: TransitionBatch) {
        for row in batch.indices {
            precondition(row >= 0 && row < count, "row \(row) is outside 0 ..< \(count)")
        }
        gather(into: batch)
    }

    private func gather(into batch: TransitionBatch) {
        precondition(
            batch.observations.shape.columns == observationSize && batch.actions.shape.columns == actionSize,
            "a batch of other sizes than the data set's")
        batch.gather(observations, into: batch.observations)
        batch.gather(nextObservations, into: batch.nextObservations)
        batch.gather(actions, into: batch.actions)
        gatherNumbers(into: batch)
        if !transforms.keepsObservations {
            transforms.normalise(observations: batch.observations.buffer)
            transforms.normalise(observations: batch.nextObservations.buffer)
        }
        if actionChoices == nil, let limit = transforms.actionLimit {
            let values = batch.actions.buffer
            for index in values.indices { values[index] = min(max(values[index], -limit), limit) }
        }
    }

    private func gatherNumbers(into batch: TransitionBatch) {
        let (scale, shift) = (transforms.rewardScale, transforms.rewardShift)
        let (rewards, costs, terminals, timeouts) = (rewards, costs, terminals, timeouts)
        let (batchRewards, batchCosts) = (batch.rewards.buffer, batch.costs.buffer)
        let (terminated, truncated) = (batch.terminated.buffer, batch.truncated.buffer)
        for row in 0..<batch.rows {
            let index = Int(batch.indices[row])
            batchRewards[row] = scale * rewards[index] + shift
            batchCosts[row] = costs[index]
            terminated[row] = Float(terminals[index])
            truncated[row] = Float(timeouts[index])
        }
        if let constraintValues {
            batch.gather(constraintValues, into: batch.constraintValues)
        } else {
            batch.constraintValues.buffer.update(repeating: 0)
        }
    }
}
