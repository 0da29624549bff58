import Foundation
import SafeRL

extension ChosenCheckpoint {
    /// A run's algorithm on the run's own data, for what is inside of its checkpoint; nothing is loaded yet.
    ///
    /// - Parameters:
    ///   - type: the run's algorithm.
    ///   - resolved: its configuration.
    ///   - place: the environment that its data are of; nothing where a file says it all.
    ///   - directory: the run, as it was named.
    /// - Returns: the algorithm and the checkpoint; nothing where the algorithm opens no data of its own.
    /// - Throws: `OtherAnswers` where the data are no longer those of the run; what opening them throws.
    func fresh<A: Algorithm>(
        _ type: A.Type, _ resolved: ResolvedRun<A.Configuration>, in place: NamedEnvironment?,
        of directory: String
    ) throws -> (A, CheckpointReader)? {
        let known = run.manifest.data
        let opened = try A.open(resolved.run, resolved.options, environment: place, earlier: known.path)
        guard let data = opened?.data else { return nil }
        guard data.identity == known.sha256 else { throw OtherAnswers(directory) }
        return (
            try A(resolved.options, on: data, seed: resolved.run.seed), try checkpoint(warn: FileHandle.warn)
        )
    }
}

/// Pairs that are not those that a run learned from.
struct OtherAnswers: Fault {
    /// What kind of fault it is.
    let kind = FaultKind.badData
    let description: String

    init(_ run: String) {
        description =
            "\(oneLine(run)): the run's data are no longer those that it learned from. Restore the files from a copy."
    }
}
