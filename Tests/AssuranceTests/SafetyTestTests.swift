import Assurance
import Foundation
import TestSupport
import Testing

@Suite struct SafetyTestTests {
    static let origin = CostOrigin(
        .environment, name: "point-robot", policy: "0123", settings: ["fisor.temperature": "0"], seed: 7)
    static let costs = [[Double]](repeating: [1, 0, 0, 2, 0, 1, 0, 0], count: 5).flatMap { $0 }

    func verdict(
        _ costs: [Double], _ bound: any UpperBound = StudentBound(), limit: Double, delta: Double = 0.1
    )
        -> SafetyVerdict
    {
        HeldOutCosts(costs, from: Self.origin).spend(on: SafetyTest(bound, limit: limit, delta: delta))
    }

    @Test func aBoundWithinTheLimitIsCertified() throws {
        let upper = try StudentBound().upper(Self.costs, delta: 0.1)
        let certified = verdict(Self.costs, limit: upper)
        #expect(certified.isCertified && certified.report.verdict == "certified")
        #expect(certified.report.upperBound == upper && certified.report.count == 40)
        #expect(certified.report.mean == 0.5 && certified.report.limit == upper)
        let failed = verdict(Self.costs, limit: upper.nextDown)
        #expect(!failed.isCertified && failed.report.verdict == "no solution found")
        #expect(failed.report.upperBound == upper)
    }

    private func reasons(_ verdict: SafetyVerdict) -> [Objection.Reason] {
        verdict.report.reasons.map(\.reason)
    }

