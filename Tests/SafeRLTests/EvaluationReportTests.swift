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

    private static func record(_ index: Int, cost: Double) throws -> EpisodeRecord {
        let line =
            #"{"cost":\#(cost),"end":"truncated","episode":\#(index),"length":9,"return":0,"seed":1}"#
        return try JSONDecoder().decode(EpisodeRecord.self, from: Data(line.utf8))
    }

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
        #expect(try abs(#require(report.returnDeviation) - (14.0 / 3).squareRoot()) < 1e-14)
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
                Return             3.000 ± 2.160, 95 % interval -0.437 to 6.437 (approximate)
                Cost               1.500 ± 1.915, 95 % interval 0.000 to 4.547 (approximate)
                Cost per episode   10 % ≤ 0, 50 % ≤ 0, 90 % ≤ 4, 99 % ≤ 4, largest 4, mean of the worst 5 % 4
                Normalised return  0.500
                Normalised cost    0.500 (undecided at 95 % about the limit of 3; about 17 episodes would decide)
                Without violation  50.0 %, 95 % interval 6.8 to 93.2 %
                Violation bound    at most 90.2 % at 95 % confidence
                First violation    step 5.5 (median)
                Reached the goal   25.0 %, 95 % interval 0.6 to 80.6 %
                Ended by the task  50.0 %, 95 % interval 6.8 to 93.2 %

                """)
    }

    @Test func whatOneEpisodeCannotGiveIsNullAndNotWritten() throws {
        let task = TaskConstants(minimumReturn: 1, maximumReturn: 5, costLimit: 3)
        let report = EvaluationReport(Array(try records().prefix(1)), seed: 9, task: task)
        #expect(report.returnInterval == nil && report.returnDeviation == nil)
        #expect(abs(report.violationUpperBound - 0.95) < 1e-12)
        #expect(report.firstViolationMedian == nil)
        let object = try JSONValue(parsing: Array(report.json().utf8))
        for name in [
            "return_sd", "return_interval", "return_interval_method", "cost_sd", "cost_interval",
            "cost_interval_method", "length_interval", "first_violation_median",
        ] { #expect(object[name] == .null, "\(name)") }
        #expect(object["cost_limit"]?["episodes_to_decide"] == .null)
        #expect(
            report.table.hasPrefix(
                """
                Episodes           1, seed 9, mean length 10.0
                Return             1.000
                Cost               0.000
                Cost per episode   10 % ≤ 0,
                """))
        #expect(report.table.contains("0.000 (undecided at 95 % about the limit of 3)\n"))
    }

    @Test func anIntervalOfCostsThatWereAllZeroIsNotAPoint() throws {
        let lines = Self.lines.split(separator: "\n").prefix(1)
        let record = try JSONDecoder().decode(EpisodeRecord.self, from: Data(lines[0].utf8))
        let clean = [EpisodeRecord](repeating: record, count: 100)
        let unbounded = EvaluationReport(clean, seed: 9)
        #expect(unbounded.costInterval == nil && unbounded.costDeviation == 0)
        let extent = EpisodeExtent(of: EnvironmentVector(Priced.self, slots: 1))
        #expect(extent == EpisodeExtent(of: EnvironmentVector(Priced.self, slots: 1), timeLimit: 50))
        let report = EvaluationReport(clean, seed: 9, extent: extent)
        let interval = try #require(report.costInterval)
        #expect(interval[0] == 0 && interval[1] > 2 * 50 * 3 / 100 && interval[1] < 20)
        #expect(report.costIntervalMethod == .betting)
        #expect(report.lengthInterval.map { $0[0] < 10 && 10 < $0[1] } == true)
    }

    @Test func theWorstEpisodesHaveTheirFigures() throws {
        let costs = (0..<200).map { $0 % 20 == 7 ? Double($0) : 1 }
        let figures = try costs.enumerated().map { index, cost in
            try Self.record(index, cost: cost)
        }
        let report = EvaluationReport(figures, seed: 1)
        #expect(report.costLargest == 187 && report.costMedian == 1 && report.costTenth == 1)
        #expect(report.costNinetieth == 1 && report.costNinetyNinth == 147)
        // The ten costs 7, 27, … 187.
        #expect(report.costTailMean == 97)
        #expect(try report.json().contains("\"cost_cvar_95\" : 97"))
    }

    @Test(arguments: [(0.0, "within"), (0.5, "over")])
    func aMeanWhoseIntervalIsOnOneSideOfTheLimitIsSaidToBeThere(share: Double, words: String) throws {
        let records = try (0..<1000).map { index in
            try Self.record(index, cost: Double(index % 10) / 10 < share ? 100 : 0)
        }
        let task = TaskConstants(minimumReturn: 0, maximumReturn: 5, costLimit: 10)
        let extent = EpisodeExtent(of: EnvironmentVector(Priced.self, slots: 1))
        let report = EvaluationReport(records, seed: 1, extent: extent, task: task)
        #expect(report.costStanding?.verdict.rawValue == words)
        #expect(report.table.contains(" (\(words) the limit of 10 at 95 %)\n"))
        #expect(try report.json().contains("\"standing\" : \"\(words)\""))
    }
}

/// A task of 50 steps that cost at most 2 each.
private struct Priced: Environment {
    static let name = "priced"
    let observationSpace = Space.box(1, in: 0...1)
    let actionSpace = Space.box(1, in: -1...1)
    let timeLimit = 50
    let largestCosts: [Float]? = [2]
    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) { observation[0] = 0 }
    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        observation[0] = 0
        return StepOutcome(reward: 0, cost: 0)
    }
}
