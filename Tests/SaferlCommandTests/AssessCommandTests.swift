import Foundation
import SafeRL
import SaferlCommand
import Testing

/// `saferl assess` with the built binary.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct AssessCommandTests {
    private static let assess = ["assess", "run", "--episodes", "40"]

    private func report(_ folder: CommandFolder, _ path: String = "run/assess/report.json") throws
        -> JSONValue
    {
        try JSONValue(parsing: try #require(try folder.contents()[path]))
    }

    @Test func aReportHasEverySectionAndNamesThePolicy() throws {
        let folder = try CommandFolder(SmallRun.files)
        let result = try folder.run(Self.assess + ["--limit", "5", "--by", "2:0.5,1", "--alpha", "0.3"])
        #expect(result.status == 0, "\(result.errors)")
        let report = try report(folder)
        #expect(report["format"]?.number?.int == 1 && report["episodes"]?.number?.int == 40)
        #expect(report["halves"]?.elements?.compactMap(\.number?.int) == [20, 20])
        let manifest = try #require(
            try folder.contents()[SmallRun.checkpoint + "/manifest.json"])
        let policy = try #require(report["policy"]?.string)
        #expect(policy.count == 64 && String(decoding: manifest, as: UTF8.self).contains(policy))
        for section in [
            "calibration", "risk_coverage", "conformal", "feasibility", "overfitting", "robustness",
        ] {
            #expect(report[section]?.members?.isEmpty == false, "\(section)")
            #expect(report[section]?.members?.count != 1, "\(section) has only a fault")
        }
        let regions = try #require(report["calibration"]?["by_region"]?.elements)
        #expect(regions.count == 8)
        #expect(
            regions.allSatisfy { ($0["rows"]?.number?.int == 0) == ($0["fault"]?.string != nil) })
        #expect(report["detection"]?.elements?.count == 6)
        #expect(report["support"]?["outside_share_upper_bound"]?.number != nil)
        #expect(report["robustness"]?.members?.count == 15)
        #expect(report["robustness"]?["noise"]?["within_limit"]?.elements?.count == 5)
        #expect(report["overfitting"]?["memorisation"]?["ks"]?.number != nil)
        #expect(report["overfitting"]?["overestimation"]?["mean"]?.number != nil)
        let files = try folder.contents()
        for picture in ["reliability.svg", "risk-coverage.svg", "perturbation.svg"] {
            #expect(files["run/assess/" + picture]?.starts(with: Array("<svg".utf8)) == true, "\(picture)")
        }
        let page = String(decoding: files["run/assess/report.md"] ?? [], as: UTF8.self)
        #expect(page.contains("**No certificate:") && page.contains("| Calibration | ECE "))
        #expect(result.output.contains("Report  run/assess/report.json"))
    }

    @Test func equalOptionsGiveEqualBytesAndAnotherSeedOthers() throws {
        let folder = try CommandFolder(SmallRun.files)
        let quick = Self.assess + ["--quick"]
        for (place, seed) in [("a", "3"), ("b", "3"), ("c", "4")] {
            let result = try folder.run(quick + ["--out", place, "--seed", seed])
            #expect(result.status == 0, "\(result.errors)")
        }
        let files = try folder.contents()
        func all(_ place: String) -> [String: [UInt8]] {
            Dictionary(
                uniqueKeysWithValues: files.filter { $0.key.hasPrefix(place + "/") }.map {
                    (String($0.key.dropFirst(2)), $0.value)
                })
        }
        #expect(all("a").count >= 4 && all("a") == all("b") && all("a") != all("c"))
        // Without perturbations, and nothing was written into the run.
        #expect(files["a/perturbation.svg"] == nil && files["run/assess/report.json"] == nil)
        #expect(try report(folder, "a/report.json")["robustness"] == nil)
    }

    @Test func onlyWhatIsAskedForIsDoneAndPrintedAsJSON() throws {
        let folder = try CommandFolder(SmallRun.files)
        let result = try folder.run(Self.assess + ["--only", "feasibility,conformal", "--json"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(Array(result.output.utf8) == (try folder.contents()["run/assess/report.json"]))
        let report = try report(folder)
        #expect(report["sections"]?.elements?.compactMap(\.string) == ["conformal", "feasibility"])
        #expect(report["feasibility"] != nil && report["calibration"] == nil && report["detection"] == nil)
    }

    @Test func tooFewEpisodesAndDataThatAreGoneAreSaidAndNotPassedOver() throws {
        // The band of ten calibration episodes has no upper end at 1 %.
        let folder = try CommandFolder(SmallRun.files)
        let result = try folder.run(
            Self.assess + ["--only", "conformal,detection", "--alpha", "0.01", "--set", "fisor.candidates=1"])
        #expect(result.status == 0, "\(result.errors)")
        let report = try report(folder)
        #expect(report["conformal"]?["threshold"] == .null)
        #expect(report["conformal"]?["fault"]?.string?.hasPrefix("too few calibration episodes") == true)
        let reasons = report["unavailable"]?.elements?.compactMap { $0["reason"]?.string } ?? []
        #expect(reasons.contains { $0.contains("are too few for this alpha") }, "\(reasons)")
    }

    @Test func requirementsMakeItAGateAndTheReportIsWrittenAllTheSame() throws {
        let folder = try CommandFolder(SmallRun.files)
        let short = ["assess", "run", "--episodes", "20", "--only", "conformal"]
        let met = try folder.run(short + ["--require", "episodes == 20 && conformal.alpha == 0.1"])
        #expect(met.status == 0, "\(met.errors)")
        let unmet = try folder.run(
            short + ["--out", "b", "--require", "episodes > 20", "--require", "calibration.ece <= 1"])
        #expect(unmet.status == 3)
        #expect(
            unmet.output.hasSuffix(
                "not met: episodes > 20 is false\nnot met: calibration.ece <= 1 is unknown\n"))
        #expect(try folder.contents()["b/report.json"]?.isEmpty == false)
        let json = try folder.run(short + ["--json", "--require", "episodes > 20"])
        #expect(json.status == 3 && json.errors.hasSuffix("not met: episodes > 20 is false\n"))
        #expect(Array(json.output.utf8) == (try folder.contents()["run/assess/report.json"]))
    }
}
