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
}
