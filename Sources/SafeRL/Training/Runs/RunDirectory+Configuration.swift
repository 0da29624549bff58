extension RunDirectory {
    /// The newest checkpoint that verifies.
    ///
    /// - Parameter warn: is told of each that was skipped, where one is found.
    /// - Returns: the checkpoint.
    /// - Throws: `CheckpointError`, without warnings: the error says what they would.
    package func usableCheckpoint(warn: (String) -> Void) throws -> CheckpointReader {
        var skipped: [String] = []
        let checkpoint = try newestCheckpoint { skipped.append($0) }
        for warning in skipped { warn(warning) }
        return checkpoint
    }

    /// The resolved configuration, as a file that can be read again.
    ///
    /// - Parameter overrides: `key=value`.
    /// - Returns: a document in which a run still does what it did before some keys existed.
    /// - Throws: `StorageError`, `ConfigurationError`.
    package func document(overriding overrides: [String] = []) throws -> RunDocument {
        try RunDocument(
            stored: try resolvedConfiguration(), as: resolvedConfigurationPath, overriding: overrides)
    }

    /// The run's configuration, with options that change how its policy acts.
    ///
    /// - Parameters:
    ///   - type: the algorithm that trained it.
    ///   - overrides: `key=value`.
    ///   - names: the algorithms there are.
    /// - Returns: the complete configuration.
    /// - Throws: `ConfigurationError`, also for options that change something else.
    package func resolved<A: Algorithm>(
        _ type: A.Type, acting overrides: [String], among names: [String]
    ) throws -> ResolvedRun<A.Configuration> {
        let allowed = A.actingOptions.map { "\(A.name).\($0)" }
        for text in overrides {
            let override = try Override(text)
            // A choice with settings of its own is allowed with them.
            if allowed.contains(where: { override.key == $0 || override.key.hasPrefix($0 + ".") }) {
                continue
            }
            let remedy =
                allowed.isEmpty
                ? "\(A.name) has none that do." : "Those that do: \(allowed.joined(separator: ", "))."
            throw ConfigurationError(
                at: override.place, "no option that changes how a trained policy acts. \(remedy)")
        }
        return try document(overriding: overrides).resolve(A.Configuration.self, of: A.name, among: names)
    }
}
