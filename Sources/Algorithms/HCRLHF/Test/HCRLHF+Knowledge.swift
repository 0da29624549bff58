import Assurance
import Foundation
import LanguageModels
import SafeRL

/// What score models know of pairs of prompts that they have not seen: how often each was right.
struct ScoreKnowledge {
    /// Pairs that the reward model puts in the order of people; nil where there are none.
    var rewardPairs: BinomialCount?
    /// Likewise of the cost model.
    var costPairs: BinomialCount?
    /// Answers labelled safe whose cost is below 0, and unsafe ones whose cost is above; nil where there are none.
    var safeSigns, unsafeSigns: BinomialCount?

    /// Answers with either label.
    var signs: BinomialCount? {
        let both = [safeSigns, unsafeSigns].compactMap { $0 }
        return both.isEmpty
            ? nil
            : BinomialCount(
                events: both.reduce(0) { $0 + $1.events }, trials: both.reduce(0) { $0 + $1.trials })
    }

    /// Half the sum of the two rates of right signs, bounded from below; nil where one label is missing.
    ///
    /// A model that gives every answer the same sign, or draws signs without looking, has 1/2 whatever the share of safe
    /// answers is. Each rate's bound is missed with half of 1 − `confidence` at most.
    func balancedSigns(confidence: Double) -> Double? {
        guard let safeSigns, let unsafeSigns else { return nil }
        let each = (1 + confidence) / 2
        return (safeSigns.lowerBound(confidence: each) + unsafeSigns.lowerBound(confidence: each)) / 2
    }
}

extension HCRLHF {
    /// Confidence of the lower bounds that accuracies are judged by.
    static let accuracyConfidence = 0.95

    /// What the score models know; nil where scores are the task's own.
    ///
    /// It is measured once: nothing learns any more when it is asked.
    func knowledge() -> ScoreKnowledge? {
        if let measured { return measured }
        guard let corpus = tokenized.corpus else { return nil }
        var knowledge = ScoreKnowledge()
        if let reward { knowledge.rewardPairs = ranked(corpus.heldOutHelpful, by: reward.model) }
        if let cost {
            knowledge.costPairs = ranked(corpus.heldOutHarmless, by: cost.model)
            if hasSigns {
                (knowledge.safeSigns, knowledge.unsafeSigns) = signs(corpus.heldOutHarmless, by: cost.model)
            }
        }
        measured = knowledge
        return knowledge
    }

    /// Pairs whose answers are in the order that people, or the truth, put them; nil where there are none.
    func ranked(_ pairs: [TokenPair], by model: LanguageLearner) -> BinomialCount? {
        guard !pairs.isEmpty else { return nil }
        let higher = model.endScores(pairs.map(\.higher), on: tape)
        let lower = model.endScores(pairs.map(\.lower), on: tape)
        return BinomialCount(events: zip(higher, lower).count { $0 > $1 }, trials: pairs.count)
    }

    /// Labelled answers whose cost is below 0 where they are safe, and above where not; nil where there are none.
    func signs(_ pairs: [TokenPair], by model: LanguageLearner) -> (
        safe: BinomialCount?, unsafe: BinomialCount?
    ) {
        let answers = pairs.flatMap { pair in
            pair.isSafe.map { [(pair.higher, $0.higher), (pair.lower, $0.lower)] } ?? []
        }
        let scores = model.endScores(answers.map(\.0), on: tape)
        func right(_ isSafe: Bool) -> BinomialCount? {
            let own = zip(answers, scores).filter { $0.0.1 == isSafe }.map(\.1)
            return own.isEmpty
                ? nil : BinomialCount(events: own.count { isSafe ? $0 < 0 : $0 > 0 }, trials: own.count)
        }
        return (right(true), right(false))
    }

    // MARK: - What it means for the verdict

    /// What speaks against a certificate that is relative to this cost model.
    func objections(_ knowledge: ScoreKnowledge) -> [Objection] {
        var objections: [Objection] = []
        if !hasSigns { objections.append(.noSigns) }
        let labels = Set(
            (tokenized.corpus?.harmless ?? []).compactMap(\.isSafe).flatMap { [$0.higher, $0.lower] })
        if hasSigns, labels.count == 1, let label = labels.first {
            objections.append(.oneClass(isSafe: label))
        }
        let (least, confidence) = (options.test.leastAccuracy, Self.accuracyConfidence)
        guard least > 0 else { return objections }
        func require(_ what: String, _ lower: Double?, or missing: String) {
            guard let lower else { return objections.append(.unmeasured(missing)) }
            if lower > least { return }
            objections.append(.chance(what, lower: lower, confidence: confidence, least: least))
        }
        require(
            "accuracy on pairs", knowledge.costPairs?.lowerBound(confidence: confidence), or: "pairs")
        if hasSigns && labels.count == 2 {
            require(
                "balanced accuracy on signs", knowledge.balancedSigns(confidence: confidence),
                or: knowledge.safeSigns == nil ? "safe answers" : "unsafe answers")
        }
        return objections
    }

    /// What a reader must bear in mind of the reward model: it makes no policy unsafe.
    func cautions(_ knowledge: ScoreKnowledge) -> [String] {
        let least = options.test.leastAccuracy
        guard least > 0 else { return [] }
        guard let pairs = knowledge.rewardPairs else {
            return [
                "No pairs were kept apart to measure the reward model with: the policy may be of no help."
            ]
        }
        if pairs.lowerBound(confidence: Self.accuracyConfidence) > least { return [] }
        return [
            "The reward model is not shown to be better than chance, right in \(pairs.events) of \(pairs.trials) pairs: the "
                + "policy may be of no help."
        ]
    }

    // MARK: - What it looks like in the report

    func accuracySections() throws -> [TrainingReport.Section] {
        guard let corpus = tokenized.corpus, let knowledge = knowledge() else { return [] }
        var lines: [TrainingReport.Line] = []
        if let pairs = knowledge.rewardPairs {
            lines.append(share("Reward, pairs", "reward_accuracy", pairs))
        }
        if let pairs = knowledge.costPairs { lines.append(share("Cost, pairs", "cost_accuracy", pairs)) }
        if cost != nil, hasSigns, !corpus.heldOutHarmless.isEmpty {
            lines += [
                share("Cost, signs", "sign_accuracy", knowledge.signs),
                share("Cost, signs of safe answers", "safe_sign_accuracy", knowledge.safeSigns),
                share("Cost, signs of unsafe answers", "unsafe_sign_accuracy", knowledge.unsafeSigns),
            ]
        }
        if data.isSynthetic, let cost, let reward { lines += try trueRankings(corpus.text, reward, cost) }
        return [.init("Score models, on pairs of prompts they have not seen", lines)]
    }

    /// A share with its 95 % interval, and what it exceeds with the confidence that verdicts ask for.
    func share(_ label: String, _ key: String, _ counted: BinomialCount?) -> TrainingReport.Line {
        guard let counted else { return .init(label, key: key, nil, "there are none") }
        let range = counted.interval(confidence: 0.95)
        return .init(
            label, key: key, counted.share,
            "\(percent(counted.share)) % of \(counted.trials), 95 % interval \(percent(range.lowerBound)) to "
                + "\(percent(range.upperBound)) %, above \(percent(counted.lowerBound(confidence: Self.accuracyConfidence))) "
                + "% with \(Int(100 * Self.accuracyConfidence)) % confidence")
    }

    private func percent(_ share: Double) -> String { String(format: "%.1f", 100 * share) }
}
