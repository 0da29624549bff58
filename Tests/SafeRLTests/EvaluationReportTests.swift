import Foundation
import SafeRL
import Testing

@Suite struct EvaluationReportTests {
    /// Four episodes as `episodes.jsonl` has them: returns 1, 2, 3, 6; costs 0, 0, 2, 4.
    private static let lines = """
        {"cost":0,"end":"terminated","episode":0,"length":10,"reached_goal":true,"return":1,"seed":11,"violated":false}
        {"cost":0,"end":"terminated","episode":1,"length":20,"reached_goal":false,"return":2,"seed":12,"violated":false}
        {"cost":2,"end":"truncated","episode":2,"first_violation":4,"length":30,"reached_goal":false,"return":3,\
        "seed":13,"violated":true}
        {"cost":4,"end":"truncated","episode":3,"first_violation":7,"length":40,"reached_goal":false,"return":6,\
        "seed":14,"violated":true}

        """

    private func records() throws -> [EpisodeRecord] {
        try Self.lines.split(separator: "\n").map {
            try JSONDecoder().decode(EpisodeRecord.self, from: Data($0.utf8))
        }
    }

    @Test func linesSurviveReadingAndWriting() throws {
        #expect(try records().jsonLines() == Self.lines)
    }

    @Test func figuresFollowTheirDefinitions() throws {
        let task = TaskConstants(minimumReturn: 1, maximumReturn: 5, costLimit: 3)
        let report = EvaluationReport(try records(), seed: 9, task: task)
        #expect(report.returnMean == 3)
        #expect(abs(report.returnDeviation - (14.0 / 3).squareRoot()) < 1e-14)
        #expect(report.costMean == 1.5)
        #expect(report.violationFreeShare == 0.5)
        // Two of four: 0.9024 by high-precision bisection of the binomial tail.
        #expect(abs(report.violationUpperBound - 0.9023885371135856) < 1e-12)
        #expect(report.firstViolationMedian == 5.5)
        #expect(report.lengthMean == 25)
        #expect(report.terminatedShare == 0.5)
        #expect(report.goalShare == 0.25)
        #expect(report.normalizedReturn == 0.5)
        #expect(report.normalizedCost == 0.5)
        let interval = try #require(report.returnInterval)
        // Student's 3.1824 at three degrees of freedom times the standard error.
        #expect(abs(interval[1] - (3 + 3.182446305284263 * (14.0 / 12).squareRoot())) < 1e-9)
    }

    @Test func theObjectHasTheNamesThatScriptsRelyOn() throws {
        let plain = EvaluationReport(try records(), seed: 9)
        let object = try JSONSerialization.jsonObject(with: Data(try plain.json().utf8)) as? [String: Any]
        let names: Set = [
            "episodes", "return_mean", "return_sd", "cost_mean", "cost_sd", "violation_free_share",
            "violation_upper_bound", "confidence", "seed", "length_mean", "terminated_share",
            "return_interval",
            "cost_interval", "first_violation_median",
        ]
        #expect(names.isSubset(of: Set(try #require(object).keys)))
        #expect(object?["normalized_return"] == nil)
        let task = TaskConstants(minimumReturn: 0, maximumReturn: 1, costLimit: 0)
        let scored = EvaluationReport(try records(), seed: 9, task: task)
        #expect(try scored.json().contains("\"normalized_cost\" : 2.5"))
        #expect(try JSONDecoder().decode(EvaluationReport.self, from: Data(scored.json().utf8)) == scored)
    }

    @Test func theTableReadsWell() throws {
        let task = TaskConstants(minimumReturn: 1, maximumReturn: 5, costLimit: 3)
        #expect(
            EvaluationReport(try records(), seed: 9, task: task).table == """
                Episodes           4, seed 9, mean length 25.0
                Return             3.000 ± 2.160, 95 % interval -0.437 to 6.437
                Cost               1.500 ± 1.915, 95 % interval -1.547 to 4.547
                Normalised return  0.500
                Normalised cost    0.500 (within the limit)
                Without violation  50.0 %
                Violation bound    at most 90.2 % at 95 % confidence
                First violation    step 5.5 (median)
                Reached the goal   25.0 %
                Ended by the task  50.0 %

                """)
    }

    @Test func oneEpisodeHasNoInterval() throws {
        let report = EvaluationReport(Array(try records().prefix(1)), seed: 9)
        #expect(report.returnInterval == nil && report.returnDeviation == 0)
        #expect(abs(report.violationUpperBound - 0.95) < 1e-12)
        #expect(report.firstViolationMedian == nil)
    }
}
