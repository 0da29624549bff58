import Foundation
import SafeRL
import Testing

@Suite struct BenchmarkReportTests {
    private static let official = "/data/SafetyBallRun-v0-80-940.hdf5"

    private func rules() throws -> BenchmarkProtocol { BenchmarkProtocol(try DSRLTask.named("BallRun")) }

    private func manifest(seed: UInt64, data: String) throws -> RunManifest {
        let text = """
            {"algorithm": "fisor", "blas": {"kernel": "x", "threads": 1}, "configuration": "c", "cores": 1,
             "data": {"path": "\(data)", "sha256": "abc"}, "finished": true, "format": 1, "saferl": "0.1.0",
             "seed": \(seed), "started": "2026-01-01T00:00:00Z", "step": 5, "swift": "6.3", "wall_seconds": 1}
            """
        return try JSONDecoder().decode(RunManifest.self, from: Data(text.utf8))
    }

    /// Twenty episodes of one return and cost.
    private func run(
        seed: UInt64, return total: Double, cost: Double, data: String = official, discount: Double = 0.99,
        record: FetchRecord? = nil, overrides: [String] = []
    ) throws -> BenchmarkRun {
        let rules = try rules()
        let line =
            #"{"cost":\#(cost),"end":"truncated","episode":0,"length":100,"return":\#(total),"seed":1}"#
        let episode = try JSONDecoder().decode(EpisodeRecord.self, from: Data(line.utf8))
        let report = EvaluationReport(
            .init(repeating: episode, count: 20), seed: rules.evaluationSeed(trainingSeed: seed),
            task: rules.constants, origin: .init(step: 5, environment: "e", overrides: overrides))
        let resolved =
            #"{"seed": \#(seed), "fisor": {"discount": \#(discount)}, "evaluation": {"seed": \#(seed)}}"#
        return try BenchmarkRun(
            "run-\(seed)", manifest(seed: seed, data: data), resolved: resolved, report, by: rules,
            record: record)
    }

    private func record(sha256: String, address: String? = nil) throws -> FetchRecord {
        let place = try address ?? rules().task.officialAddress
        let text = #"{"address": "\#(place)", "bytes": 1, "sha256": "\#(sha256)", "stated_by_server": true}"#
        return try JSONDecoder().decode(FetchRecord.self, from: Data(text.utf8))
    }

    private func report(_ runs: [BenchmarkRun]) throws -> BenchmarkReport {
        BenchmarkReport(runs, by: try rules(), in: "dsrl:OfflineBallRun-v0", confidence: 0.95)
    }

    private func officialRuns() throws -> [BenchmarkRun] {
        let record = try record(sha256: "abc")
        return [
            try run(seed: 0, return: 200, cost: 0, record: record),
            try run(seed: 1, return: 300, cost: 5, record: record),
            try run(seed: 2, return: 400, cost: 10, record: record),
        ]
    }

    @Test func limitsAreTheStrictOneAndTheThreeOfTheBenchmark() throws {
        #expect(try rules().costLimits == [5, 10, 20, 40])
        #expect(BenchmarkProtocol(try DSRLTask.named("HopperVelocity")).costLimits == [10, 20, 40, 80])
        #expect(BenchmarkProtocol(try DSRLTask.named("easysparse")).costLimits == [5, 10, 20, 40])
    }

    @Test func runsOfDifferentSeedsGetDifferentEpisodes() throws {
        let rules = try rules()
        #expect((0..<3).map { rules.evaluationSeed(trainingSeed: $0) } == [1000, 1001, 1002])
        #expect(rules.evaluationSeed(trainingSeed: .max) == 999)
    }

    @Test func meansAndSpreadsAreOverRuns() throws {
        let summary = try report(try officialRuns()).summary
        #expect(summary.totalReturn.mean == 300 && summary.totalReturn.deviation == 100)
        // Student's 4.302653 at two degrees of freedom times 100 / √3.
        let interval = try #require(summary.totalReturn.interval)
        #expect(abs(interval[1] - 300 - 248.4138) < 1e-3)
        // (300 − 26.33975…) / (1327.44556 − 26.33975…), by hand.
        #expect(abs(summary.normalizedReturn.mean - 0.2103287) < 1e-6)
        #expect(summary.normalizedCosts.map(\.limit) == [5, 10, 20, 40])
        #expect(summary.normalizedCosts.map(\.normalizedCost.mean) == [1, 0.5, 0.25, 0.125])
        #expect(summary.normalizedCosts[0].normalizedCost.deviation == 1)
        #expect(try report([try run(seed: 0, return: 1, cost: 0)]).summary.cost.interval == nil)
    }

