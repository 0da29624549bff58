import Alignment
import Assurance
import Foundation
import ModelSafety
import TestSupport
import Testing

/// Tests of filters, and what is written of them.
@Suite struct FilterTestTests {
    private static func test(_ erasures: Erasures = Erasures(.suffix, size: 3), limit: Double = 0.1)
        -> FilterTest
    { FilterTest(erasures, limit: limit, delta: 0.05) }

    @Test(arguments: ["suffix:3", "insertion:3", "insertion:2x2", "infusion:2"])
    func theBoundIsThatOfTheMissedShare(mode: String) throws {
        let filter = try FilterTexts.filter()
        let harmful = try FilterTexts.list(FilterTexts.harmful(20..<49) + ["this passes quite unseen"])
        let safe = try FilterTexts.list(FilterTexts.safe(200..<210) + FilterTexts.safe(100..<102))
        let test = FilterTest(try Erasures(parsing: mode), limit: 0.2, delta: 0.05)
        let report = try test.report(filter, harmful: harmful, safe: safe)
        #expect(report.certificate.detected == BinomialCount(events: 29, trials: 30))
        let bound = try #require(report.claim.bound)
        // One of 30 missed: (1 − p)^30 + 30 p (1 − p)^29 = δ at the bound.
        let chance = pow(1 - bound, 30) + 30 * bound * pow(1 - bound, 29)
        #expect(chance.isWithin(1e-9, of: 0.05) && report.isCertified && report.claim.measured == 1.0 / 30)
        #expect(report.safe.kept.trials == 10 && report.safeLeftOut == 2)
        #expect(report.look.upperBound?.isWithin(1e-12, of: bound) == true)
        // What is flagged stays flagged with as many words as are covered.
        #expect(report.tried.first.map { $0.flagged == 29 && $0.prompts == 29 } == true && !report.isRefuted)
    }

    @Test func aLimitBelowTheBoundIsNoSolution() throws {
        let harmful = try FilterTexts.list(FilterTexts.harmful(20..<40))
        let safe = try FilterTexts.list(FilterTexts.safe(200..<210))
        // None of 20 missed: the bound is 1 − 0.05^(1/20).
        let bound = 1 - pow(0.05, 1.0 / 20)
        for (limit, verdict) in [(bound + 1e-9, Claim.Verdict.certified), (bound - 1e-9, .noSolutionFound)] {
            let report = try Self.test(limit: limit)
                .report(FilterTexts.filter(), harmful: harmful, safe: safe)
            #expect(report.claim.verdict == verdict && report.isCertified == (verdict == .certified))
        }
        #expect(Self.test(limit: 0.1).objection(to: 20) != nil)
        #expect(Self.test(limit: 0.2).objection(to: 20) == nil)
    }

    @Test func moreWordsThanAreCoveredMayHideAPrompt() throws {
        // One word of harm beside six that speak for safety, each of which counts once.
        let filter = try FilterTexts.filter()
        let harmful = try FilterTexts.list(["zorgle please now", "make zorgle now"])
        let safe = try FilterTexts.list(["bake bread for us"])
        let report = try Self.test(Erasures(.suffix, size: 2)).report(filter, harmful: harmful, safe: safe)
        #expect(report.tried.map(\.words) == [2, 3, 4] && report.tried[0].flagged == 2)
        #expect(report.tried[2].flagged < 2)
    }

    @Test func promptsThatTheFilterKnowsAreRefused() throws {
        let filter = try FilterTexts.filter()
        let safe = try FilterTexts.list(FilterTexts.safe(200..<202), "s.txt")
        let known = try FilterTexts.list(FilterTexts.harmful(10..<20), "h.txt")
        #expect(
            throws: FilterError(
                "h.txt: 2 of 10 prompts are among those that the filter was trained on. Give prompts that it has not seen."
            )
        ) { try Self.test().report(filter, harmful: known, safe: safe) }
        let new = try FilterTexts.list(FilterTexts.harmful(20..<30), "h.txt")
        #expect(
            throws: FilterError(
                "s.txt: the filter was trained on all of these prompts. Give some that it has not seen.")
        ) {
            try Self.test().report(
                filter, harmful: new, safe: FilterTexts.list(FilterTexts.safe(100..<104), "s.txt"))
        }
        #expect(throws: FilterError("h.txt: one prompt alone bounds nothing. Give more.")) {
            try Self.test().report(
                filter, harmful: FilterTexts.list(FilterTexts.harmful(20..<21), "h.txt"), safe: safe)
        }
    }

    @Test func aCertificateIsWrittenOnceAndLooksAreCounted() throws {
        let filter = try FilterTexts.filter()
        let harmful = try FilterTexts.list(FilterTexts.harmful(20..<50))
        let safe = try FilterTexts.list(FilterTexts.safe(200..<210))
        try FilterTexts.inFolder { home in
            let folder = home + "/out"
            func write(_ test: FilterTest) throws -> FilterReport.Written {
                try FilterReport.prepare(folder, home: home)
                return try test.report(filter, harmful: harmful, safe: safe).write(folder, home: home)
            }
            let first = try write(Self.test())
            let bytes = FileManager.default.contents(atPath: first.file)
            let again = try write(Self.test())
            #expect(first == again && first.earlierTests == 0)
            #expect(FileManager.default.contents(atPath: first.file) == bytes)
            #expect(try ClaimLedger.lines(of: home).count == 1)
            // Another attack is bounded by the same count of the same prompts; another limit is another test.
            #expect(try write(Self.test(Erasures(.infusion, size: 1))).earlierTests == 0)
            #expect(try write(Self.test(limit: 0.3)).earlierTests == 1)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names.count == 6)
            let texts = try names.map { try String(contentsOfFile: folder + "/" + $0, encoding: .utf8) }
            #expect(!texts.contains { $0.contains("zorgle") || $0.contains("bread") })
        }
    }
}
