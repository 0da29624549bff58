import Foundation
import Safety
import TestSupport
import Testing

@Suite struct SafetyTestTests {
    static let origin = CostOrigin(
        .environment, name: "point-robot", policy: "0123", settings: ["fisor.temperature": "0"], seed: 7)
    static let costs = [1.0, 0, 0, 2, 0, 1, 0, 0]

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
        #expect(certified.report.upperBound == upper && certified.report.count == 8)
        #expect(certified.report.mean == 0.5 && certified.report.limit == upper)
        let failed = verdict(Self.costs, limit: upper.nextDown)
        #expect(!failed.isCertified && failed.report.verdict == "no solution found")
        #expect(failed.report.upperBound == upper)
    }

    @Test func withoutSpreadStudentsBoundIsTheMeanAndHoeffdingsIsNot() {
        #expect(verdict([1, 1, 1, 1], limit: 1).isCertified)
        #expect(!verdict([1, 1, 1, 1], HoeffdingBound(in: 0...2), limit: 1).isCertified)
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
        let report = verdict(Self.costs, BettingBound(in: 0...2), limit: 3).report
        let text = try report.json()
        let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(json["verdict"] as? String == "certified")
        #expect(json["upper_bound"] as? Double == report.upperBound)
        #expect(json["bound"] as? String == "betting")
        #expect((json["assumptions"] as? String)?.hasPrefix("independent") == true)
        #expect(json["n"] as? Int == 8 && json["mean"] as? Double == 0.5)
        #expect(json["delta"] as? Double == 0.1 && json["limit"] as? Double == 3)
        #expect(try JSONDecoder().decode(SafetyReport.self, from: Data(text.utf8)) == report)
        for costs in [[], [Double.nan, 0]] {
            #expect(try verdict(costs, limit: 3).report.json().contains("\"fault\""))
        }
    }

    @Test func theStatementNamesWhatTheVerdictIsRelativeTo() {
        #expect(
            verdict([0, 0], limit: 1).report.statement.hasPrefix("Relative to the environment point-robot"))
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
