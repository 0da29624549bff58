import Comparison
import Foundation
import TestSupport
import Testing

/// Figures of rliable, and of formulas for what it has not.
private struct Golden: Decodable {
    struct Bootstrap: Decodable {
        struct Result: Decodable { let interval95, interval90: [Double]; let sd: Double }
        let indices: [[[Int]]]
        let result: [String: Result]
    }
    struct Pairs: Decodable {
        struct Draws: Decodable { let indices_a, indices_b: [[[Int]]]; let interval95: [Double] }
        let a_over_b, b_over_a, a_over_a: Double
        let bootstrap: Draws
    }
    struct Small: Decodable { let values: [Double]; let iqm: Double }
    struct Profiles: Decodable { let tau: [Double]; let run_score, mean_score: [String: [Double]] }
    struct Safety: Decodable {
        let returns, costs: [[Double]]
        let limit, safe_share, iqm_safe_return: Double
    }
    struct Package: Decodable { let interval95: [Double] }
    struct OneTask: Decodable { let mann_whitney_u: Double }
    struct HalfWidth: Decodable { let seeds: Int; let half: Double }

    let scores: [String: [[Double]]]
    let aggregate: [String: [String: Double]]
    let iqm_small: [Small]
    let bootstrap: [String: Bootstrap]
    let package_interval_iqm_a: Package
    let probability_of_improvement: Pairs
    let profiles: Profiles
    let one_task: OneTask
    let safety_first: Safety
    let student_half_width: [HalfWidth]

    static func read() throws -> Golden {
        try TestSupport.Golden.decode(Golden.self, "assess", "compare.json")
    }

    func table(_ name: String) throws -> ScoreTable { ScoreTable(try #require(scores[name])) }
}

@Suite struct ComparisonGoldenTests {
    private let golden: Golden

    init() throws { golden = try Golden.read() }

    private func expect(_ range: ClosedRange<Double>, _ ends: [Double], _ place: String) {
        #expect(
            abs(range.lowerBound - ends[0]) < 1e-12 && abs(range.upperBound - ends[1]) < 1e-12,
            "\(place): \(range), not \(ends)")
    }

    @Test func aggregatesAreThoseOfThePackage() throws {
        #expect(golden.aggregate.count == 3)
        for (name, figures) in golden.aggregate {
            let table = try golden.table(name)
            for aggregate in Aggregate.allCases {
                let expected = try #require(figures[aggregate.rawValue])
                #expect(abs(aggregate(table) - expected) < 1e-12, "\(name) \(aggregate)")
            }
        }
    }

    @Test func theMiddleMeanDropsWholeQuartersOfFewValues() {
        #expect(golden.iqm_small.count == 12)
        for case let small in golden.iqm_small {
            #expect(
                abs(middleMean(small.values.reversed()) - small.iqm) < 1e-12, "\(small.values.count) values")
        }
    }

    @Test func percentilesOfStoredDrawsAreThoseOfThePackage() throws {
        for (name, stored) in golden.bootstrap {
            let table = try golden.table(name)
            for aggregate in Aggregate.allCases {
                let values = stored.indices.map { aggregate(table.resampled($0)) }
                let expected = try #require(stored.result[aggregate.rawValue])
                let place = "\(name) \(aggregate)"
                expect(percentileInterval(values, confidence: 0.95), expected.interval95, place)
                expect(percentileInterval(values, confidence: 0.9), expected.interval90, place)
            }
        }
    }

    @Test func ourOwnDrawsGiveThePackagesIntervalUpToChance() throws {
        let table = try golden.table("a")
        let bootstrap = StratifiedBootstrap(repetitions: 20_000, seed: 3)
        let values = bootstrap.values(table) { Aggregate.interquartileMean($0) }
        let interval = percentileInterval(values, confidence: 0.95)
        let expected = golden.package_interval_iqm_a.interval95
        #expect(
            abs(interval.lowerBound - expected[0]) < 0.01 && abs(interval.upperBound - expected[1]) < 0.01)
        // The same draws, and no other.
        #expect(bootstrap.values(table) { Aggregate.interquartileMean($0) } == values)
        let other = StratifiedBootstrap(repetitions: 20_000, seed: 4)
        #expect(other.values(table) { Aggregate.interquartileMean($0) } != values)
    }

    @Test func theProbabilityOfImprovementIsThePackages() throws {
        let (a, b, expected) = (
            try golden.table("a"), try golden.table("b"), golden.probability_of_improvement
        )
        #expect(abs(probabilityOfImprovement(a, over: b) - expected.a_over_b) < 1e-12)
        #expect(abs(probabilityOfImprovement(b, over: a) - expected.b_over_a) < 1e-12)
        #expect(probabilityOfImprovement(a, over: a) == expected.a_over_a)
        let draws = zip(expected.bootstrap.indices_a, expected.bootstrap.indices_b).map {
            probabilityOfImprovement(a.resampled($0), over: b.resampled($1))
        }
        expect(percentileInterval(draws, confidence: 0.95), expected.bootstrap.interval95, "a over b")
    }

    @Test func onOneTaskItIsMannAndWhitneysStatistic() throws {
        let (a, b) = (try golden.table("a"), try golden.table("b"))
        let statistics = (0..<a.tasks).map { task in
            let (one, other) = (
                ScoreTable(a.scores.map { [$0[task]] }), ScoreTable(b.scores.map { [$0[task]] })
            )
            return probabilityOfImprovement(one, over: other) * Double(a.runs * b.runs)
        }
        #expect(statistics.contains { abs($0 - golden.one_task.mann_whitney_u) < 1e-9 }, "\(statistics)")
    }

    @Test func profilesAreThePackages() throws {
        for name in ["a", "b"] {
            let table = try golden.table(name)
            let (runs, tasks) = (golden.profiles.run_score[name], golden.profiles.mean_score[name])
            #expect(PerformanceProfile.runs.shares(table, above: golden.profiles.tau) == runs)
            #expect(PerformanceProfile.tasks.shares(table, above: golden.profiles.tau) == tasks)
        }
    }

    @Test func safetyComesFirst() {
        let stored = golden.safety_first
        let costs = ScoreTable(stored.costs.map { $0.map { $0 / stored.limit } })
        let safety = SafetyFirst(ScoreTable(stored.returns), costs: costs)
        #expect(safety.safeShare == stored.safe_share)
        #expect(abs((safety.safeReturn ?? 0) - stored.iqm_safe_return) < 1e-12)
    }

    @Test func fewSeedsHaveWideIntervals() {
        #expect(golden.student_half_width.count == 5)
        for stored in golden.student_half_width {
            let half = studentHalfWidth(seeds: stored.seeds, confidence: 0.95)
            #expect(abs(half - stored.half) < 1e-9, "\(stored.seeds) seeds")
        }
    }
}
