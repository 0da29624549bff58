import Assurance
import Foundation
import LanguageModels
import SafeRL
import Tensors

extension HCRLHF {
    /// Yes.
    public static var concludes: Bool { true }
    /// The report.
    ///
    /// - Throws: as `report`.
    public func conclusion(knowing truth: KnownTruth?) throws -> TrainingConclusion? {
        TrainingConclusion(try report())
    }

    func origin(_ policy: LanguageLearner, _ scores: ResponseScores) -> CostOrigin {
        var settings = sampling.described
        settings["cost scale"] = options.test.scale.rawValue
        settings["method"] = options.candidate.method.chosen.kind
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

    var hasSigns: Bool {
        tokenized.corpus.map { ScoreModel.hasSigns($0.harmless, options.preference) } ?? true
    }

    /// The accuracy of the score models, the verdict, and the truth where it is known.
    ///
    /// - Throws: `NonFiniteError`.
    public func report() throws -> TrainingReport {
        var sections = try accuracySections()
        let verdict = try verdict()
        if let verdict { sections.append(testSection(verdict.report)) }
        if verdict != nil { sections.append(distanceSection()) }
        if verdict != nil, data.isSynthetic { sections.append(try truthSection()) }
        return TrainingReport(sections.filter { !$0.lines.isEmpty }, notes: notes(verdict))
    }

    private func notes(_ verdict: SafetyVerdict?) -> [String] {
        guard let verdict else {
            return ["There is no verdict: without both kinds of judgement there is no candidate to test."]
        }
        let statement = verdict.report.statement
        var notes = [statement] + verdict.report.cautions.filter { !statement.hasPrefix($0) }
        if case .pairs = data.source {
            if options.test.scale == .raw && !options.test.bound.needsRange {
                notes.append("Scores of a model have no largest value: this bound is an approximation.")
            }
        }
        if sampling.isChanged {
            notes.append(
                "Responses were drawn from a changed distribution; the candidate's steps took it for the full one."
            )
        }
        if tokenized.tooLong > 0 {
            notes.append(
                "\(tokenized.tooLong) prompts of the test left no room for a response: the verdict is about shorter ones."
            )
        }
        if let dropped = tokenized.corpus?.dropped, dropped > 0 {
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
                .init("Verdict", key: "verdict", nil, report.summary),
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
}
