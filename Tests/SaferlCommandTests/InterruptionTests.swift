import Foundation
import SafeRL
import SaferlCommand
import Testing

/// Runs that are stopped, in use or out of disk, with the built binary.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct InterruptionTests {
    private static let steps = 400
    private static let files: [String: [UInt8]] = [
        "my.json": Array(
            """
            {"algorithm": "fisor", "data": {"file": "tiny.hdf5"},
             "schedule": {"steps": \(steps), "log": 10, "checkpoint": 60}, "fisor": \(TinyRun.options)}
            """.utf8),
        "tiny.hdf5": HDF5Columns().bytes,
    ]

    private static let train = ["train", "my.json", "--run", "run", "--quiet"]

    /// What must be equal between equal runs: the last checkpoint and the metrics.
    private static func results(_ folder: CommandFolder) throws -> [Data] {
        let checkpoint = "run/checkpoints/step-000000\(steps)/"
        return try [checkpoint + "state.safetensors", checkpoint + "manifest.json", "run/metrics.jsonl"].map {
            try Data(contentsOf: URL(fileURLWithPath: folder.path($0)))
        }
    }

    /// A run that nothing disturbed.
    private static let whole: [Data] =
        (try? {
            let folder = try CommandFolder(files)
            _ = try folder.run(train)
            return try results(folder)
        }()) ?? []

    @Test func equalSeedsGiveEqualBytesAndOthersDoNot() throws {
        let folder = try CommandFolder(Self.files)
        #expect(try folder.run(Self.train).status == 0)
        #expect(try Self.results(folder) == Self.whole)
        let other = try CommandFolder(Self.files)
        #expect(try other.run(Self.train + ["--set", "seed=1"]).status == 0)
        #expect(try Self.results(other)[0] != Self.whole[0])
    }

    @Test(arguments: [(SIGINT, CommandStatus.interrupted), (SIGTERM, .terminated)])
    func aStoppedRunGoesOnAsIfItHadNot(signal: Int32, status: CommandStatus) throws {
        let folder = try CommandFolder(Self.files)
        let result = try folder.run(Self.train, during: interrupting(folder, with: signal, afterLines: 6))
        #expect(result.status == status.rawValue)
        #expect(
            result.errors.contains(" Continue with: saferl resume run\n")
                && result.errors.hasPrefix("stopped after update "))
        #expect(try folder.run(["resume", "run", "--quiet"]).status == 0)
        #expect(try Self.results(folder) == Self.whole)
    }

    @Test func manyInterruptionsChangeNothing() throws {
        let folder = try CommandFolder(Self.files)
        var stream = RandomStream(seed: 11, for: .testing)
        var lines = 0
        var result = CommandProcess.Result(status: 0, output: "", errors: "", files: [])
        for stop in 0..<3 {
            lines += 2 + stream.nextInteger(below: 15)
            let signal = stop == 1 ? SIGTERM : SIGINT
            let arguments = stop == 0 ? Self.train : Self.train + ["--resume"]
            result = try folder.run(
                arguments, during: interrupting(folder, with: signal, afterLines: lines))
            #expect([0, 130, 143].contains(result.status), "\(result.errors)")
        }
        #expect(result.status != 0)
        #expect(try folder.run(Self.train + ["--resume"]).status == 0)
        #expect(try Self.results(folder) == Self.whole)
    }

    /// Sends a signal once `metrics.jsonl` has that many lines.
    private func interrupting(
        _ folder: CommandFolder, with signal: Int32, afterLines lines: Int
    ) -> (Process) -> Bool {
        let metrics = URL(fileURLWithPath: folder.path("run/metrics.jsonl"))
        return { process in
            let count = (try? Data(contentsOf: metrics))?.count { $0 == 0x0A } ?? 0
            guard count >= lines else { return true }
            kill(process.processIdentifier, signal)
            return false
        }
    }

    /// Without the lock, which names the last process that held it.
    private static func unlocked(_ files: [String: [UInt8]]) -> [String: [UInt8]] {
        files.filter { $0.key != "run/.lock" }
    }

    @Test func aFinishedRunSaysSoAndStaysAsItIs() throws {
        let folder = try CommandFolder(TinyRun.files)
        for arguments in [["resume", "run"], ["train", "my.json", "--run", "run", "--resume"]] {
            let result = try folder.run(arguments)
            #expect(result.status == 0)
            #expect(
                result.output.hasSuffix(
                    "run: finished after 20 updates; there is nothing left to train.\n"))
            #expect(result.errors == "")
            #expect(try Self.unlocked(folder.contents()) == Self.unlocked(TinyRun.files))
        }
    }

    @Test func whatWasLostAfterTheLastUpdateIsMadeOnResume() throws {
        let folder = try CommandFolder(TinyRun.files(["run/pictures/learning-curves.svg": nil]))
        #expect(try folder.run(["resume", "run", "--quiet"]).status == 0)
        #expect(try Self.unlocked(folder.contents()) == Self.unlocked(TinyRun.files))
    }

    @Test func theEvaluationMayChangeWhenARunGoesOn() throws {
        let folder = try CommandFolder(TinyRun.files)
        let more = ["--set", "evaluation.episodes=7", "--set", "schedule.keep=5"]
        #expect(
            try folder.run(["train", "my.json", "--run", "run", "--resume", "--quiet"] + more).status == 0)
    }

    @Test func aRunInUseIsLeftAlone() throws {
        let folder = try CommandFolder(TinyRun.files)
        let lock = open(folder.path("run/.lock"), O_RDWR)
        defer { close(lock) }
        try #require(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
        let result = try folder.run(["resume", "run"])
        let process = String(decoding: TinyRun.files["run/.lock"] ?? [], as: UTF8.self).dropLast()
        #expect(
            result.errors
                == "run: in use by process \(process). Wait for it, stop it, or name another directory.\n")
        #expect(result.status == CommandStatus.cannotCreate.rawValue)
        #expect(try folder.contents() == TinyRun.files)
    }

    @Test func aFileThatCannotGrowLeavesNoHalfMadeRun() throws {
        let text =
            #"{"algorithm": "fisor", "environment": "point-robot", "data": {"collect": {"transitions": 9}}}"#
        let folder = try CommandFolder(["my.json": Array(text.utf8)])
        let result = try folder.run(Self.train, shell: "ulimit -f 1")
        #expect(
            result.errors
                == "run/config.resolved.json: cannot write: File too large. "
                + "Raise the limit on the size of files (\"ulimit -f\").\n")
        #expect(result.status == CommandStatus.inputOutput.rawValue)
        #expect(result.files == ["my.json"])
    }

    @Test func aDiskThatFillsUpInTheMiddleCostsNoResult() throws {
        let folder = try CommandFolder(Self.files)
        let result = try folder.run(Self.train, shell: "ulimit -f 20")
        #expect(result.errors.hasPrefix("run/checkpoints/") || result.errors.hasPrefix("run/metrics.jsonl"))
        #expect(
            result.errors.hasSuffix(
                "cannot write: File too large. Raise the limit on the size of files (\"ulimit -f\").\n"))
        #expect(result.status == CommandStatus.inputOutput.rawValue)
        #expect(try folder.run(Self.train + ["--resume"]).status == 0)
        #expect(try Self.results(folder) == Self.whole)
    }
}
