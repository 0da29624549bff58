import Algorithms
import Foundation
import SafeRL
import SaferlBenchmarks
import Testing

@Suite struct UpdateBenchmarkTests {
    @Test func anUpdateIsTimedAtTheAskedSizes() throws {
        var counted = 0
        let report = try #require(
            try UpdateBenchmark.run("bc", observation: 3, action: 1, steps: 3) { body in
                try body()
                counted += 1
                return 10
            })
        #expect(report.algorithm == "bc" && report.environmentSteps == nil)
        let stage = try #require(report.stages.first)
        #expect(report.stages.count == 1)
        #expect(stage.medianMilliseconds >= stage.shortestMilliseconds && stage.shortestMilliseconds > 0)
        // Ten allocations of the five updates that were counted together.
        #expect(counted == 1 && stage.mallocsPerUpdate == 2)
        #expect(report.peakResident > 10 && report.threads >= 1 && report.productRate > 0)
    }

    @Test func whatIsNotTimedHasNoReport() throws {
        #expect(try UpdateBenchmark.run("ogsrl", observation: 3, action: 1) == nil)
    }

    /// What a step multiplies depends on no machine, but for the rows of the critics whose gradient is 0, which a step leaves out: more
    /// of it would be a slower step everywhere.
    @Test func aPublishedStepOfFISORMultipliesWhatIsKept() throws {
        let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Benchmarks/Thresholds.json")
        let table = try JSONDecoder().decode([String: Kept].self, from: Data(contentsOf: place))
        let kept = try #require(table["every processor"]?.kept["fisor: products of a step, gflop"])
        let data = try SyntheticSteps.transitions(17, 2) { $0 % 10 == 0 }
        var configuration = FISOR.Configuration()
        configuration.skipsWeightlessRows = false
        let fisor = try FISOR(configuration, on: data, seed: 1)
        _ = try fisor.update(.joint)
        #expect(
            abs(fisor.tape.productOperations / 1e9 - kept) < 0.02 * kept, "\(fisor.tape.productOperations)")
    }

    private struct Kept: Decodable { let kept: [String: Double] }
}
