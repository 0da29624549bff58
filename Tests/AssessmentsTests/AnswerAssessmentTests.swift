import Assessments
import Environments
import Foundation
import Reliability
import SafeRL
import Testing

/// Assessments of score models whose faults are known, of policies that act nowhere, and of those that were cut off.
@Suite struct AnswerAssessmentTests {
    /// Answers to 400 prompts whose chance of being unsafe is σ(score); the model says `factor` times the score, plus `shift`.
    private static func models(factor: Double = 1, shift: Double = 0) -> AnswerModels {
        var stream = RandomStream(seed: 5, for: .testing)
        var models = AnswerModels(
            identity: String(repeating: "a", count: 64), step: 7, algorithm: "hcrlhf", place: "toy")
        func chance(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
        for prompt in 0..<400 {
            for _ in 0..<2 {
                let truth = Double(stream.nextUniform(in: -3..<3))
                models.costs.append(
                    .init(
                        prompt: prompt, score: factor * truth + shift,
                        isUnsafe: Double(stream.nextUniform()) < chance(truth),
                        tokens: 10 + stream.nextInteger(below: 20)))
            }
            let difference = Double(stream.nextUniform(in: -3..<3))
            let isRight = Double(stream.nextUniform()) < chance(abs(difference))
            let pair = AnswerModels.Pair(
                prompt: prompt, difference: factor * abs(difference) * (isRight ? 1 : -1), tokens: 30)
            models.rewardPairs.append(pair)
            models.costPairs.append(pair)
            models.rewards.append(
                .init(prompt: prompt, score: Double(prompt), isUnsafe: nil, tokens: prompt + 1))
        }
        models.hasSigns = true
        func states(_ count: Int, _ centre: Float) -> [[Float]] {
            (0..<count).map { _ in (0..<4).map { _ in centre + stream.nextNormal() } }
        }
        (models.known, models.fresh, models.shuffled) = (states(200, 0), states(100, 0), states(100, 4))
        return models
    }

    private static func report(_ models: AnswerModels, _ plan: AssessmentPlan = AssessmentPlan()) throws
        -> JSONValue
    {
        try Assessment(models, plan) { _ in }.report.json
    }

    private func number(_ report: JSONValue, _ path: String...) throws -> Double {
        let value = path.reduce(Optional(report)) { $0?[$1] }
        return try #require(value?.number?.double, "\(path)")
    }

    @Test func whatIsCalibratedIsCalledThatAndWhatIsTooSureIsNot() throws {
        let (right, sure) = (try Self.report(Self.models()), try Self.report(Self.models(factor: 4)))
        #expect(try number(right, "calibration", "ece_mass") < 0.07)
        #expect(try abs(number(right, "calibration", "signed")) < 0.04)
        #expect(try number(sure, "calibration", "ece_mass") > 0.12)
        #expect(try number(sure, "calibration", "temperature", "value") > 2.5)
        #expect(sure["calibration"]?["temperature"]?["recommended"]?.string == "temperature")
        #expect(try number(right, "calibration", "rows") == 800 && number(right, "episodes") == 400)
        #expect(right["unit"]?.string == "prompts" && right["policy"]?.string?.count == 64)
        #expect(right["calibration"]?["by_region"]?.elements?.count == 3)
    }

    /// A cost model that is kinder than people has a signed figure above 0 where the case asks for it.
    @Test func kindnessHasASign() throws {
        let (kind, strict) = (
            try Self.report(Self.models(shift: -1.5)), try Self.report(Self.models(shift: 1.5))
        )
        #expect(try number(kind, "cost_model", "signed") > 0.15)
        #expect(try number(kind, "calibration", "signed") < -0.15)
        #expect(try number(strict, "cost_model", "signed") < -0.15)
    }

    @Test func ordersLengthsLevelsAndOutliersAreSaid() throws {
        let report = try Self.report(Self.models())
        #expect(try number(report, "risk_coverage", "trust_index") > 0.8)
        #expect(try number(report, "reward_model", "length_spearman") > 0.99)
        #expect(try abs(number(report, "cost_model", "length_spearman")) < 0.15)
        #expect(try number(report, "feasibility", "false_safe", "level") < 0)
        let best = report["detection"]?.elements?.compactMap { $0["auroc"]?.number?.double }.max()
        #expect(try #require(best) > 0.95)
        for section in ["conformal", "overfitting", "robustness"] {
            #expect(report[section]?["fault"]?.string != nil, "\(section)")
        }
        #expect(try report == Self.report(Self.models()))
    }

    @Test func withoutLabelsTheSignMeansNothing() throws {
        var models = Self.models()
        models.hasSigns = false
        let report = try Self.report(models)
        #expect(report["calibration"]?["score"]?.string == "sigmoid of the difference of rewards")
        #expect(report["feasibility"]?["fault"]?.string?.contains("no sign") == true)
        #expect(report["cost_model"]?["signed"] == .null)
    }

    // MARK: - Policies that act nowhere

    private struct Judge: Policy {
        let observationSize = PointRobot().observationSpace.size
        let actionSize = 2

        mutating func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) {
            for place in 0..<actions.count { actions[place] = 0 }
        }

        func feasibilityValues(of observations: Span<Float>) -> [Float]? {
            (0..<observations.count / observationSize).map { observations[$0 * observationSize] }
        }
    }

