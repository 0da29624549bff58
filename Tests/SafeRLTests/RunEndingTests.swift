import Foundation
import Glibc
import SafeRL
import TestSupport
import Testing

/// Runs that die at birth or at their end, and files of theirs that are damaged.
@Suite struct RunEndingTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private static var schedule: Schedule {
        var schedule = Schedule()
        (schedule.steps, schedule.log, schedule.checkpoint) = (60, 7, 25)
        return schedule
    }

    @discardableResult
    private func train(
        _ name: String, operations: FaultyFiles = FaultyFiles(), write: @escaping (String) -> Void = { _ in }
    ) throws -> TrainingOutcome {
        let path = folder.path + "/" + name
        let run =
            RunDirectory.holdsRun(path)
            ? try RunDirectory.resume(path, try someRun(), operations: operations)
            : try RunDirectory.create(at: path, try someRun(), operations: operations)
        let algorithm = try Quadratic(.init(), on: .init(), seed: 7)
        var options = Trainer.Options()
        options.write = write
        return try Trainer.run(algorithm, schedule: Self.schedule, in: run, options: options)
    }

    private func place(_ name: String, _ file: String) -> String { "\(folder.path)/\(name)/\(file)" }

    private func checkpoints(_ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: place(name, "checkpoints")).sorted()
    }

    private func results(_ name: String) throws -> [[UInt8]] {
        let last = "checkpoints/step-000000060/"
        return try ["metrics.jsonl", last + "state.safetensors", last + "manifest.json"].map {
            try read(place(name, $0))
        }
    }

    // MARK: Birth

    /// What `create` has made when it is killed, call by call.
    @Test func aDirectoryThatWasNeverFinishedBecomesARun() throws {
        let order = [
            ".lock", "checkpoints/", "evaluation/", "config.json.partial", "config.json",
            "config.resolved.json.partial", "config.resolved.json", "manifest.json.partial",
        ]
        for count in 1...order.count {
            let path = folder.path + "/\(count)"
            mkdir(path, 0o755)
            for name in order.prefix(count) where !order.prefix(count).contains(name + ".partial") {
                if name.hasSuffix("/") {
                    mkdir(path + "/" + name, 0o755)
                } else {
                    try overwrite(path + "/" + name, [])
                }
            }
            let run = try RunDirectory.create(at: path, try someRun())
            #expect(try read(run.configurationPath) == Array("{ }".utf8), "after \(count)")
            #expect(run.manifest.seed == 7)
        }
    }

    @Test(arguments: [
        ["config.json"], [".lock", "config.json"], [".lock", "checkpoints/", "evaluation/", "thesis.tex"],
        [".lock", "checkpoints/", "checkpoints/step-000000001/"], [".lock", "checkpoints/", "evaluation"],
    ])
    func whatIsNoBeginningIsLeftAlone(names: [String]) throws {
        let path = folder.path + "/mine"
        mkdir(path, 0o755)
        for name in names {
            if name.hasSuffix("/") {
                mkdir(path + "/" + name, 0o755)
            } else {
                try overwrite(path + "/" + name, [1])
            }
        }
        #expect(throws: RunError.self) { try RunDirectory.create(at: path, try someRun()) }
        for name in names { #expect(fileKind(path + "/" + name) != nil, "\(name)") }
    }

    @Test func aRunNumberThatNoRunReachesDoesNotCount() throws {
        let runs = folder.path + "/Checkpoints"
        mkdir(runs, 0o755)
        for number in [3, 1_000_000_000, Int.max] { mkdir("\(runs)/quadratic-toy-\(number)", 0o755) }
        #expect(
            try RunDirectory.create(at: nil, under: runs, try someRun()).path == runs + "/quadratic-toy-4")
        mkdir("\(runs)/quadratic-toy-999999999", 0o755)
        let last = try RunDirectory.create(at: nil, under: runs, try someRun())
        #expect(last.path == runs + "/quadratic-toy-1000000001")
    }

    // MARK: End

    @Test func aDeathAtAnyCallOfTheEndIsMadeGood() throws {
        try train("whole")
        let (expected, kept) = (try results("whole"), try checkpoints("whole"))
        let counting = FaultyFiles()
        try train("count", operations: counting)
        var deaths = 0
        for call in counting.calls - 60...counting.calls {
            let name = "\(call)"
            do { try train(name, operations: FaultyFiles(.lasting(EIO), at: call)) } catch { deaths += 1 }
            try train(name)
            #expect(try results(name) == expected, "call \(call)")
            #expect(try checkpoints(name) == kept, "call \(call)")
            let manifest = try RunDirectory.inspect(folder.path + "/" + name).manifest
            #expect(manifest.step == 60 && manifest.finished, "call \(call)")
        }
        #expect(deaths > 50)
    }

    @Test func whatIsLeftOfACheckpointThatWasBeingDeletedGoes() throws {
        try train("run")
        let left = place("run", "checkpoints/.discarded")
        mkdir(left, 0o755)
        try overwrite(left + "/state.safetensors", [1])
        try train("run")
        #expect(fileKind(left) == nil)
        #expect(fileKind(place("run", "checkpoints/step-000000060")) == .directory)
    }

    @Test func theFinalCheckpointBringsManifestAndMetricsToIt() throws {
        try train("run")
        let (manifest, metrics) = (place("run", "manifest.json"), place("run", "metrics.jsonl"))
        let (good, lines) = (try read(manifest), try read(metrics))
        let text = String(decoding: good, as: UTF8.self)
        try overwrite(
            manifest, Array(text.replacing(#""step" : 60"#, with: #""step" : 50"#).utf8))
        try overwrite(metrics, lines + [0, 0, 0, 0, 0x0A])
        var warnings: [String] = []
        let checkpoint = try RunDirectory.resume(folder.path + "/run", try someRun()).finalCheckpoint {
            warnings.append($0)
        }
        #expect(checkpoint?.step == 60 && warnings.isEmpty)
        #expect(try read(manifest) == good)
        #expect(try read(metrics) == lines)
    }

    @Test func aFinishedRunWithoutItsLastCheckpointIsTrainedToItsEndAgain() throws {
        try train("run")
        try overwrite(place("run", "checkpoints/step-000000060/state.safetensors"), [])
        let run = try RunDirectory.resume(folder.path + "/run", try someRun())
        #expect(try run.finalCheckpoint() == nil)
        withExtendedLifetime(run) {}
    }

    @Test func theRestOfSuchARunGivesTheSameBytes() throws {
        try train("run")
        let expected = try results("run")
        try overwrite(place("run", "checkpoints/step-000000060/state.safetensors"), [])
        var text = ""
        try train("run") { text += $0 }
        #expect(text.contains("step-000000060: damaged: ") && text.hasSuffix("It is skipped.\n"))
        #expect(try results("run") == expected)
        #expect(try RunDirectory.inspect(folder.path + "/run").manifest.finished)
    }

    // MARK: Metrics

    @Test(arguments: [
        (2, "{\"step\":14,", "}"), (3, "\"stage\":", "\"stag\":"), (1, "\n", ""), (4, "28", "\u{0}8"),
    ])
    func aDamagedLineOfMetricsIsNamedBeforeTraining(line: Int, old: String, new: String) throws {
        try train("run")
        let path = place("run", "metrics.jsonl")
        var lines = String(decoding: try read(path), as: UTF8.self).split(separator: "\n").map { $0 + "\n" }
        lines[line - 1].replace(old, with: new, maxReplacements: 1)
        try overwrite(path, Array(lines.joined().utf8))
        lines = lines.joined().split(separator: "\n").map { $0 + "\n" }
        do {
            try train("run")
            Issue.record("a damaged line went unnoticed")
        } catch let error as RunError {
            #expect(error.description.hasPrefix("\(path):\(line): not a line of metrics: "))
            #expect(error.description.hasSuffix(". Restore the file from a copy, or remove this line."))
        }
        // The remedy, on this very file.
        lines.remove(at: line - 1)
        try overwrite(path, Array(lines.joined().utf8))
        var text = ""
        try train("run") { text += $0 }
        #expect(
            text == "warning: \(path): shorter than at the checkpoint; lines before step 60 are missing.\n")
        #expect(try read(path) == Array(lines.joined().utf8))
    }

    // MARK: Signals

    @Test func aSecondSignalEndsTheProcessAtOnce() async {
        await #expect(processExitsWith: .exitCode(143)) {
            let folder = try TemporaryDirectory()
            let run = try RunDirectory.create(at: folder.path + "/run", try someRun())
            let algorithm = try Quadratic(.init(), on: .init(), seed: 7)
            algorithm.onUpdate = { _ in
                kill(getpid(), SIGINT)
                // Longer than two deliveries of one signal are apart.
                usleep(500_000)
                kill(getpid(), SIGTERM)
                sleep(30)
            }
            _ = try Trainer.run(algorithm, schedule: Schedule(), in: run)
            exit(1)
        }
    }
}
