import Foundation
import Rules
import SaferlBenchmarks
import TestSupport
import Testing

@Suite struct GuardBenchmarkTests {
    private func rules(_ name: String) throws -> RuleFile {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try RuleFile(
            bytes: [UInt8](Data(contentsOf: folder.appending(path: "Configs/\(name).rules"))), name: name)
    }

    @Test func everyFigureIsMeasured() throws {
        var counter: ((() throws -> Void) throws -> Int)?
        if MallocCounter.works { counter = { body in try MallocCounter.count(body) } }
        let report = try GuardBenchmark.run(
            robot: rules("point-robot"), mass: rules("point-mass"), episodes: 10, vocabulary: 600,
            counting: counter)
        #expect(report.linearRule > 0 && report.pastRule > 0 && report.rememberedStep > 0)
        for latency in [
            report.allowed, report.projected, report.cachedMask, report.newMask, report.callPlaceMask,
            report.callMask,
        ] {
            #expect(latency.count > 0 && latency.median > 0)
            #expect(latency.median <= latency.high && latency.high <= latency.largest)
        }
        // 4 emails, 4 orders, 4 x 3, 4 x 8, 4 x 8 x 4, 4 orders, and two calls without arguments.
        #expect(report.calls == 186 && report.vocabulary == 600)
        #expect((report.linearAllocations != nil) == MallocCounter.works)
        #expect(report.lines.count == 11 && report.lines.allSatisfy { !$0.0.isEmpty && !$0.1.isEmpty })
        if MallocCounter.worksInRelease {
            #expect(report.linearAllocations == 0 && report.shieldAllocations == 0)
            #expect(report.rememberedAllocations == 0)
        }
    }
}
