import Foundation
import SafeRL
import Testing

/// Runs that are made of what a run leaves behind: a comparison reads and trains nothing.
enum ComparableRuns {
    /// The files of a run whose mean return and mean cost are `result`; the limit is 10, and returns go from 0 to 1.
    static func run(
        _ name: String, seed: Int, task: String = "point-robot", _ result: (Double, Double),
        settings: String = "\"steps\": 10", episodes: Int = 20, evaluationSeed: Int = 7, step: Int = 10
    ) -> [String: [UInt8]] {
        let manifest = """
            {"format": 1, "saferl": "0.2.0", "swift": "6.3", "algorithm": "bc", "seed": \(seed), "cores": 2,
             "data": {"path": "d", "sha256": "00"}, "configuration": "00", "blas": {"kernel": "k", "threads": 1},
             "started": "2026-11-30T00:00:00Z", "wall_seconds": 1, "step": 10, "finished": true}
            """
        let configuration = """
            {"algorithm": "bc", "environment": "\(task)", "seed": \(seed), "schedule": {\(settings)}}
            """
        let report = """
            {"episodes": \(episodes), "seed": \(evaluationSeed), "confidence": 0.95, "return_mean": \(result.0), "return_sd": 1,
             "cost_mean": \(result.1), "cost_sd": 1, "cost_max": \(result.1), "cost_p10": 0, "cost_p50": 0, "cost_p90": 0,
             "cost_p99": 0, "cost_cvar_95": 0, "violation_free_share": 0.5, "violation_free_interval": [0.3, 0.7],
             "violation_upper_bound": 0.7, "length_mean": 5, "terminated_share": 0, "terminated_interval": [0, 0.2],
             "normalized_return": \(result.0), "normalized_cost": \(result.1 / 10), "assumptions": "none",
             "origin": {"step": \(step), "environment": "\(task)", "packages": {}, "overrides": []}}
            """
        return [
            "\(name)/manifest.json": Array(manifest.utf8),
            "\(name)/config.resolved.json": Array(configuration.utf8),
            "\(name)/evaluation/report.json": Array(report.utf8),
        ]
    }

    /// Two methods, three seeds each: `safe` within the limit at returns of 0.2 to 0.4, `rich` beyond it at 0.7 to 0.9.
    static var methods: [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for seed in 0..<3 {
            let more = 0.1 * Double(seed)
            files.merge(run("safe-\(seed)", seed: seed, (0.2 + more, 5))) { $1 }
            files.merge(run("rich-\(seed)", seed: seed, (0.7 + more, 20), settings: "\"steps\": 20")) { $1 }
        }
        return files
    }

    /// Their directories.
    static let all = (0..<3).map { "safe-\($0)" } + (0..<3).map { "rich-\($0)" }
}

