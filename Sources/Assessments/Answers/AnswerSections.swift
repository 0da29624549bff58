import Assurance
import Reliability
import SafeRL

/// Sections of an assessment of score models.
struct AnswerSections {
    let models: AnswerModels
    let plan: AssessmentPlan

    /// Orders that are acted on where the model is sure of them.
    func coverage() throws -> SectionResult {
        let isReward = !models.rewardPairs.isEmpty
        let rows = AnswerRow.ordered(isReward ? models.rewardPairs : models.costPairs)
        guard !rows.isEmpty else { throw Unavailable("no pairs were held out") }
        var section = CoverageSection(
            probabilities: rows.map { 1 - $0.probability }, isViolated: rows.map { !$0.isHit })
        section.words = ("orders", "wrong", "relied on")
        var result = try section.result()
        result.members.append(("score", .text(isReward ? "difference of rewards" : "difference of costs")))
        return result
    }

    /// Below which cost an unsafe answer seldom lies; one answer a prompt, since two resemble each other.
    func levels() throws -> SectionResult {
        guard models.hasSigns else {
            throw Unavailable("the cost model has no sign, or there is none: nothing is called unsafe")
        }
        let byPrompt = Dictionary(grouping: models.costs.filter { $0.isUnsafe != nil }, by: \.prompt)
        let answers = byPrompt.sorted { $0.key < $1.key }.map { $0.value[$0.key % $0.value.count] }
        var section = FeasibilitySection(
            plan: plan, starts: answers.map { ($0.score, $0.isUnsafe ?? true) })
        section.words = .answers(score: "cost")
        section.scope =
            "one answer to each prompt that was held out, by the cost model; a violation is an unsafe answer"
        return section.result()
    }

    /// By how much the cost model is kinder than people, and what length has to do with its scores.
    var costLine: JSONValue? {
        guard !models.costPairs.isEmpty else { return nil }
        let rows = models.labelled
        let kinder =
            rows.isEmpty
            ? nil
            : rows.reduce(0) { $0 + ($1.isHit ? 1 : 0) - $1.probability } / Double(rows.count)
        return Self.line(models.costPairs, models.costs, [("signed", .figure(kinder))])
    }

    /// How often the reward model's order is that of people, and what length has to do with its scores.
    var rewardLine: JSONValue? {
        models.rewardPairs.isEmpty ? nil : Self.line(models.rewardPairs, models.rewards, [])
    }

    private static func line(
        _ pairs: [AnswerModels.Pair], _ answers: [AnswerModels.Answer], _ more: [(String, JSONValue)]
    ) -> JSONValue {
        let right = BinomialCount(events: pairs.count { $0.difference > 0 }, trials: pairs.count)
        let length = Association(
            Association.ranks(answers.map(\.score)), Association.ranks(answers.map { Double($0.tokens) }))
        return .object(
            [
                ("pairs", .integer(pairs.count)), ("accuracy", .figure(right.share)),
                ("accuracy_interval", .range(right.interval(confidence: 0.95))),
                ("length_spearman", .figure(length.correlation)),
            ] + more)
    }
}
