import Foundation
import SafeRL

/// Trains beside a run, by its configuration or one that was made of it, on data that are given.
struct Retraining<A: Algorithm> {
    let resolved: ResolvedRun<A.Configuration>
    let data: RunData
    /// The new run.
    let folder: String
    /// Where training goes on from; nothing begins anew.
    var start: CheckpointReader?
    let isQuiet: Bool

    /// Trains to the end of the schedule.
    ///
    /// - Parameter unfit: what is wrong where the algorithm does not learn from transitions.
    /// - Returns: the last checkpoint.
    /// - Throws: `unfit`; `CommandStatus` where a signal ends training; what training throws.
    func checkpoint(unfit: @autoclosure () -> any Fault) throws -> CheckpointReader {
        guard let learned = data.dataset as? A.Data else { throw unfit() }
        try resolved.refuseShards()
        let algorithm: A = try resolved.namingKeys {
            try MemoryCheck(resolved).check(try A.memoryNeed(of: resolved.options, on: learned))
            return try A(resolved.options, on: learned, seed: resolved.run.seed)
        }
        let description = try RunDescription(
            of: A.self, resolved, on: .init(path: data.place, sha256: learned.identity),
            subject: data.subject)
        let run = try RunDirectory.create(at: folder, description)
        if let start { try Trainer.begin(algorithm, resolved.run.schedule, in: run, from: start) }
        var options = Trainer.Options(status: .suiting(quiet: isQuiet))
        options.write = { FileHandle.standardError.offer($0) }
        let outcome = try Trainer.run(algorithm, schedule: resolved.run.schedule, in: run, options: options)
        if case .interrupted(let signal, _, _) = outcome {
            throw signal == SIGTERM ? CommandStatus.terminated : CommandStatus.interrupted
        }
        return try run.newestCheckpoint(warn: FileHandle.warn)
    }
}