    @Test func theProtocolOnOfficialDataHasNoDepartures() throws {
        let report = try report(try officialRuns())
        #expect(report.departures == [])
        #expect(report.table.hasSuffix("Protocol and data are the benchmark's.\n"))
    }

    @Test func dataCountsAsOfficialOnlyIfFetchedFromThereAndUnchanged() throws {
        func standing(_ data: String, _ record: FetchRecord?) throws -> DataStanding {
            try run(seed: 0, return: 0, cost: 0, data: data, record: record).dataStanding
        }
        let mirror = try record(sha256: "abc", address: "https://mirror.example/SafetyBallRun-v0-80-940.hdf5")
        #expect(try standing(Self.official, record(sha256: "abc")) == .official)
        #expect(try standing(Self.official, record(sha256: "abd")) == .unknown)
        #expect(try standing(Self.official, mirror) == .unknown)
        #expect(try standing(Self.official, nil) == .unknown)
        #expect(try standing("/data/SafetyBallRun-v0-collected-80-940.hdf5", record(sha256: "abc")) == .other)
        #expect(try standing("collected from point-robot: 9 transitions, seed 1", nil) == .other)
    }

    @Test func whatIsNotAsTheBenchmarkHasItIsSaid() throws {
        let runs = [
            try run(seed: 0, return: 0, cost: 0, data: "/d/mine.hdf5", overrides: ["fisor.choice=first"]),
            try run(seed: 0, return: 0, cost: 0, discount: 0.9),
        ]
        let rules = BenchmarkProtocol(try rules().task, episodes: 30)
        let report = BenchmarkReport(runs, by: rules, in: "e", confidence: 0.95)
        #expect(
            report.departures == [
                "30 episodes a run, not 20.", "1 training seed, not 3.",
                "Some runs have the same training seed: they are not independent, intervals are too short.",
                "run-0 differs from run-0 in more than its seed: fisor.discount is 0.9, was 0.99.",
                "The policies act otherwise than trained: fisor.choice=first.",
                "The data, mine.hdf5, are not the official file, SafetyBallRun-v0-80-940.hdf5.",
                "Not the official data file, or unknown: SafetyBallRun-v0-80-940.hdf5 has its name, but was not "
                    + "fetched by saferl.",
            ])
    }

    @Test func theTableSetsPublishedRowsApart() throws {
        let table = try report(try officialRuns().dropLast()).table
        let lines = table.split(separator: "\n").map(String.init)
        let published = try #require(lines.firstIndex { $0.hasPrefix("Not measured here, published by") })
        #expect(
            lines[0].hasPrefix(
                "OfflineBallRun-v0 by DSRL's protocol in dsrl:OfflineBallRun-v0: at most 100 steps"))
        #expect(
            lines[2].split(separator: " ")
                == "fisor run-0 0, 1000 200.000 0.000 0.133 0.000 0.000 0.000 0.000".split(separator: " "))
        #expect(lines[published + 1].split(separator: " ") == ["BC,", "published", "0.67", "11.38"])
        #expect(lines[published + 7].split(separator: " ") == ["FISOR,", "published", "0.18", "0.00"])
        #expect(lines[(published + 1)...].prefix { $0.contains(", published ") }.count == 7)
        #expect(lines[..<published].allSatisfy { !$0.contains("published") })
    }

    @Test func theObjectHasTheNamesThatScriptsRelyOn() throws {
        let text = try report(try officialRuns()).json()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(
            Set(object.keys) == [
                "task", "environment", "time_limit", "episodes", "cost_limits", "confidence", "runs",
                "summary",
                "published", "published_source", "departures",
            ])
        let runs = try #require(object["runs"] as? [[String: Any]])
        #expect(runs.map { $0["training_seed"] as? Int } == [0, 1, 2])
        #expect(runs[1]["data_standing"] as? String == "official")
        let costs = try #require(runs[1]["normalized_costs"] as? [[String: Any]])
        #expect(costs[1]["limit"] as? Double == 10 && costs[1]["normalized_cost"] as? Double == 0.5)
        // Twenty equal episodes of a task that states no largest cost have no interval.
        #expect(costs[1]["standing"] as? String == "undecided")
        let origin = (runs[0]["report"] as? [String: Any])?["origin"] as? [String: Any]
        #expect(origin?["environment"] as? String == "e")
    }
}
