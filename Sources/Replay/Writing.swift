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
        let matrices = [
            ("observations", observations, observationSize),
            ("next_observations", nextObservations, observationSize),
            ("actions", actions, actionSize),
        ]
        for (name, values, width) in matrices {
            try file.put(name, shape: [count, width], as: .float32, UnsafeRawBufferPointer(values))
        }
        if let actionChoices { try file.mark("actions", "choices", as: actionChoices) }
        try file.put("rewards", shape: [count], as: .float32, UnsafeRawBufferPointer(rewards))
        try file.put("costs", shape: [count], as: .float32, UnsafeRawBufferPointer(costs))
        try file.put("terminals", shape: [count], as: .boolean, UnsafeRawBufferPointer(terminals))
        try file.put("timeouts", shape: [count], as: .boolean, UnsafeRawBufferPointer(timeouts))
        if let constraintValues {
            try file.put(
                "constraint_values", shape: [count], as: .float32, UnsafeRawBufferPointer(constraintValues))
        }
        if hasNamedCosts {
            for channel in costChannels {
                try file.put(
                    ColumnImage.channelPrefix + channel.name, shape: [count], as: .float32,
                    UnsafeRawBufferPointer(channel.costs))
            }
        }
        return StagedDataset(file: file)
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
