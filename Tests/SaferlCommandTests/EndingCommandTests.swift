import Foundation
import SafeRL
import SaferlCommand
import Testing

/// How commands end where output, limits and signals are not as usual, with the built binary.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct EndingCommandTests {
    private static let train = ["train", "my.json", "--run", "run"]

    /// Everything that equal runs have in common.
    private static func results(_ folder: CommandFolder) throws -> [String: [UInt8]] {
        try folder.contents().filter {
            $0.key.hasPrefix("run/checkpoints/") || $0.key == "run/metrics.jsonl"
        }
    }

    // MARK: Output

    @Test(arguments: ["exec 2>/dev/full", "exec 2>&-", "exec 2>&- 1>&- 0<&-"])
    func anErrorThatNobodyCanReadKeepsItsExitCode(shell: String) throws {
        let result = try CommandFolder([:]).run(["data", "validate", "missing.hdf5"], shell: shell)
        #expect(result.status == CommandStatus.missingInput.rawValue)
    }

    /// A closed standard error must not become a file of the run.
    @Test func aRunWithoutStandardStreamsWritesWhatItAlwaysWrites() throws {
        let folder = try CommandFolder(TinyRun.files.filter { !$0.key.hasPrefix("run/") })
        #expect(try folder.run(Self.train, shell: "exec 0<&- 1>&- 2>&-").status == 0)
        #expect(
            try Self.results(folder)
                == TinyRun.files.filter {
                    $0.key.hasPrefix("run/checkpoints/") || $0.key == "run/metrics.jsonl"
                })
    }

    @Test func outputThatNobodyReadsIsNoReasonToStop() throws {
        let folder = try CommandFolder(TinyRun.files.filter { !$0.key.hasPrefix("run/") })
        let result = try folder.run(
            [
                "-c", "{ \"$0\" train my.json --run run; echo $? > status; } | head -n 1 > first",
                CommandProcess.binary?.path ?? "",
            ], program: "/bin/bash")
        #expect(result.status == 0)
        #expect(try folder.contents()["status"] == Array("0\n".utf8))
        #expect(try Self.results(folder).count > 2)
    }

    // MARK: Limits of the system

    @Test func tooFewOpenFilesAreNamedAndNoFileIsCalledDamaged() throws {
        for limit in 4...7 {
            let folder = try CommandFolder(TinyRun.files)
            let result = try folder.run(["data", "info", "tiny.hdf5"], shell: "ulimit -n \(limit)")
            if result.status == 0 { continue }
            #expect(
                result.errors.contains("ulimit -n") || result.errors.contains("shared libraries"),
                "\(limit): \(result.errors)")
            #expect(!result.errors.contains("damaged") && !result.errors.contains("not an HDF5 file"))
        }
    }

    @Test func aLimitOnFileSizesIsNamedAndTheRunGoesOnWithoutIt() throws {
        let folder = try CommandFolder(TinyRun.files.filter { !$0.key.hasPrefix("run/") })
        let result = try folder.run(Self.train + ["--quiet"], shell: "ulimit -f 1")
        #expect(result.status == CommandStatus.inputOutput.rawValue || result.status == 66)
        #expect(result.errors.contains("ulimit -f"), "\(result.errors)")
        #expect(try folder.run(Self.train + ["--quiet", "--resume"]).status == 0)
    }

    @Test func tooLittleAddressSpaceIsRefusedInOneLine() throws {
        let folder = try CommandFolder(TinyRun.files.filter { !$0.key.hasPrefix("run/") })
        let needed = 1024 * 1024
        let result = try folder.run(
            Self.train + ["--quiet", "--set", "fisor.width=60000"], shell: "ulimit -v \(4 * needed)")
        #expect(result.status == CommandStatus.configuration.rawValue)
        #expect(
            result.errors.hasPrefix("--set fisor.width=60000: needs at least ")
                && result.errors.contains("\"ulimit -v\"") && result.errors.hasSuffix("Lower it.\n"),
            "\(result.errors)")
        #expect(result.errors.count { $0 == "\n" } == 1)
        #expect(!result.files.contains("run/manifest.json"))
        // The remedy.
        let less = try folder.run(Self.train + ["--quiet", "--set", "fisor.width=4"])
        #expect(less.status == 0)
    }

    // MARK: Runs

    @Test func aHalfMadeRunIsStarted() throws {
        var files = TinyRun.files.filter { !$0.key.hasPrefix("run/") }
        files["run/.lock"] = []
        files["run/checkpoints/"] = []
        let folder = try CommandFolder(files)
        #expect(try folder.run(Self.train + ["--resume", "--quiet"]).status == 0)
    }

    @Test func aRunNumberBeyondCountingIsNoObstacle() throws {
        var files = TinyRun.files.filter { !$0.key.hasPrefix("run/") }
        files["Checkpoints/fisor-tiny-\(Int.max)/"] = []
        let result = try CommandFolder(files).run(["train", "my.json", "--quiet"])
        #expect(result.status == 0)
        #expect(result.files.contains("Checkpoints/fisor-tiny-1/manifest.json"))
    }

    @Test func aFinishedRunWithADamagedLineOfMetricsIsNamed() throws {
        let metrics = TinyRun.files["run/metrics.jsonl"] ?? []
        let folder = try CommandFolder(
            TinyRun.files([
                "run/metrics.jsonl": [0, 0, 0, 0x0A] + metrics, "run/pictures/learning-curves.svg": nil,
            ]))
        let result = try folder.run(["resume", "run", "--quiet"])
        #expect(
            result.errors
                == "run/metrics.jsonl:1: not a line of metrics: byte 0 where a value should stand. "
                + "Restore the file from a copy, or remove this line.\n")
        #expect(result.status == CommandStatus.badData.rawValue)
        let remedied = try CommandFolder(TinyRun.files(["run/pictures/learning-curves.svg": nil]))
        #expect(try remedied.run(["resume", "run", "--quiet"]).status == 0)
    }

    @Test func linesThatNobodyWroteAreDroppedBehindTheLastCheckpoint() throws {
        let metrics = TinyRun.files["run/metrics.jsonl"] ?? []
        let folder = try CommandFolder(
            TinyRun.files([
                "run/metrics.jsonl": metrics + [0, 0, 0, 0x0A], "run/pictures/learning-curves.svg": nil,
            ]))
        #expect(try folder.run(["resume", "run", "--quiet"]).status == 0)
        #expect(try folder.contents()["run/metrics.jsonl"] == metrics)
    }

    /// The message of `resume`, carried out.
    @Test func aRunGoesOnWithItsDataAtAnotherPlace() throws {
        let manifest = "run/manifest.json"
        let unfinished = TinyRun.replacing(
            "\"finished\" : true", with: "\"finished\" : false", in: manifest)
        let folder = try CommandFolder(
            TinyRun.files([
                manifest: unfinished, "tiny.hdf5": nil, "moved/mine.hdf5": TinyRun.files["tiny.hdf5"],
            ]))
        let lost = try folder.run(["resume", "run", "--quiet"])
        #expect(lost.status == CommandStatus.missingInput.rawValue)
        #expect(lost.errors.hasSuffix(" name its new place: saferl resume run --set data.file=PATH\n"))
        let told = ["resume", "run", "--quiet", "--set", "data.file=moved/mine.hdf5"]
        #expect(try folder.run(told).status == 0)
        #expect(try folder.run(["resume", "run", "--quiet"]).status == 0)
    }

    @Test func aFinishedRunIsTrainedLonger() throws {
        let more = ["--set", "schedule.steps=30"]
        let longer = try CommandFolder(TinyRun.files.filter { !$0.key.hasPrefix("run/") })
        #expect(try longer.run(Self.train + ["--quiet"] + more).status == 0)
        let folder = try CommandFolder(TinyRun.files)
        #expect(try folder.run(["resume", "run", "--quiet"] + more).status == 0)
        #expect(try Self.results(folder) == Self.results(longer))
    }

    @Test func aFinishedRunWhoseCheckpointIsDamagedSaysSo() throws {
        let state = "run/checkpoints/step-000000020/state.safetensors"
        let folder = try CommandFolder(TinyRun.files([state: []]))
        let result = try folder.run(["resume", "run"])
        #expect(result.status == CommandStatus.badData.rawValue)
        #expect(result.errors.contains("step-000000020: damaged: state.safetensors has 0 bytes"))
        #expect(!result.output.contains("nothing left to train"))
    }

    @Test func anOlderCheckpointTakesItsPlaceAndTheRestIsTrainedAgain() throws {
        let folder = try CommandFolder(TinyRun.files.filter { !$0.key.hasPrefix("run/") })
        let two = Self.train + ["--quiet", "--set", "schedule.keep=2"]
        #expect(try folder.run(two).status == 0)
        let whole = try Self.results(folder)
        try Data().write(
            to: URL(fileURLWithPath: folder.path("run/checkpoints/step-000000020/state.safetensors")))
        let result = try folder.run(["resume", "run", "--quiet"])
        #expect(result.status == 0)
        #expect(
            result.errors.hasPrefix("warning: run/checkpoints/step-000000020: damaged: "), "\(result.errors)")
        #expect(try Self.results(folder) == whole)
    }
}
