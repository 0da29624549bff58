import EventFiles
import Foundation
import SafeRL
import SaferlCommand
import Testing

/// Event files beside runs, with the built binary.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct EventCommandTests {
    private static let files: [String: [UInt8]] = [
        "my.json": Array(
            """
            {"algorithm": "fisor", "data": {"file": "tiny.hdf5"},
             "schedule": {"steps": 300, "log": 5, "checkpoint": 60}, "fisor": \(TinyRun.options)}
            """.utf8),
        "tiny.hdf5": HDF5Columns().bytes,
    ]
    private static let train = ["train", "my.json", "--run", "run", "--quiet"]

    private func events(_ folder: CommandFolder) throws -> [UInt8] {
        let name = try #require(RunEventFile.file(in: folder.path("run")))
        return try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder.path("run/events/\(name)"))))
    }

    /// Every number of `metrics.jsonl`, by tag, update and value.
    private func logged(_ folder: CommandFolder) throws -> Set<[String]> {
        let text = try String(contentsOfFile: folder.path("run/metrics.jsonl"), encoding: .utf8)
        var found: Set<[String]> = []
        for line in text.split(separator: "\n") {
            let value = try JSONValue(parsing: Array(line.utf8))
            let (step, stage) = (value["step"]?.number?.text ?? "", value["stage"]?.string ?? "")
            for member in value.members ?? [] where member.key != "step" && member.key != "stage" {
                found.insert(["\(stage)/\(member.key)", step, "\(member.value.number?.float ?? .nan)"])
            }
        }
        return found
    }

    private func recorded(_ bytes: [UInt8]) -> Set<[String]> {
        let file = EventFile(bytes)
        #expect(file.damage == nil)
        let points = file.records.flatMap { record in
            record.values.compactMap { value in
                value.scalar.map { [value.tag, "\(record.step)", "\($0)"] }
            }
        }
        return Set(points)
    }

    @Test func everyNumberThatIsLoggedIsInTheEventFile() throws {
        let folder = try CommandFolder(Self.files)
        #expect(try folder.run(Self.train).status == 0)
        let (expected, found) = (try logged(folder), recorded(try events(folder)))
        #expect(expected.count > 300 && found == expected)
        let shown = try folder.run(["runs", "show", "run", "--events"])
        #expect(shown.status == 0 && shown.output.contains("records, all sound"), "\(shown.errors)")
        let times = EventFile(try events(folder)).records.map(\.wallTime)
        #expect(times.allSatisfy { $0 > 1.7e9 } && times == times.sorted())
    }

    @Test func aKilledRunsFileEndsAtAWholeRecordAndIsMadeAgainEqual() throws {
        let timeless = Self.train + ["--events", "timeless"]
        let whole = try CommandFolder(Self.files)
        #expect(try whole.run(timeless).status == 0)
        let expected = try events(whole)
        let folder = try CommandFolder(Self.files)
        var random = RandomStream(seed: 5, for: .testing)
        for kills in 0..<6 {
            let lines = 4 + 8 * kills + random.nextInteger(below: 8)
            _ = try folder.run(timeless + ["--resume"]) { process in
                let bytes = FileManager.default.contents(atPath: folder.path("run/metrics.jsonl"))
                guard (bytes?.count { $0 == 0x0A } ?? 0) < lines else {
                    kill(process.processIdentifier, SIGKILL)
                    return false
                }
                return true
            }
            if RunEventFile.file(in: folder.path("run")) != nil {
                #expect(EventFile(try events(folder)).damage == nil)
            }
        }
        let last = try folder.run(timeless + ["--resume"])
        #expect(last.status == 0, "\(last.errors)")
        #expect(try events(folder) == expected)
    }

    /// What a run that is killed again and again ends with.
    private func killed(_ words: [String], times: Int) throws -> CommandFolder {
        let folder = try CommandFolder(Self.files)
        var random = RandomStream(seed: 6, for: .testing)
        for kills in 0..<times {
            let lines = 6 + 9 * kills + random.nextInteger(below: 9)
            _ = try folder.run(words + ["--resume"]) { process in
                let bytes = FileManager.default.contents(atPath: folder.path("run/metrics.jsonl"))
                guard (bytes?.count { $0 == 0x0A } ?? 0) < lines else {
                    kill(process.processIdentifier, kills.isMultiple(of: 2) ? SIGKILL : SIGTERM)
                    return false
                }
                return true
            }
        }
        let last = try folder.run(words + ["--resume"])
        #expect(last.status == 0, "\(last.errors)")
        return folder
    }

    @Test func histogramsOfEveryCheckpointAreThoseOfOneThatIsKept() throws {
        let wanted = Self.train + ["--events", "timeless", "--histograms"]
        let kept = try CommandFolder(Self.files)
        #expect(try kept.run(wanted + ["--set", "schedule.keep=all"]).status == 0)
        let lines = try String(contentsOfFile: kept.path("run/histograms.jsonl"), encoding: .utf8)
        let steps = try lines.split(separator: "\n").map {
            try JSONValue(parsing: Array($0.utf8))["step"]?.number?.int
        }
        #expect(steps == [0, 60, 120, 180, 240, 300])
        // Two checkpoints are kept here, and others come in between, where it is stopped.
        let stopped = try killed(wanted, times: 5)
        #expect(try String(contentsOfFile: stopped.path("run/histograms.jsonl"), encoding: .utf8) == lines)
        // The event file has the configuration, in which \"keep\" differs.
        let spread = { (bytes: [UInt8]) in
            EventFile(bytes).records.filter { $0.values.contains { $0.plugin == "histograms" } }.map(\.step)
        }
        #expect(spread(try events(kept)) == spread(try events(stopped)))
        // From checkpoints alone the same file is made.
        let recorded = try events(kept)
        try FileManager.default.removeItem(atPath: kept.path("run/histograms.jsonl"))
        let exported = try kept.run(["runs", "export", "run", "--tensorboard", "tb", "--histograms"])
        #expect(exported.status == 0, "\(exported.errors)")
        let path = exported.output.split(separator: "\n").last.map(String.init) ?? ""
        #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: kept.path(path)))) == recorded)
        #expect(EventFile(recorded).records.flatMap(\.values).contains { $0.tag.hasPrefix("weights/vh.") })
    }

    @Test func aRunThatIsContinuedGoesOnWithHistograms() throws {
        let folder = try CommandFolder(Self.files)
        let first = Self.train + ["--histograms", "--set", "schedule.checkpoint=100"]
        let stopped = try folder.run(first) { process in
            guard FileManager.default.fileExists(atPath: folder.path("run/checkpoints/step-000000100")) else {
                return true
            }
            kill(process.processIdentifier, SIGTERM)
            return false
        }
        #expect([0, 143].contains(stopped.status))
        // Half a line, as of a kill.
        let handle = try #require(FileHandle(forWritingAtPath: folder.path("run/histograms.jsonl")))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"step\":1".utf8))
        try handle.close()
        #expect(try folder.run(["resume", "run", "--quiet"]).status == 0)
        let lines = try String(contentsOfFile: folder.path("run/histograms.jsonl"), encoding: .utf8)
        let steps = try lines.split(separator: "\n").map {
            try JSONValue(parsing: Array($0.utf8))["step"]?.number?.int
        }
        #expect(steps == [0, 100, 200, 300])
    }

    @Test func aDamagedFileIsReportedAndMadeAnew() throws {
        let folder = try CommandFolder(Self.files)
        #expect(try folder.run(Self.train).status == 0)
        let (name, sound) = (
            try #require(RunEventFile.file(in: folder.path("run"))), try events(folder)
        )
        var bytes = sound
        bytes[bytes.count - 3] ^= 4
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path("run/events/\(name)")))
        let shown = try folder.run(["runs", "show", "run", "--events"])
        #expect(shown.status == CommandStatus.badData.rawValue)
        #expect(
            shown.errors.hasPrefix("run/events/\(name): byte ")
                && shown.errors.contains("the message does not meet its checksum"), "\(shown.errors)")
        #expect(try folder.run(["resume", "run", "--quiet"]).status == 0)
        #expect(try events(folder) == sound)
    }

    @Test func whoWantsNoneGetsNone() throws {
        let folder = try CommandFolder(Self.files)
        let few = Self.train + ["--events", "off", "--set", "schedule.steps=10"]
        #expect(try folder.run(few).status == 0)
        #expect(try !folder.paths().contains { $0.hasPrefix("run/events") })
        #expect(try folder.run(["resume", "run", "--quiet"]).status == 0)
        #expect(try !folder.paths().contains { $0.hasPrefix("run/events") })
        let exported = try folder.run(["runs", "export", "run", "--tensorboard", "tb", "--histograms"])
        #expect(exported.status == 0, "\(exported.errors)")
        let path = exported.output.split(separator: "\n").last.map(String.init) ?? ""
        let file = EventFile([UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path(path)))))
        let histograms = file.records.flatMap(\.values).filter { $0.tag.hasPrefix("weights/vh.") }
        #expect(file.damage == nil && !histograms.isEmpty && histograms[0].plugin == "histograms")
    }

    @Test func runsAreWrittenInTheFoldersOfMLflow() throws {
        let folder = try CommandFolder(Self.files)
        #expect(try folder.run(Self.train + ["--set", "schedule.steps=10"]).status == 0)
        #expect(try folder.run(["runs", "tag", "run", "--add", "paper"]).status == 0)
        let exported = try folder.run(["runs", "export", "run", "--mlflow", "ml"])
        #expect(exported.status == 0, "\(exported.errors)")
        let files = try folder.contents().filter { $0.key.hasPrefix("ml/mlruns/") && !$0.key.hasSuffix("/") }
        func text(_ ending: String) -> String? {
            files.first { $0.key.hasSuffix(ending) }.map { String(decoding: $0.value, as: UTF8.self) }
        }
        #expect(text("/params/algorithm") == "fisor" && text("/params/schedule.steps") == "10")
        #expect(text("/tags/saferl.tag.paper") == "true" && text("/tags/mlflow.runName") == "run")
        let metric = try #require(text("/metrics/joint/policy_loss"))
        #expect(metric.split(separator: "\n").map { $0.split(separator: " ").last } == ["5", "10"])
        let metas = files.filter { $0.key.hasSuffix("/meta.yaml") }
        #expect(metas.count == 2)
        #expect(metas.values.contains { String(decoding: $0, as: UTF8.self).contains("\nstatus: 3\n") })
    }
}