    @Test func studentsBoundNeedsThirtyCostsThatDiffer() {
        let spread = (0..<30).map { Double($0 % 2) }
        #expect(verdict(spread, limit: 100).isCertified)
        let equal = verdict([Double](repeating: 0, count: 1000), limit: 100)
        #expect(!equal.isCertified && reasons(equal) == [.noSpread])
        #expect(
            equal.report.summary
                == "no solution found: all 1000 costs are equal, and the student-t bound needs some that differ"
        )
        let few = verdict(Array(spread.dropLast()), limit: 100)
        #expect(!few.isCertified && reasons(few) == [.tooFew])
        #expect(
            few.report.summary == "no solution found: 29 costs, and the student-t bound needs at least 30")
        #expect(reasons(verdict([0, 0], limit: 100)) == [.tooFew, .noSpread])
    }

    @Test func boundsForEverySampleSizeTakeFewAndEqualCosts() {
        #expect(verdict([0, 0], HoeffdingBound(in: 0...2), limit: 1.9, delta: 0.5).isCertified)
        let none = [Double](repeating: 0, count: 1000)
        #expect(verdict(none, ClopperPearsonBound(), limit: 0.01).isCertified)
        #expect(!verdict([1, 1, 1, 1], HoeffdingBound(in: 0...2), limit: 1).isCertified)
    }

    @Test func anApproximateVerdictSaysSo() {
        let certified = verdict(Self.costs, limit: 100).report
        let caution =
            "Approximate: the student-t bound keeps delta for normal costs only, and misses rare large ones."
        #expect(certified.isApproximate && certified.summary == "certified (approximate)")
        #expect(certified.statement.hasPrefix(caution) && certified.cautions == [caution])
        let exact = verdict(Self.costs, BettingBound(in: 0...2), limit: 1.5).report
        #expect(!exact.isApproximate && exact.summary == "certified" && exact.cautions == [])
    }

    /// Every bound with a range, and Student's where somebody else says the range.
    @Test(arguments: BoundChoice.allCases)
    func aLimitThatEveryPolicyKeepsIsVacuousWhateverTheCosts(_ choice: BoundChoice) throws {
        let bound = try #require(choice.bound(in: 0...1))
        for limit in [1, 1.5] {
            let test = SafetyTest(bound, limit: limit, delta: 0.1, in: 0...1)
            #expect(test.isVacuous)
            for costs in [[], [0, 0], (0..<1000).map { Double($0 % 2) }] {
                let verdict = HeldOutCosts(costs, from: Self.origin).spend(on: test)
                #expect(!verdict.isCertified && verdict.report.verdict == "vacuous")
                #expect(reasons(verdict) == [.vacuous])
            }
        }
        #expect(!SafetyTest(bound, limit: 1.nextDown, delta: 0.1, in: 0...1).isVacuous)
        #expect(
            HeldOutCosts([], from: Self.origin).spend(on: SafetyTest(bound, limit: 1, delta: 0.1, in: 0...1))
                .report.summary
                == "vacuous: no mean can exceed 1, so that a limit of 1 holds for every policy")
    }

    @Test func aLimitThatSoFewCostsCannotReachSaysHowManyCould() throws {
        let bounds: [any UpperBound] = [
            HoeffdingBound(in: 0...300), MaurerPontilBound(in: 0...300), AndersonBound(in: 0...300),
            BettingBound(in: 0...300),
        ]
        for bound in bounds {
            let test = SafetyTest(bound, limit: 5, delta: 0.05)
            guard case .from(let fewest, least: 0, let upper) = test.reach(with: 10) else {
                Issue.record("\(bound.name) reaches 5 with 10 costs")
                continue
            }
            func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
            #expect(try upper == bound.upper(zeros(10), delta: 0.05) && upper > 5)
            // The fewest that pass, to about one in a hundred from below.
            #expect(try bound.upper(zeros(fewest - 1), delta: 0.05) > 5)
            #expect(try bound.upper(zeros(fewest + fewest / 50), delta: 0.05) <= 5)
            #expect(test.reach(with: 2 * fewest) == nil)
            let failed = HeldOutCosts(zeros(10), from: Self.origin).spend(on: test)
            #expect(reasons(failed) == [.aboveLimit, .outOfReach])
            #expect(failed.report.summary.hasSuffix(" and at least \(fewest) costs would be needed"))
        }
        let binary = SafetyTest(ClopperPearsonBound(), limit: 0.01, delta: 0.05)
        #expect(binary.reach(with: 100).map { if case .from(let n, _, _) = $0 { n } else { 0 } } == 299)
        #expect(SafetyTest(StudentBound(), limit: 1, delta: 0.1, in: 0...2).reach(with: 2) == nil)
    }

    @Test func aLimitBelowEveryCostIsReachedByNoTest() {
        let test = SafetyTest(BettingBound(in: 0...2), limit: -1, delta: 0.1)
        #expect(test.reach(with: 1000) == .never(least: 0))
        let failed = HeldOutCosts([0, 0], from: Self.origin).spend(on: test)
        #expect(failed.report.summary.hasSuffix("no cost is below 0, so that no test reaches -1"))
        // A limit of the least cost itself is approached, and the search for how many ends.
        #expect(SafetyTest(HoeffdingBound(in: 0...2), limit: 0, delta: 0.1).reach(with: 2) != nil)
    }

    @Test func whatElseSpeaksAgainstACertificateIsItsReason() {
        func spent(_ objections: [Objection]) -> SafetyVerdict {
            HeldOutCosts(Self.costs, from: Self.origin).spend(
                on: SafetyTest(HoeffdingBound(in: 0...2), limit: 1.5, delta: 0.1), despite: objections,
                cautions: ["Mind this."])
        }
        #expect(spent([]).isCertified && spent([]).report.cautions == ["Mind this."])
        let failed = spent([.noSigns, .oneClass(isSafe: true)])
        #expect(!failed.isCertified && reasons(failed) == [.noSigns, .oneClass])
        #expect(
            failed.report.summary
                == "no solution found: the cost model was trained without sign terms, so that a limit on its scores has no "
                + "meaning; every answer that the cost model learned from is labelled safe")
    }

    @Test func aReportFromBeforeThereWereReasonsIsRead() throws {
        let text = """
            {"verdict": "no solution found", "upper_bound": 2, "bound": "student-t", "assumptions": "a",
             "conditions": [], "validity": "large samples", "n": 2, "mean": 1, "sd": 1, "delta": 0.1, "limit": 1,
             "origin": {"source": "environment", "name": "e", "policy": "p", "settings": {}, "seed": 1},
             "statement": "s"}
            """
        let report = try JSONDecoder().decode(SafetyReport.self, from: Data(text.utf8))
        #expect(report.verdict == "no solution found" && report.isApproximate && report.upperBound == 2)
        #expect(reasons(.noSolutionFound(report)) == [.unsaid])
    }

    @Test func whateverHasNoBoundIsNoSolution() {
        for (costs, fault) in [
            ([], "0 costs: the bound needs at least 2."),
            ([0], "1 costs: the bound needs at least 2."),
            ([0, .nan, 0], "cost 1 is nan: the bound needs finite numbers."),
            ([0, 0, -.infinity], "cost 2 is -inf: the bound needs finite numbers."),
        ] as [([Double], String)] {
            let verdict = verdict(costs, limit: 100)
            #expect(!verdict.isCertified && verdict.report.upperBound == nil)
            #expect(verdict.report.fault == fault)
        }
        // Too large to add up: the bound is no number.
        let overflow = [-1e308, -1e308, -1e308]
        #expect(!verdict(overflow, limit: 100).isCertified)
        let outside = verdict([0, 3], HoeffdingBound(in: 0...1), limit: 100)
        #expect(!outside.isCertified && outside.report.fault?.contains("outside the stated range") == true)
    }

    @Test func theReportSaysEverythingInJSON() throws {
        let report = verdict(Self.costs, BettingBound(in: 0...2), limit: 1.5).report
        let text = try report.json()
        let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(json["verdict"] as? String == "certified")
        let (upper, expected) = (json["upper_bound"] as? Double ?? .nan, report.upperBound ?? .nan)
        #expect(upper.isWithin(1e-15, of: expected))
        #expect(json["bound"] as? String == "betting")
        #expect((json["assumptions"] as? String)?.hasPrefix("independent") == true)
        #expect(json["n"] as? Int == 40 && json["mean"] as? Double == 0.5)
        #expect(json["delta"] as? Double == 0.1 && json["limit"] as? Double == 1.5)
        #expect(try JSONDecoder().decode(SafetyReport.self, from: Data(text.utf8)) == report)
        for costs in [[], [Double.nan, 0]] {
            #expect(try verdict(costs, limit: 3).report.json().contains("\"fault\""))
        }
    }

    @Test func theStatementNamesWhatTheVerdictIsRelativeTo() {
        #expect(
            Self.origin.statement.hasPrefix("Relative to the environment point-robot"))
        let exact = verdict(Self.costs, BettingBound(in: 0...2), limit: 1)
        #expect(exact.report.statement == Self.origin.statement)
        let learned = CostOrigin(.learnedModel, name: "cost-7f", policy: "0123")
        #expect(learned.statement.hasPrefix("Relative to the learned cost model cost-7f"))
        #expect(CostOrigin(.labels, name: "h", policy: "0").statement.hasPrefix("Relative to the labels h"))
    }

    @Test func testsThatShareCostsShareTheirDelta() throws {
        let tests = [
            SafetyTest(HoeffdingBound(in: 0...2), limit: 2, delta: 0.1),
            SafetyTest(StudentBound(), limit: 2, delta: 0.1),
        ]
        let verdicts = HeldOutCosts(Self.costs, from: Self.origin).spend(on: tests)
        #expect(verdicts.map(\.report.delta) == [0.05, 0.05])
        #expect(
            verdicts[0].report.upperBound == (try HoeffdingBound(in: 0...2).upper(Self.costs, delta: 0.05)))
        #expect(verdicts.map(\.report.bound) == ["hoeffding", "student-t"])
    }

    @Test func moreInflationNeverLowersThePessimisticConstraint() {
        let sample = SampleMean(Self.costs)
        func value(_ first: Double, _ second: Double) -> Double {
            PessimisticConstraint(sampleFactor: first, testFactor: second, testCount: 50, delta: 0.1)
                .value(of: sample)
        }
        #expect(value(0, 0) == sample.mean)
        for (smaller, larger) in [(0.0, 1.0), (1, 2), (2, 6)] {
            #expect(value(smaller, 1) < value(larger, 1) && value(1, smaller) < value(1, larger))
        }
    }
}
