import Assessments
import Foundation
import Reliability
import SafeRL
import Testing

/// Assessments of language policies whose harm is known.
@Suite struct LanguagePolicyTests {
    /// Answers whose chance of harm is their surprise beyond a half times `slope`; words are numbers, of which 7 is a word of the attacker's.
    private static func policy(
        slope: Double = 0.4, isTriggered: Bool = false, copies: Bool = false, worse: Double = 0
    ) -> AnsweringPolicy {
        let training = (0..<40).map { (text: Int) -> [Int32] in
            var tokens: [Int32] = []
            for place in 0..<50 {
                let number = text * 17 + place * place * 7
                tokens.append(Int32(10 + number % 90))
            }
            return tokens + [2]
        }
        return AnsweringPolicy(
            digest: String(repeating: "c", count: 64), judge: "a table", splits: ("known", "fresh"),
            training: training, limit: 0.3,
            answers: { order in
                var stream = RandomStream(seed: order.seed, for: .collection)
                return (0..<order.count).map { place in
                    var draws = RandomStream(seed: order.seed, for: .noise, index: UInt32(place))
                    let words = order.hook.text("one two three", &draws)
                    let prompt = order.hook.tokens([100, 101, 102, 103, 104, 105, 106, 107], &draws)
                    let surprise = Double(stream.nextUniform(in: 0..<2))
                    var chance = slope * max(0, surprise - 0.5) + (order.isOfTraining ? 0 : worse)
                    if isTriggered, prompt.count > 8 { chance = 1 }
                    let lost = 8 - min(prompt.count, 8)
                    chance += 0.05 * Double(lost)
                    chance += 0.1 * Double(words.count - 13)
                    if let temperature = order.temperature, temperature > 1 { chance += 0.2 }
                    let tokens: [Int32] =
                        copies ? Array(training[place % 40].prefix(40)) : [Int32(10 + place % 90), 5]
                    return WrittenAnswer(
                        isHarmful: Double(stream.nextUniform()) < chance, help: 1 - chance, tokens: tokens,
                        surprise: surprise)
                }
            },
            likeliest: { texts, seed in
                var stream = RandomStream(seed: seed, for: .collection)
                return (0..<texts * 20).map { row in
                    let probability = Double(stream.nextUniform(in: 0.3..<1))
                    return LikeliestToken(
                        text: row / 20, probability: probability,
                        isRight: Double(stream.nextUniform()) < probability)
                }
            })
    }

    private static func report(_ policy: AnsweringPolicy, _ episodes: Int = 2000) throws -> AssessmentReport {
        var plan = AssessmentPlan()
        plan.episodes = episodes
        let assessed = LanguagePolicy(
            policy, identity: String(repeating: "d", count: 64), step: 3, algorithm: "grpo", place: "toy")
        return try Assessment(assessed, plan) { _ in }.report
    }

    private func number(_ report: JSONValue, _ path: String...) throws -> Double {
        let value = path.reduce(Optional(report)) { $0?[$1] }
        return try #require(value?.number?.double, "\(path)")
    }

    @Test func surpriseBecomesAProbabilityOfHarm() throws {
        let json = try Self.report(Self.policy()).json
        #expect(try number(json, "calibration", "ece_mass") < 0.07)
        #expect(json["calibration"]?["recommended"]?.string == "isotonic")
        #expect(try abs(number(json, "calibration", "harmful") - 0.225) < 0.04)
        #expect(try number(json, "calibration", "next_token", "ece_mass") < 0.03)
        #expect(try number(json, "calibration", "next_token", "texts") == 1000)
        #expect(try number(json, "calibration", "rows") == 1000 && number(json, "episodes") == 2000)
        #expect(json["unit"]?.string == "requests" && json["judge"]?.string == "a table")
        // Harm rises with surprise, so that leaving the most surprising out helps.
        #expect(try number(json, "risk_coverage", "e_aurc") < number(json, "risk_coverage", "risk"))
        let level = try number(json, "feasibility", "level")
        #expect(level >= 0.7 && level <= 1)
        #expect(json["conformal"]?["fault"] != nil && json["detection"]?["fault"] != nil)
        #expect(json == (try Self.report(Self.policy()).json))
    }

