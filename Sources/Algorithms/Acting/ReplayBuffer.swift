import SafeRL

/// The latest transitions of a run: when it is full, the newest takes the place of the oldest.
package final class ReplayBuffer {
    /// Transitions that fit in.
    package let capacity: Int
    /// Transitions so far, at most `capacity`.
    package private(set) var count = 0
    private var place = 0
    /// Rows of state, action, next state, and reward, cost, and 1 where the task ended the episode.
    private let observations, actions, nextObservations, outcomes: Tensor

    /// Makes room.
    package init(capacity: Int, observation: Int, action: Int) {
        self.capacity = capacity
        observations = Tensor(capacity, observation)
        actions = Tensor(capacity, action)
        nextObservations = Tensor(capacity, observation)
        outcomes = Tensor(capacity, 3)
    }

    /// Adds a transition.
    ///
    /// - Parameters:
    ///   - observation: the state acted in.
    ///   - action: what was done.
    ///   - outcome: what came of it.
    ///   - next: the state reached.
    package func add(
        _ observation: ArraySlice<Float>, _ action: ArraySlice<Float>, _ outcome: StepOutcome,
        next: ArraySlice<Float>
    ) {
        row(of: observations).update(observation)
        row(of: actions).update(action)
        row(of: nextObservations).update(next)
        row(of: outcomes).update([outcome.reward, outcome.cost, outcome.end == .terminated ? 1 : 0])
        place = (place + 1) % capacity
        count = min(count + 1, capacity)
    }

    private func row(of tensor: borrowing Tensor) -> UnsafeMutableBufferPointer<Float> {
        let width = tensor.shape.columns
        return UnsafeMutableBufferPointer(rebasing: tensor.buffer[place * width..<(place + 1) * width])
    }

    /// Fills a batch with transitions drawn uniformly with replacement; allocates nothing.
    ///
    /// - Parameters:
    ///   - batch: of the same sizes.
    ///   - stream: advanced by one draw a row.
    package func fill(_ batch: TransitionBatch, using stream: inout RandomStream) {
        stream.fillIntegers(batch.indices, below: count)
        batch.gather(UnsafeBufferPointer(observations.buffer), into: batch.observations)
        batch.gather(UnsafeBufferPointer(actions.buffer), into: batch.actions)
        batch.gather(UnsafeBufferPointer(nextObservations.buffer), into: batch.nextObservations)
        for (row, index) in batch.indices.enumerated() {
            let first = 3 * Int(index)
            batch.rewards.buffer[row] = outcomes.buffer[first]
            batch.costs.buffer[row] = outcomes.buffer[first + 1]
            batch.terminated.buffer[row] = outcomes.buffer[first + 2]
        }
    }
}

extension UnsafeMutableBufferPointer<Float> {
    /// Takes as many numbers as fit.
    fileprivate func update(_ values: some Collection<Float>) {
        precondition(values.count == count, "\(values.count) numbers for a row of \(count)")
        _ = update(fromContentsOf: values)
    }
}

extension ReplayBuffer {
    /// How far the buffer is filled.
    private struct Filling: StoredValue {
        var count, place: Int

        func check() throws(UnsoundValue) {
            try Sound.check(count, "count", in: Sound.count)
            try Sound.check(place, "place", in: 0...count)
        }
    }

    private static let names = ["observations", "actions", "next_observations", "outcomes"]

    /// The filled rows of a column.
    private func filled(_ name: String, _ count: Int) -> (width: Int, rows: UnsafeMutableBufferPointer<Float>)
    {
        func rows(_ column: borrowing Tensor) -> (width: Int, rows: UnsafeMutableBufferPointer<Float>) {
            let width = column.shape.columns
            return (width, UnsafeMutableBufferPointer(rebasing: column.buffer[..<(count * width)]))
        }
        switch name {
        case "observations": return rows(observations)
        case "actions": return rows(actions)
        case "next_observations": return rows(nextObservations)
        default: return rows(outcomes)
        }
    }

    /// Stores what was added.
    func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store("replay", Filling(count: count, place: place))
        for name in Self.names {
            let (width, rows) = filled(name, count)
            checkpoint.store(
                "replay.\(name)", shape: [count, width], of: UnsafeBufferPointer(rows), ownedBy: self)
        }
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    func load(from checkpoint: CheckpointReader) throws {
        let filling = try checkpoint.value("replay", as: Filling.self)
        guard filling.count <= capacity, filling.place < capacity else {
            throw checkpoint.unsound(
                "replay", UnsoundValue("\(filling.count) transitions for a buffer of \(capacity)"))
        }
        for name in Self.names {
            let (width, rows) = filled(name, filling.count)
            try checkpoint.loadFinite("replay.\(name)", shape: [filling.count, width], into: rows)
        }
        (count, place) = (filling.count, filling.place)
    }
}
