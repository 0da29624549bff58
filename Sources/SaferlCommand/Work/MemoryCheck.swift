import SafeRL

/// Refuses what does not fit into memory, before any of it is allocated.
struct MemoryCheck<Options: Defaulted> {
    private let resolved: ResolvedRun<Options>

    init(_ resolved: ResolvedRun<Options>) { self.resolved = resolved }

    /// Compares what an algorithm needs, beside the matrix library, with what there is.
    ///
    /// - Parameter need: with keys as seen from the algorithm's options.
    /// - Throws: `ConfigurationError` at the key whose part is the largest.
    func check(_ need: MemoryNeed) throws {
        try MatrixLibraryMemory.check()
        guard let largest = need.largest,
            let supply = MemorySupply.shortage(of: need.bytes, reserving: MatrixLibraryMemory.bytes)
        else { return }
        throw error(largest.bytes, "\(resolved.algorithm).\(largest.key)", largest.name, need.bytes, supply)
    }

    /// Compares what collecting needs with what there is.
    ///
    /// - Parameters:
    ///   - amount: how much.
    ///   - environment: whose transitions are collected.
    /// - Throws: `ConfigurationError` at the amount.
    func checkCollecting(_ amount: CollectionAmount, in environment: any Environment.Type) throws {
        let count =
            switch amount {
            case .transitions(let count), .episodes(let count): count
            }
        let bytes = environment.bytesOfTransition * Double(count)
        let collect = resolved.run.data.collect
        guard let supply = MemorySupply.shortage(of: bytes) else { return }
        let key = collect.episodes > 0 ? "episodes" : "transitions"
        throw error(bytes, "data.collect.\(key)", "the transitions", bytes, supply)
    }

    private func error(
        _ part: Double, _ key: String, _ name: String, _ all: Double, _ supply: MemorySupply
    ) -> ConfigurationError {
        let whole = part < 0.95 * all ? ", the whole run \(MemoryNeed.text(all))" : ""
        return resolved.error(
            key,
            "needs at least \(MemoryNeed.text(part)) of memory for \(name)\(whole); there are "
                + "\(MemoryNeed.text(supply.bytes)) (\(supply.source)). Lower it.")
    }
}

extension Environment {
    /// Bytes of one recorded transition, in the columns that are collected and in those of the data set.
    fileprivate static var bytesOfTransition: Double {
        let task = Self()
        return 2 * 4 * Double(2 * task.observationSpace.size + task.actionSpace.size + 4)
    }
}
