import Foundation
import SafeRL
import Tensors
import Testing

/// What an evaluation keeps of the values that a policy gives the starts of its episodes.
@Suite struct StartFeasibilityTests {
    /// A number that walks by itself and costs above 0.5.
    private struct Drift: Environment {
        static let name = "drift"
        var observationSpace: Space { .box(1, in: -1...1) }
        var actionSpace: Space { .box(1, in: -1...1) }
        var timeLimit: Int { 4 }
        var x: Float = 0

        mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
            var stream = RandomStream(seed: seed, for: .reset)
            x = stream.nextUniform(in: -1..<1)
            observation[0] = x
        }

        mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
            observation[0] = x
            return StepOutcome(reward: 1, cost: x > 0.5 ? 1 : 0)
        }
    }

    /// Does nothing, and judges a start by its number.
    private struct Judge: Policy {
        var observationSize: Int { 1 }
        var actionSize: Int { 1 }
        let factor: Float

        func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) { for index in 0..<actions.count { actions[index] = 0 } }

        func feasibilityValues(of observations: Span<Float>) -> [Float]? {
            factor == 0 ? nil : (0..<observations.count).map { factor * (observations[$0] - 0.5) }
        }
    }

    private func report(factor: Float, concurrency: Int = 128) throws -> (Evaluation, EvaluationReport) {
        let evaluator = Evaluator(episodes: 120, seed: 5, concurrency: concurrency)
        let evaluation = try evaluator.run(Judge(factor: factor), in: Drift.self, keeping: 120)
        return (evaluation, EvaluationReport(evaluation.episodes, seed: 5))
    }

    @Test func everyEpisodeKeepsTheValueOfItsStart() throws {
        let (evaluation, report) = try report(factor: 2)
        for (record, trace) in zip(evaluation.episodes, evaluation.traces) {
            #expect(record.startFeasibility == 2 * (trace[0] - 0.5))
        }
        let line = try evaluation.episodes.jsonLines().split(separator: "\n")[3]
        #expect(
            try JSONDecoder().decode(EpisodeRecord.self, from: Data(line.utf8)) == evaluation.episodes[3])
        #expect(try self.report(factor: 2, concurrency: 7).0.episodes == evaluation.episodes)
        let statements = try #require(report.feasibility)
        #expect(statements.starts == 120)
        #expect(statements.falseSafe.violating == evaluation.episodes.count { $0.isViolated })
        // The values are right about every start: no violating one lies below 0.
        #expect(try #require(statements.falseSafe.level) > 0)
        #expect(statements.calledSafe.accepted?.level == 0)
    }

    @Test func theReportSaysBothStatementsAndIsReadBack() throws {
        let report = try report(factor: 2).1
        #expect(report.table.contains("Seldom false-safe    V_h below 0.01522: at most 5 %"))
        #expect(report.table.contains("Risk if called safe  V_h at most 0: at most 10 %"))
        #expect(try JSONDecoder().decode(EvaluationReport.self, from: Data(report.json().utf8)) == report)
        let object = try JSONValue(parsing: Array(report.json().utf8))
        #expect(object["feasibility"]?["false_safe"]?["needed"]?.number?.double == 19)
    }

    @Test func aPolicyThatJudgesNoStatesSaysNothingOfThem() throws {
        let (evaluation, report) = try report(factor: 0)
        #expect(report.feasibility == nil && !report.table.contains("V_h"))
        #expect(try !report.json().contains("feasibility"))
        #expect(try !evaluation.episodes.jsonLines().contains("start_feasibility"))
    }

    @Test func aValueThatIsNoNumberEndsTheEvaluation() throws {
        #expect {
            try report(factor: .nan)
        } throws: {
            "\($0)".hasPrefix("episode 0, step 0: the policy's feasibility value of the start is nan.")
        }
    }
}
