import Algorithms
import Foundation
import SafeRL

/// An algorithm small enough for a test, in run directories that are deleted with this value.
final class TrainedRun<A: Algorithm> {
    let folder: URL
    private let data: A.Data
    private let configuration: A.Configuration
    private let schedule: Schedule

    init(_ configuration: A.Configuration, on data: A.Data, steps: Int, log: Int) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "saferl-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        (self.configuration, self.data) = (configuration, data)
        var schedule = Schedule()
        (schedule.steps, schedule.log, schedule.checkpoint) = (steps, log, max(steps / 3, 1))
        self.schedule = schedule
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Trains the run `name` from where it stands, with fresh learners, at most `limit` updates.
    @discardableResult
    func train(_ name: String, seed: UInt64 = 7, stopAfter limit: Int? = nil) throws -> TrainingOutcome {
        let path = folder.appending(path: name).path
        let description = try RunDescription(
            algorithm: A.name, subject: "test", version: "test", seed: seed,
            data: .init(path: "data", sha256: data.identity),
            blas: .init(kernel: BLAS.kernel, threads: BLAS.threads), given: Array("{}".utf8), resolved: "{}")
        let run =
            RunDirectory.holdsRun(path)
            ? try RunDirectory.resume(path, description) : try RunDirectory.create(at: path, description)
        return try Trainer.run(
            try A(configuration, on: data, seed: seed), schedule: schedule, in: run,
            options: Trainer.Options(stopAfter: limit))
    }

    /// Updates in all.
    var steps: Int { schedule.steps }

    /// Fresh learners.
    func fresh() throws -> A { try A(configuration, on: data, seed: 7) }

    /// What equal runs have equal: every byte of the last checkpoint and of the metrics.
    func results(_ name: String) throws -> [Data] {
        let steps = String(schedule.steps)
        let last = "checkpoints/step-" + String(repeating: "0", count: 9 - steps.count) + steps
        return try ["metrics.jsonl", last + "/state.safetensors", last + "/manifest.json"].map {
            try Data(contentsOf: folder.appending(path: name).appending(path: $0))
        }
    }

    /// One metric of every line of `metrics.jsonl`, in order.
    func curve(_ metric: String, of name: String) throws -> [Double] {
        try Data(contentsOf: folder.appending(path: name).appending(path: "metrics.jsonl"))
            .split(separator: UInt8(ascii: "\n"))
            .compactMap { try JSONValue(parsing: Array($0))[metric]?.number?.double }
    }
}
