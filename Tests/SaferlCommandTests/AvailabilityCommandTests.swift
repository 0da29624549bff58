import Foundation
import SafeRL
import SaferlCommand
import Testing

/// `saferl audit availability` with the built binary.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct AvailabilityCommandTests {
    private static let audit = [
        "audit", "availability", "run", "--episodes", "20", "--constructions", "unsafe", "--partitions", "2",
        "--filter-updates", "20", "--fallback", "brake",
    ]

    private func report(_ folder: CommandFolder, _ path: String = "run/audit/report.json") throws -> JSONValue
    {
        try JSONValue(parsing: try #require(try folder.contents()[path]))
    }

    @Test func noPoisonChangesNoByteAndTheReportNamesThePolicy() throws {
        let folder = try CommandFolder(SmallRun.files)
        let result = try folder.run(Self.audit + ["--tolerance", "0.999", "--level", "100"])
        #expect(result.status == 0, "\(result.errors)")
        let report = try report(folder)
        #expect(report["verdict"]?.string == "defended" && report["format"]?.number?.int == 1)
        let manifest = String(
            decoding: try folder.contents()[SmallRun.checkpoint + "/manifest.json"] ?? [], as: UTF8.self)
        let policy = try #require(report["policy"]?.string)
        #expect(policy.count == 64 && manifest.contains(policy))
        // The training without poison ended with the bytes of the run, the other one with others.
        let cases = try #require(report["cases"]?.elements)
        #expect(report["reproduced"] == .boolean(true))
        #expect(cases.compactMap { $0["rows"]?.number?.int } == [0, 4])
        #expect(cases[0]["state_sha256"]?.string == policy && cases[1]["state_sha256"]?.string != policy)
        #expect(report["layer"]?["kind"]?.string == "feasibility")
        #expect(report["trigger"]?["dimensions"]?.elements?.count == 2)
        #expect(report["fallback_capacity"] == .null && report["fallback_alone"]?["fallback_load"] != nil)
        #expect(cases[1]["detectors"]?["spectral"]?["found"]?.number != nil)
        #expect(cases[1]["mitigations"]?["second_filter"]?["triggered"]?.number != nil)
        let files = try folder.contents().keys.filter { $0.hasPrefix("run/audit/") }.sorted()
        #expect(files == ["run/audit/", "run/audit/report.json", "run/audit/report.md"])
        #expect(
            result.output.hasPrefix(
                "availability: defended against what was tried\n1 % poisoned rows (unsafe)"))
        #expect(result.output.hasSuffix("Report  run/audit/report.json\n"))
    }

    @Test func whatIsNotDefendedExitsWithThreeAndEqualOptionsGiveEqualBytes() throws {
        let folder = try CommandFolder(SmallRun.files)
        let strict = Self.audit + ["--tolerance", "0", "--fallback-capacity", "1", "--rates", "0"]
        let first = try folder.run(strict + ["--json", "--out", "a"])
        let second = try folder.run(strict + ["--out", "b", "--require", "worst.rise > 2"])
        #expect(first.status == 3 && second.status == 3, "\(first.errors) \(second.errors)")
        let files = try folder.contents()
        #expect(files["a/report.json"] == files["b/report.json"])
        #expect(Array(first.output.utf8) == files["a/report.json"])
        #expect(second.output.hasPrefix("availability: NOT defended\n"))
        #expect(second.output.hasSuffix("not met: worst.rise > 2 is false\n"))
        // What assurance cases ask of an audit.
        let report = try report(folder, "a/report.json")
        #expect(report["verdict"]?.string == "not defended")
        #expect(report["fallback_capacity"]?.number?.double == 1)
    }

    @Test func aFilterIsAuditedAndASmallerBudgetIsAnotherTraining() throws {
        let folder = try CommandFolder(SmallRun.files)
        let result = try folder.run(
            Self.audit + ["--layer", "filter", "--budget", "0.5", "--tolerance", "0.999", "--out", "c"])
        #expect(result.status == 0, "\(result.errors)")
        let report = try report(folder, "c/report.json")
        #expect(report["layer"]?["kind"]?.string == "filter" && report["reproduced"] == .boolean(false))
        #expect(report["cases"]?.elements?[1]["certified"]?["clean"]?["intervals"]?["act"]?.number != nil)
    }

    @Test(arguments: ["guardian", "monitor"]) func guardiansAndMonitorsAreAudited(_ layer: String) throws {
        let folder = try CommandFolder(SmallRun.files)
        let result = try folder.run(
            Self.audit + ["--layer", layer, "--budget", "0.5", "--tolerance", "0.999", "--out", "c"])
        #expect([0, 3].contains(result.status), "\(result.errors)")
        let report = try report(folder, "c/report.json")
        #expect(report["layer"]?["kind"]?.string == layer)
        #expect(report["cases"]?.elements?.count == 2)
        #expect(result.output.hasPrefix("availability: ") && result.output.contains("poisoned rows (unsafe)"))
    }

    private static let pairs = """
        {"algorithm": "hcrlhf", "schedule": {"steps": 18, "log": 1, "checkpoint": 18},
         "hcrlhf": {"synthetic": {"pairs": 300}, "split": {"heldOut": 0.3, "validation": 0.5},
                    "model": {"hidden": 8, "intermediate": 8, "layers": 1, "heads": 2, "keyValueHeads": 1, "vocabulary": 400,
                              "tokens": 128}, "sampling": {"tokens": 4},
                    "fineTuning": {"updates": 1, "batch": 2},
                    "preference": {"reward": {"updates": 1, "batch": 2}, "cost": {"updates": 14, "batch": 8}},
                    "candidate": {"batch": 2, "microBatch": 2}, "test": {"prompts": 3, "batch": 3}}}
        """

    @Test func aCostModelIsAuditedByTheAnswersThatItRefuses() throws {
        let folder = try CommandFolder(["my.json": Array(Self.pairs.utf8)])
        let trained = try folder.run(["train", "my.json", "--run", "run", "--quiet"])
        #expect([0, 3].contains(trained.status), "\(trained.errors)")
        let audit = ["audit", "availability", "run", "--rates", "0.05", "--constructions", "unsafe"]
        let open = try folder.run(audit + ["--level", "100", "--tolerance", "0.5", "--require", "rows > 20"])
        #expect(open.status == 0, "\(open.errors)")
        let report = try report(folder)
        #expect(report["verdict"]?.string == "defended" && report["layer"]?["kind"]?.string == "cost")
        // The training without poison ended with the weights of the run's own model, the other one with others.
        #expect(report["reproduced"] == .boolean(true))
        let (rows, cases) = (
            try #require(report["rows"]?.number?.double), try #require(report["cases"]?.elements)
        )
        #expect(cases.compactMap { $0["rows"]?.number?.int } == [0, Int((0.05 * rows + 0.5).rounded(.down))])
        #expect(cases[0]["weights_sha256"]?.string != cases[1]["weights_sha256"]?.string)
        #expect(report["trigger"]?["tokens"]?.elements?.count == 3)
        #expect(report["trigger"]?["keep"]?.number?.int ?? 0 > 0)
        #expect(cases[1]["detectors"]?["surprise"]?["found"]?.number != nil)
        let manifest = try folder.contents()["run/checkpoints/step-000000018/manifest.json"] ?? []
        let policy = try #require(report["policy"]?.string)
        #expect(String(decoding: manifest, as: UTF8.self).contains(policy))
        // One that refuses everything is none, and equal options give equal bytes.
        let shut = audit + ["--level=-100", "--tokens", "70,71", "--keep", "0", "--budget", "0.5"]
        let first = try folder.run(shut + ["--json", "--out", "a"])
        let second = try folder.run(shut + ["--out", "b"])
        #expect(first.status == 3 && second.status == 3, "\(first.errors)")
        let files = try folder.contents()
        #expect(files["a/report.json"] == files["b/report.json"])
        #expect(Array(first.output.utf8) == files["a/report.json"])
        #expect(
            second.output.hasPrefix(
                "availability: NOT defended\n5 % poisoned pairs (unsafe) have 100 % of safe"))
        let other = try self.report(folder, "a/report.json")
        #expect(other["reproduced"] == .boolean(false) && other["trigger"]?["keep"]?.number?.int == 0)
        // What means nothing here.
        let layer = try folder.run(audit + ["--layer", "filter"])
        #expect(
            layer.errors
                == "--layer: is for layers of states, and hcrlhf has a cost model. Leave it out.\n")
        #expect(layer.status == CommandStatus.usage.rawValue)
        let token = try folder.run(audit + ["--tokens", "400"])
        #expect(
            token.errors
                == "the trigger: token 400, and the run's tokens are 0 … 399. Name some of these by --tokens.\n"
        )
        #expect(token.status == CommandStatus.usage.rawValue)
    }

    @Test func onlyFilesOfAListAreTrainedOn() throws {
        let folder = try CommandFolder(TinyRun.files)
        let data = try #require(TinyRun.files["tiny.hdf5"])
        let hash = SHA256.hexadecimal(of: data)
        func list(_ text: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path("known.txt")))
        }
        let configuration = """
            {"algorithm": "bc", "data": {"file": "tiny.hdf5"}, "schedule": {"steps": 1, "log": 1, "checkpoint": 1}}
            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: folder.path("mine.json")))
        let train = ["train", "mine.json", "--run", "new", "--quiet", "--allow", "known.txt"]
        try list(String(repeating: "0", count: 64) + "  other.hdf5\n")
        let refused = try folder.run(train)
        #expect(refused.status == CommandStatus.badData.rawValue)
        #expect(
            refused.errors
                == "tiny.hdf5: SHA-256 \(hash) is not in known.txt. Leave the file out, or find out where it is from and add it.\n"
        )
        #expect(!refused.files.contains { $0.hasPrefix("new/") })
        try list("tiny.hdf5\n")
        #expect(try folder.run(train).status == CommandStatus.badData.rawValue)
        try list("\(hash)  tiny.hdf5\n")
        let allowed = try folder.run(train)
        #expect(allowed.status == 0, "\(allowed.errors)")
        let kept = try JSONValue(parsing: try #require(try folder.contents()["new/provenance.json"]))
        #expect(kept["links"]?.elements?.compactMap { $0["sha256"]?.string } == [hash])
    }

    /// A run that goes on asks again, whoever leaves the list out.
    @Test func aRunRemembersWhichFilesItMayLearnFrom() throws {
        let folder = try CommandFolder(TinyRun.files)
        func write(_ text: String, _ name: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path(name)))
        }
        func stored(_ key: String) throws -> JSONValue? {
            try JSONValue(parsing: try #require(try folder.contents()["new/config.resolved.json"]))["data"]?[
                key]
        }
        func fingerprint() throws -> String? {
            try JSONValue(parsing: try #require(try folder.contents()["new/manifest.json"]))["configuration"]?
                .string
        }
        let hash = SHA256.hexadecimal(of: try #require(TinyRun.files["tiny.hdf5"]))
        try write("\(hash)  tiny.hdf5\n", "known.txt")
        func configuration(_ more: String) -> String {
            """
            {"algorithm": "bc", "data": {"file": "tiny.hdf5"\(more)}, "schedule": {"steps": 1, "log": 1, "checkpoint": 1}}
            """
        }
        try write(configuration(""), "any.json")
        try write(configuration(", \"allow\": \"known.txt\""), "mine.json")
        let longer = ["--set", "schedule.steps=2"]
        // A key that is not there and one that is make the same run.
        #expect(try folder.run(["train", "any.json", "--run", "new", "--quiet"]).status == 0)
        let before = try fingerprint()
        #expect(try stored("allow") == .text(""))
        try FileManager.default.removeItem(atPath: folder.path("new"))
        let begun = try folder.run(["train", "mine.json", "--run", "new", "--quiet"])
        #expect(begun.status == 0, "\(begun.errors)")
        #expect(try stored("allow") == .text("known.txt") && fingerprint() == before)
        #expect(try folder.contents()["new/provenance.json"] != nil)
        // Withdrawn: neither command goes on, with or without the key in its file.
        try write("# none\n", "known.txt")
        let refusal = "tiny.hdf5: SHA-256 \(hash) is not in known.txt."
        for command in [["resume", "new"], ["train", "any.json", "--run", "new", "--resume"]] {
            let refused = try folder.run(command + ["--quiet"] + longer)
            #expect(refused.status == CommandStatus.badData.rawValue && refused.errors.hasPrefix(refusal))
        }
        // Another list is meant for later, too; a finished run is not said to be from it unseen.
        try write("\(hash)\n", "other.txt")
        let other = ["--set", "data.allow=other.txt"]
        #expect(try folder.run(["resume", "new", "--quiet", "--set", "data.allow=known.txt"]).status == 0)
        try write("", "empty.txt")
        let unseen = try folder.run(["resume", "new", "--quiet", "--set", "data.allow=empty.txt"])
        #expect(unseen.status == CommandStatus.badData.rawValue, "\(unseen.errors)")
        #expect(try stored("allow") == .text("known.txt"))
        let allowed = try folder.run(["resume", "new", "--quiet"] + longer + other)
        #expect(allowed.status == 0, "\(allowed.errors)")
        #expect(try stored("allow") == .text("other.txt"))
        try FileManager.default.removeItem(atPath: folder.path("other.txt"))
        let lost = try folder.run(["resume", "new", "--quiet", "--set", "schedule.steps=3"])
        #expect(lost.status == CommandStatus.missingInput.rawValue, "\(lost.errors)")
    }

    @Test func aDossierIsFilledFromTheRunsFiles() throws {
        let folder = try CommandFolder(SmallRun.files)
        let result = try folder.run(["report", "run", "--dossier", "amlas"])
        #expect(result.status == 0, "\(result.errors)")
        let files = try folder.contents().keys.filter { $0.hasPrefix("run/dossier/") }.sorted()
        #expect(
            files == [
                "run/dossier/", "run/dossier/amlas.html", "run/dossier/amlas.json", "run/dossier/amlas.md",
            ])
        #expect(result.output.contains("pieces of evidence are there\nNo claim of conformity is made."))
        let refused = try folder.run(["report", "run", "--dossier", "amla"])
        #expect(refused.status == CommandStatus.usage.rawValue && refused.errors.contains("amlas"))
    }

    @Test func aChainOfHashesBindsFilesInTheirOrder() throws {
        let folder = try CommandFolder(["a": Array("abc".utf8), "b": []])
        let result = try folder.run(["data", "provenance", "a", "b"])
        let (a, b) = (SHA256.hexadecimal(of: Array("abc".utf8)), SHA256.hexadecimal(of: [UInt8]()))
        let first = SHA256.hexadecimal(of: Array("saferl provenance\n\(a)".utf8))
        let last = SHA256.hexadecimal(of: Array("\(first)\n\(b)".utf8))
        #expect(result.output == "\(a)  a\n\(b)  b\nchain  \(last)\n", "\(result.errors)")
        let other = try folder.run(["data", "provenance", "b", "a", "--json"])
        #expect(other.status == 0 && !other.output.contains(last))
        try Data("\(a.uppercased())  a\n# more\n\(b)\n".utf8).write(
            to: URL(fileURLWithPath: folder.path("list")))
        #expect(try folder.run(["data", "provenance", "a", "b", "--allow", "list"]).status == 0)
    }
}
