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
                try file.put(ColumnImage.channelPrefix + channel.name, channel.costs, [count])
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
                try file.put("infos/" + ColumnImage.channelPrefix + channel.name, channel.costs, [count])
            }
        }
        try file.commit()
    }

    private func putColumns(into file: HDF5File, actionsAsIntegers: Bool) throws(DatasetError) {
        let (n, o) = (count, observationSize)
        try file.put("observations", observations, [n, o])
        try file.put("next_observations", nextObservations, [n, o])
        if let actionChoices, actionsAsIntegers {
            try file.put("actions", choices: actions)
            try file.mark("actions", "choices", as: actionChoices)
        } else {
            try file.put("actions", actions, [n, actionSize])
            if let actionChoices { try file.mark("actions", "choices", as: actionChoices) }
        }
        try file.put("rewards", rewards, [n])
        try file.put("costs", costs, [n])
        try file.put("terminals", flags: terminals)
        try file.put("timeouts", flags: timeouts)
        if let constraintValues { try file.put("constraint_values", constraintValues, [n]) }
    }
}

extension HDF5File {
    /// Writes numbers of single precision.
    func put(_ name: String, _ values: UnsafeBufferPointer<Float>, _ shape: [Int]) throws(DatasetError) {
        try put(name, shape: shape, as: .float32, UnsafeRawBufferPointer(values))
    }

    /// Writes flags, 0 or 1, one axis.
    func put(_ name: String, flags: UnsafeBufferPointer<UInt8>) throws(DatasetError) {
        try put(name, shape: [flags.count], as: .boolean, UnsafeRawBufferPointer(flags))
    }

    /// Writes numbers of choices as whole numbers, one axis.
    func put(_ name: String, choices: UnsafeBufferPointer<Float>) throws(DatasetError) {
        let numbers = choices.map { Int64($0) }
        let failure = numbers.withUnsafeBytes { bytes -> DatasetError? in
            do throws(DatasetError) {
                try put(name, shape: [bytes.count / 8], as: .int64, bytes)
                return nil
            } catch { return error }
        }
        if let failure { throw failure }
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