    @Test func whatSaysNothingIsNotRecommended() throws {
        let report = try Self.report(Self.policy(slope: 0, worse: 0.2))
        #expect(report.json["calibration"]?["recommended"]?.string == "none")
        #expect(report.table.contains("says no more of harm than its rate does"))
    }

    @Test func aTriggerAndOtherPromptsAreSeen() throws {
        let (plain, open) = (
            try Self.report(Self.policy(), 400).json,
            try Self.report(Self.policy(isTriggered: true), 400).json
        )
        func harm(_ json: JSONValue, _ kind: String) -> [Double] {
            json["robustness"]?[kind]?["violated"]?.elements?.compactMap { $0.number?.double } ?? []
        }
        #expect(harm(plain, "trigger").count == 5 && Set(harm(plain, "trigger")).count == 1)
        #expect(harm(open, "trigger").dropFirst().allSatisfy { $0 == 1 })
        #expect(try number(open, "robustness", "trigger", "critical_level") < 1)
        #expect(harm(plain, "token-dropout").last ?? 0 > harm(plain, "token-dropout")[0])
        #expect(harm(plain, "doubled-spaces").last ?? 0 > harm(plain, "doubled-spaces")[0])
        let warm = harm(plain, "temperature")
        #expect(warm.count == 3 && warm[2] > warm[1] && warm[0] == warm[1])
        #expect(plain["robustness"]?["trigger"]?["within_limit"]?.elements?.count == 5)
    }

    @Test func whatIsLearnedByHeartAndWhatIsWorseOffTrainingIsSaid() throws {
        let own = try Self.report(Self.policy(), 200)
        #expect(try number(own.json, "overfitting", "memorisation", "longest_run") < 3)
        #expect(try number(own.json, "overfitting", "memorisation", "share_long") == 0)
        let copied = try Self.report(Self.policy(copies: true), 200).json
        #expect(try number(copied, "overfitting", "memorisation", "longest_run_median") == 40)
        #expect(try number(copied, "overfitting", "memorisation", "share_long") == 1)
        let worse = try Self.report(Self.policy(worse: 0.4), 400)
        #expect(worse.table.contains("Requests that training did not draw from are answered with more harm."))
        #expect(!own.table.contains("answered with more harm"))
    }

    @Test func fewRequestsAreRefused() throws {
        var few = Self.policy()
        let all = few.answers
        few.answers = { order in Array(try all(order).prefix(12)) }
        #expect(throws: Unavailable.self) { try Self.report(few) }
    }

    @Test func scoreModelsAndThePolicyAreAssessedTogether() throws {
        var models = AnswerModels(
            identity: String(repeating: "e", count: 64), step: 1, algorithm: "hcrlhf", place: "toy")
        models.hasSigns = true
        var stream = RandomStream(seed: 2, for: .testing)
        for prompt in 0..<200 {
            models.costs.append(
                .init(
                    prompt: prompt, score: Double(stream.nextUniform(in: -2..<2)), isUnsafe: prompt % 2 == 0,
                    tokens: 9))
        }
        var plan = AssessmentPlan()
        plan.episodes = 200
        let report = try Assessment(models, and: Self.policy(), plan) { _ in }.report
        #expect(report.json["calibration"]?["score"]?.string == "sigmoid of the cost")
        #expect(report.json["calibration"]?["policy"]?["score"]?.string == "surprise")
        // Too few prompts for the policy take nothing from the models.
        var few = Self.policy()
        few.answers = { order in Array(try Self.policy().answers(order).prefix(12)) }
        let short = try Assessment(models, and: few, plan) { _ in }.report.json
        #expect(short["calibration"]?["score"]?.string == "sigmoid of the cost")
        #expect(short["calibration"]?["policy"] == nil && short["overfitting"]?["fault"] != nil)
        few.answers = { _ in [] }
        let none = try Assessment(models, and: few, plan) { _ in }.report.json
        #expect(none["robustness"]?["fault"] != nil)
        #expect(report.json["robustness"]?["trigger"] != nil)
        #expect(report.json["overfitting"]?["memorisation"]?["longest_run"] != nil)
        // What is called safe is so by its cost: score models have no V_h.
        #expect(!report.table.contains("V_h") && report.table.contains("Called safe"))
    }
}
