extension TransitionDataset {
    /// Writes the stored columns as a DSRL-layout HDF5 file: float32 and booleans, gzip level 4.
    ///
    /// The file appears whole or not at all, and equal data give equal bytes. Constraint values are written as the
    /// extra column `constraint_values`, the number of choices as the attribute `choices` of `actions`, the costs of named channels as `cost_NAME`; transforms are not applied.
    ///
    /// - Throws: `DatasetError.unwritable`.
    public func write(to path: String) throws(DatasetError) { try staged(at: path).commit() }

    /// Writes under a temporary name beside the target, as `write(to:)` does before it commits.
    ///
    /// - Returns: the file; dropped without `commit`, it leaves nothing.
    /// - Throws: `DatasetError.unwritable`.
    public func staged(at path: String) throws(DatasetError) -> StagedDataset {
        let file = try HDF5File(creating: path)
        try putColumns(into: file, actionsAsIntegers: false)
        if hasNamedCosts {
            for channel in costChannels {
                try put(channel.costs, [count], into: file, ColumnImage.channelPrefix + channel.name)
            }
        }
        return StagedDataset(file: file)
    }

    /// Writes the stored columns as D4RL has them: those of DSRL, the costs of named channels among the `infos`, and choices as
    /// whole numbers, one axis.
    ///
    /// D4RL's loader makes next observations of the following rows and passes over the last step of an episode; one that reads
    /// `next_observations` gets the recorded ones.
    ///
    /// - Throws: `DatasetError.unwritable`.
    public func writeD4RL(to path: String) throws(DatasetError) {
        let file = try HDF5File(creating: path)
        try putColumns(into: file, actionsAsIntegers: true)
        if hasNamedCosts {
            for channel in costChannels {
                try put(
                    channel.costs, [count], into: file, "infos/" + ColumnImage.channelPrefix + channel.name)
            }
        }
        try file.commit()
    }

    private func putColumns(into file: HDF5File, actionsAsIntegers: Bool) throws(DatasetError) {
        let (n, o) = (count, observationSize)
        try put(observations, [n, o], into: file, "observations")
        try put(nextObservations, [n, o], into: file, "next_observations")
        if let actionChoices, actionsAsIntegers {
            try putChoices(actions, into: file, "actions")
            try file.mark("actions", "choices", as: actionChoices)
        } else {
            try put(actions, [n, actionSize], into: file, "actions")
            if let actionChoices { try file.mark("actions", "choices", as: actionChoices) }
        }
        try put(rewards, [n], into: file, "rewards")
        try put(costs, [n], into: file, "costs")
        try putFlags(terminals, into: file, "terminals")
        try putFlags(timeouts, into: file, "timeouts")
        if let constraintValues { try put(constraintValues, [n], into: file, "constraint_values") }
    }

    /// Writes numbers of single precision.
    func put(
        _ values: UnsafeBufferPointer<Float>, _ shape: [Int], into file: HDF5File, _ name: String
    ) throws(DatasetError) {
        let rowBytes = shape.dropFirst().reduce(4, *)
        try file.put(name, shape: shape, as: .float32, pieces: pieces(of: values, rowBytes))
    }

    /// Writes flags, 0 or 1, one axis.
    func putFlags(
        _ flags: UnsafeBufferPointer<UInt8>, into file: HDF5File, _ name: String
    ) throws(DatasetError) {
        try file.put(name, shape: [flags.count], as: .boolean, pieces: pieces(of: flags, 1))
    }

    /// Writes numbers of choices as whole numbers, one axis.
    func putChoices(
        _ choices: UnsafeBufferPointer<Float>, into file: HDF5File, _ name: String
    ) throws(DatasetError) {
        let scratch = PieceScratch()
        try file.put(name, shape: [choices.count], as: .int64) { rows in
            image.rest(after: 4 * rows.count)
            let numbers = scratch.room(8 * rows.count).bindMemory(to: Int64.self)
            for (index, row) in rows.enumerated() { numbers[index] = Int64(choices[row]) }
            return UnsafeRawBufferPointer(numbers)
        }
    }

    /// The rows of a column; those behind leave memory where they lie on disk.
    private func pieces<Value>(
        of values: UnsafeBufferPointer<Value>, _ rowBytes: Int
    ) -> (Range<Int>) -> UnsafeRawBufferPointer {
        { [image] rows in
            image.rest(after: rows.count * rowBytes)
            let bytes = UnsafeRawBufferPointer(values)
            return UnsafeRawBufferPointer(
                rebasing: bytes[rows.lowerBound * rowBytes..<rows.upperBound * rowBytes])
        }
    }

    /// Writes numbers of single precision that lie in parts, one behind the other.
    func put(
        parts: [UnsafeRawBufferPointer], _ shape: [Int], into file: HDF5File, _ name: String
    ) throws(DatasetError) {
        let (scratch, rowBytes) = (PieceScratch(), shape.dropFirst().reduce(4, *))
        try file.put(name, shape: shape, as: .float32) { rows in
            image.rest(after: rows.count * rowBytes)
            let room = scratch.room(rows.count * rowBytes)
            let wanted = rows.lowerBound * rowBytes..<rows.upperBound * rowBytes
            var (start, filled) = (0, 0)
            for part in parts {
                let held = wanted.clamped(to: start..<start + part.count)
                if !held.isEmpty {
                    let bytes = part[held.lowerBound - start..<held.upperBound - start]
                    UnsafeMutableRawBufferPointer(rebasing: room[filled...]).copyBytes(from: bytes)
                    filled += held.count
                }
                start += part.count
            }
            return UnsafeRawBufferPointer(rebasing: room[..<filled])
        }
    }
}

/// Memory for one piece of a column, used again for the next.
private final class PieceScratch {
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    deinit { memory.deallocate() }

    func room(_ bytes: Int) -> UnsafeMutableRawBufferPointer {
        if bytes > memory.count {
            memory.deallocate()
            memory = .allocate(byteCount: bytes, alignment: 64)
        }
        return UnsafeMutableRawBufferPointer(rebasing: memory[..<bytes])
    }
}

/// A written file that has not got its name yet, so that several can get theirs once all are written.
public struct StagedDataset {
    fileprivate let file: HDF5File

    /// Makes the file durable and gives it its name.
    ///
    /// - Throws: `DatasetError.unwritable`.
    public func commit() throws(DatasetError) { try file.commit() }
}