@Suite(.enabled(if: CommandProcess.binary != nil)) struct CompareCommandTests {
    private struct Said: Decodable {
        struct Figure: Decodable { let value: Double; let interval: [Double]? }
        struct Method: Decodable {
            let name: String
            let seeds: [Int]
            let `return`: [String: Figure]
            let within_limit, safe_return: Double?
            let certified_share: Double
        }
        struct Pair: Decodable { let first, second: String; let probability: Figure; let shown: Bool }
        let tasks: [String]
        let methods: [Method]
        let pairs: [Pair]
        let order: [String]?
    }

    private func said(_ folder: CommandFolder, _ arguments: [String]) throws -> Said {
        let result = try folder.run(["compare", "--resamples", "500", "--json"] + arguments)
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        return try JSONDecoder().decode(Said.self, from: Data(result.output.utf8))
    }

    @Test func theSafeMethodStandsBeforeTheRichOne() throws {
        let said = try said(try CommandFolder(ComparableRuns.methods), ComparableRuns.all)
        #expect(said.methods.map(\.name) == ["bc (schedule.steps=10)", "bc (schedule.steps=20)"])
        #expect(said.methods.allSatisfy { $0.seeds == [0, 1, 2] && $0.certified_share == 0 })
        let means = said.methods.map { $0.return["iqm"]?.value ?? 0 }
        #expect(abs(means[0] - 0.3) < 1e-12 && abs(means[1] - 0.8) < 1e-12)
        #expect(said.methods.map(\.within_limit) == [1, 0] && said.methods[1].safe_return == nil)
        #expect(said.order == ["bc (schedule.steps=10)"])
        #expect(said.pairs.count == 1 && said.pairs[0].probability.value == 0 && said.pairs[0].shown)
    }

    @Test func aLimitOfOnesOwnReplacesTheTasks() throws {
        let folder = try CommandFolder(ComparableRuns.methods)
        let said = try said(folder, ComparableRuns.all + ["--limit", "20"])
        #expect(said.methods.map(\.within_limit) == [1, 1])
        #expect(said.order == ["bc (schedule.steps=20)", "bc (schedule.steps=10)"])
    }

    @Test func rivalsAreOnlyComparedWithWhatStandsBefore() throws {
        let folder = try CommandFolder(ComparableRuns.methods)
        let said = try said(
            folder, Array(ComparableRuns.all[3...]) + ["--against"] + ComparableRuns.all[..<3])
        #expect(said.pairs.map(\.first) == ["bc (schedule.steps=20)"])
        #expect(
            said.pairs.map(\.second) == ["bc (schedule.steps=10)"] && said.pairs[0].probability.value == 1)
    }

    @Test func twoSeedsAreNotPutInOrder() throws {
        let folder = try CommandFolder(ComparableRuns.methods)
        let runs = ["safe-0", "safe-1", "rich-0", "rich-1"]
        #expect(try said(folder, runs).order == nil)
        let text = try folder.run(["compare", "--resamples", "500"] + runs).output
        #expect(text.contains("No order: too few seeds; 3 of each method are needed."))
        #expect(text.contains("± 8.98 standard deviations"))
    }

    @Test func tasksAreSummedUpTogether() throws {
        var files: [String: [UInt8]] = [:]
        for seed in 0..<3 {
            files.merge(ComparableRuns.run("a-\(seed)", seed: seed, (0.2, 5))) { $1 }
            files.merge(ComparableRuns.run("b-\(seed)", seed: seed, task: "point-mass", (0.6, 20))) { $1 }
        }
        let runs = files.keys.filter { $0.hasSuffix("/manifest.json") }.map { String($0.dropLast(14)) }
            .sorted()
        let said = try said(try CommandFolder(files), runs)
        #expect(said.tasks == ["point-robot", "point-mass"] && said.methods.map(\.name) == ["bc"])
        #expect(abs((said.methods[0].return["mean"]?.value ?? 0) - 0.4) < 1e-12)
        #expect(said.methods[0].within_limit == 0.5)
        #expect(abs((said.methods[0].safe_return ?? 0) - 0.2) < 1e-12)
    }

    @Test func equalRunsWriteEqualBytes() throws {
        let folder = try CommandFolder(ComparableRuns.methods)
        for out in ["one", "two"] {
            let words = ["compare", "--resamples", "500", "--out", out] + ComparableRuns.all
            #expect(try folder.run(words).status == 0)
        }
        let files = try folder.contents()
        let names =
            ["comparison.json", "comparison.md"]
            + ["iqm", "profiles", "return-cost"].flatMap { [$0 + ".svg", $0 + ".pdf"] }
        for name in names {
            #expect(files["one/" + name] == files["two/" + name] && files["one/" + name]?.isEmpty == false)
        }
        #expect(files.count { $0.key.hasPrefix("one/") && $0.key != "one/" } == names.count)
    }

    @Test func picturesShowTheMethodsAndTheLimit() throws {
        let folder = try CommandFolder(ComparableRuns.methods)
        let words = ["compare", "--resamples", "500", "--out", "c"] + ComparableRuns.all
        #expect(try folder.run(words).status == 0)
        let files = try folder.contents()
        func svg(_ name: String) -> String { String(decoding: files["c/\(name).svg"] ?? [], as: UTF8.self) }
        for name in ["iqm", "profiles", "return-cost"] {
            for method in ["bc (schedule.steps=10)", "bc (schedule.steps=20)"] {
                #expect(svg(name).contains(">\(method)</text>"), "\(name)")
            }
        }
        // Costs are half of the limit and twice the limit, which is the dashed line.
        #expect(svg("return-cost").components(separatedBy: "stroke-dasharray").count == 2)
        #expect(svg("iqm").contains(">Interquartile mean of the normalised return</text>"))
    }
}
