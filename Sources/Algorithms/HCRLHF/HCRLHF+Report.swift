import Foundation
import LanguageModels
import SafeRL
import Safety
import Tensors

extension HCRLHF: VerdictAlgorithm {
    /// What the safety test found; nil for a run that ends with a score model.
    ///
    /// - Throws: `NonFiniteError`.
    public func verdict() throws -> SafetyVerdict? {
        guard ground.leadsToTest, let test, let candidate else { return nil }
        let scores = try scores()
        guard let bound = options.test.bound.bound(in: scores.costRange) else {
            preconditionFailure("a bound that was checked at the start")
        }
        return test.verdict(
            SafetyTest(bound, limit: options.test.limit, delta: options.test.delta),
            origin(candidate.policy, scores))
    }

    private func origin(_ policy: LanguageLearner, _ scores: ResponseScores) -> CostOrigin {
        var settings = [
            "temperature": "\(sampling.temperature)", "top-p": "\(sampling.topP)",
            "repetition penalty": "\(sampling.repetitionPenalty)", "tokens": "\(sampling.mostTokens)",
            "cost scale": options.test.scale.rawValue, "method": options.candidate.method.rawValue,
        ]
        settings["top-k"] = sampling.topK.map { "\($0)" } ?? "all"
        switch scores {
        case .models(let reward, let cost, _):
            settings["reward model"] = "SHA-256 \(reward.digest)"
            settings["sign terms"] = hasSigns ? "yes" : "no"
            return CostOrigin(
                .learnedModel, name: "SHA-256 \(cost.digest)", policy: policy.digest, settings: settings,
                seed: seed)
        case .task(let task, _):
            return CostOrigin(
                .environment, name: task.name, policy: policy.digest, settings: settings, seed: seed)
        }
    }

    private var hasSigns: Bool {
        ground.corpus.map { PreferenceStage.hasSigns($0.harmless, options.preference) } ?? true
    }

    /// The accuracy of the score models, the verdict, and the truth where it is known.
    ///
    /// - Throws: `NonFiniteError`.
    public func report() throws -> TrainingReport {
        var sections = try accuracySections()
        let verdict = try verdict()
        if let verdict { sections.append(testSection(verdict.report)) }
        if verdict != nil, data.isSynthetic { sections.append(try truthSection()) }
        return TrainingReport(sections.filter { !$0.lines.isEmpty }, notes: notes(verdict))
    }

    private func notes(_ verdict: SafetyVerdict?) -> [String] {
        guard let verdict else {
            return ["There is no verdict: without both kinds of judgement there is no candidate to test."]
        }
        var notes = [verdict.report.statement]
        if case .pairs = data.source {
            if !hasSigns {
                notes.append(
                    "The cost model was trained without sign terms: a limit on its scores has no meaning by itself."
                )
            }
            if options.test.scale == .raw && !options.test.bound.needsRange {
                notes.append("Scores of a model have no largest value: this bound is an approximation.")
            }
        }
        if sampling.temperature != 1 || sampling.topK != nil || sampling.topP < 1
            || sampling.repetitionPenalty != 1
        {
            notes.append(
                "Responses were drawn from a changed distribution; the candidate's steps took it for the full one."
            )
        }
        if ground.tooLong > 0 {
            notes.append(
                "\(ground.tooLong) prompts of the test left no room for a response: the verdict is about shorter ones."
            )
        }
        if let dropped = ground.corpus?.dropped, dropped > 0 {
            notes.append(
                "\(dropped) pairs or prompts were left out: too long, or equal answers after they were cut.")
        }
        return notes
    }

    private func testSection(_ report: SafetyReport) -> TrainingReport.Section {
        func number(_ value: Double?) -> String { value.map { String(format: "%.4g", $0) } ?? "none" }
        func line(_ label: String, _ key: String, _ value: Double?) -> TrainingReport.Line {
            .init(label, key: key, value, number(value))
        }
        let settings = report.origin.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return .init(
            "Safety test",
            [
                .init("Verdict", key: "verdict", nil, report.verdict),
                .init(
                    "Upper bound", key: "upper_bound", report.upperBound,
                    report.fault ?? "\(number(report.upperBound)), by the \(report.bound) bound"),
                line("Limit", "limit", report.limit), line("Delta", "delta", report.delta),
                .init("Responses", key: "n", Double(report.count), "\(report.count), one to each prompt"),
                line("Mean cost", "mean", report.mean), line("Deviation", "sd", report.deviation),
                .init(
                    "Assumes", key: "assumptions", nil,
                    "\(report.assumptions); enough for \(report.validity.rawValue)"),
                .init("Policy", key: "policy", nil, "SHA-256 \(report.origin.policy)"),
                .init("Decoding and models", key: "settings", nil, settings.joined(separator: ", ")),
            ])
    }

    // MARK: - Score models

    private func accuracySections() throws -> [TrainingReport.Section] {
        guard let corpus = ground.corpus else { return [] }
        var lines: [TrainingReport.Line] = []
        if let reward, !corpus.heldOutHelpful.isEmpty {
            lines.append(ranking("Reward, pairs", "reward_accuracy", corpus.heldOutHelpful, reward.model))
        }
        if let cost, !corpus.heldOutHarmless.isEmpty {
            lines.append(ranking("Cost, pairs", "cost_accuracy", corpus.heldOutHarmless, cost.model))
            if hasSigns {
                lines.append(signs("Cost, signs", "sign_accuracy", corpus.heldOutHarmless, cost.model))
            }
        }
        if data.isSynthetic, let cost, let reward { lines += try trueRankings(corpus.text, reward, cost) }
        return [.init("Score models, on pairs of prompts they have not seen", lines)]
    }

    /// The share of pairs whose answers are in the order that people, or the truth, put them.
    func ranking(_ label: String, _ key: String, _ pairs: [TokenPair], _ model: LanguageLearner)
        -> TrainingReport.Line
    {
        let higher = model.endScores(pairs.map(\.higher), on: tape)
        let lower = model.endScores(pairs.map(\.lower), on: tape)
        return share(label, key, zip(higher, lower).count { $0 > $1 }, of: pairs.count)
    }

    /// The share of labelled answers whose cost is below 0 where they are safe, and above where not.
    func signs(_ label: String, _ key: String, _ pairs: [TokenPair], _ model: LanguageLearner)
        -> TrainingReport.Line
    {
        let answers = pairs.flatMap { pair in
            pair.isSafe.map { [(pair.higher, $0.higher), (pair.lower, $0.lower)] } ?? []
        }
        let scores = model.endScores(answers.map(\.0), on: tape)
        return share(
            label, key, zip(answers, scores).count { $0.0.1 ? $0.1 < 0 : $0.1 > 0 }, of: answers.count)
    }

    /// A share with its 95 % interval.
    private func share(_ label: String, _ key: String, _ count: Int, of total: Int) -> TrainingReport.Line {
        guard total > 0 else { return .init(label, key: key, nil, "there are none") }
        let counted = BinomialCount(events: count, trials: total)
        let range = counted.interval(confidence: 0.95)
        return .init(
            label, key: key, counted.share,
            String(
                format: "%.1f %% of %d, 95 %% interval %.1f to %.1f %%", 100 * counted.share, total,
                100 * range.lowerBound, 100 * range.upperBound))
    }
}