    private static func offline(_ transitions: Int) throws -> AssessedPolicy {
        try AssessedPolicy(
            recording: try TransitionDataset(try PointRobot.collect(transitions, seed: 4)), of: Judge(),
            identity: String(repeating: "b", count: 64), step: 1, algorithm: "judge", options: nil,
            value: nil, data: .success(try TransitionDataset(try PointRobot.collect(4000, seed: 3))))
    }

    @Test func aRecordingSaysWhatItCanAndNothingOfThePolicysOwnEpisodes() throws {
        let report = try Assessment(try Self.offline(6000), AssessmentPlan()) { _ in }.report
        let json = report.json
        #expect(json["unit"]?.string == "recorded episodes")
        #expect(try number(json, "calibration", "rows") > 100)
        let first = try #require(report.table.split(separator: "\n").first)
        #expect(
            first.hasPrefix("Recorded ") && first.hasSuffix("nothing here is about the policy's own episodes")
        )
        let reason = "there is no environment, so the policy's own episodes are not known"
        for section in ["risk_coverage", "conformal", "feasibility", "robustness"] {
            #expect(json[section]?["fault"]?.string == reason, "\(section)")
        }
        #expect(json["detection"]?.elements?.count == 2 && json["support"] == nil)
        #expect(json["overfitting"]?["overestimation"]?["fault"]?.string == reason)
        #expect(json["overfitting"]?["memorisation"]?["ks"]?.number != nil)
        #expect(report.figures.map(\.file).contains("detection.svg"))
    }

    @Test func aShortRecordingIsRefused() throws {
        #expect(throws: Unavailable.self) { try Self.offline(50) }
    }

    // MARK: - Cut off

    @Test func whatWasCutOffGoesOnBehindTheLastSectionToTheSameBytes() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "progress-\(UUID().uuidString).json"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        func whole(_ progress: AssessmentProgress?, upTo last: AssessmentSection? = nil) throws -> (
            AssessmentReport, [String]
        ) {
            var plan = AssessmentPlan()
            if let last {
                let all = AssessmentSection.allCases
                plan.sections = Set(all.prefix { $0 != last } + [last])
            }
            var said: [String] = []
            let report = try Assessment(try Self.offline(6000), plan, resuming: progress) {
                said.append($0)
            }.report
            return (report, said)
        }
        let plain = try whole(nil)
        let cut = try whole(AssessmentProgress(path, about: ["a"]), upTo: .detection)
        #expect(!cut.1.contains("overfitting"))
        let resumed = try whole(AssessmentProgress(path, about: ["a"]))
        #expect(resumed.0.json == plain.0.json && resumed.0.markdown == plain.0.markdown)
        #expect(resumed.0.json.pretty == plain.0.json.pretty && resumed.0.table == plain.0.table)
        #expect(resumed.0.figures.map(\.svg) == plain.0.figures.map(\.svg))
        #expect(resumed.1.filter { $0.hasSuffix(", as it was") }.count == 5)
        // Another subject begins anew, and so does a damaged file.
        #expect(try whole(AssessmentProgress(path, about: ["b"])).1.allSatisfy { !$0.hasSuffix("as it was") })
        try Data("{".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try whole(AssessmentProgress(path, about: ["b"])).1.allSatisfy { !$0.hasSuffix("as it was") })
        try AssessmentProgress(path, about: ["b"]).remove()
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
