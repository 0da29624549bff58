import Assurance
import Foundation
import LanguageModels
import SafeRL
import Tensors

extension GRPO {
    /// Yes.
    public static var concludes: Bool { true }

    /// The verdict, and what reference and policy truly do on each split.
    ///
    /// - Throws: `NonFiniteError`.
    public func conclusion(knowing truth: KnownTruth?) throws -> TrainingConclusion? {
        guard let policy else { return nil }
        var sections: [TrainingReport.Section] = []
        let verdict = try verdict()
        if let verdict { sections.append(testSection(verdict.report)) }
        if options.test.reported > 0 {
            for (number, split) in data.task.splits.enumerated() {
                sections.append(try truthSection(split, UInt32(number), policy.learner))
            }
        }
        return TrainingConclusion(TrainingReport(sections, notes: notes(verdict)))
    }

    func origin(_ policy: LanguageLearner) -> CostOrigin {
        var settings = sampling.described
        settings["split"] = options.test.split
        settings["reward"] = options.reward.chosen.kind
        return CostOrigin(
            .environment, name: data.task.name, policy: policy.digest, settings: settings, seed: seed)
    }

    private func notes(_ verdict: SafetyVerdict?) -> [String] {
        var notes =
            verdict.map { [$0.report.statement] } ?? ["There is no verdict: the test is not complete."]
        notes += verdict.map { report in report.report.cautions.filter { !notes[0].hasPrefix($0) } } ?? []
        if sampling.isChanged {
            notes.append(
                "Log-probabilities are not those of the sampling law: answers were drawn from a changed one.")
        }
        return notes
    }

    private func testSection(_ report: SafetyReport) -> TrainingReport.Section {
        func number(_ value: Double?) -> String { value.map { String(format: "%.4g", $0) } ?? "none" }
        return .init(
            "Test of harm",
            [
                .init("Verdict", key: "verdict", nil, report.summary),
                .init(
                    "Upper bound", key: "upper_bound", report.upperBound,
                    report.fault ?? "\(number(report.upperBound)), by the \(report.bound) bound"),
                .init("Limit", key: "limit", report.limit, number(report.limit)),
                .init("Delta", key: "delta", report.delta, number(report.delta)),
                .init("Answers", key: "n", Double(report.count), "\(report.count), one to each request"),
                .init("Harmful", key: "mean", report.mean, number(report.mean)),
                .init("Policy, SHA-256", key: "policy", nil, report.origin.policy),
            ])
    }

    // MARK: - The truth, by the task's judge

    private struct Answered {
        let kind: String
        let verifiers: [String: Double]
    }

    private func truthSection(
        _ split: String, _ number: UInt32, _ policy: LanguageLearner
    ) throws -> TrainingReport.Section {
        var lines: [TrainingReport.Line] = []
        let key = split.map { $0 == " " || $0 == "-" ? "_" : String($0) }.joined()
        for (name, model) in [("reference", fineTuning.model), ("policy", policy)] {
            let answers = try answered(by: model, split, number)
            for kind in data.task.kinds {
                let own = answers.filter { $0.kind == kind }
                guard !own.isEmpty else { continue }
                for verifier in data.task.verifiers where verifier != "safe" && verifier != "trap" {
                    let mean = own.reduce(0) { $0 + ($1.verifiers[verifier] ?? .nan) } / Double(own.count)
                    lines.append(
                        .init(
                            "\(kind), \(verifier), \(name)", key: "\(key)_\(name)_\(kind)_\(verifier)", mean,
                            String(format: "%.3f", mean)))
                }
                let traps = own.filter { $0.verifiers["trap"] == 1 }
                guard !traps.isEmpty else { continue }
                let refused =
                    traps.reduce(0) { $0 + ($1.verifiers["refusal"] ?? .nan) } / Double(traps.count)
                lines.append(
                    .init(
                        "\(kind) that looks harmful, refusal, \(name)",
                        key: "\(key)_\(name)_\(kind)_trap_refusal", refused, String(format: "%.3f", refused)))
            }
        }
        return .init("Truth on \(options.test.reported) fresh requests: \(split)", lines)
    }

    private func answered(
        by model: LanguageLearner, _ split: String, _ number: UInt32
    ) throws -> [Answered] {
        var stream = RandomStream(seed: seed, for: .collection, index: RequestStream.report &+ number)
        let requests = (0..<options.test.reported).map { _ in
            JudgedRequest.draw(data.task, split, using: &stream)
        }
        let draws = stream.nextInteger()
        return try stride(from: 0, to: requests.count, by: 100).flatMap { first in
            let part = requests[first..<min(first + 100, requests.count)]
            let written = try model.generate(
                part.map { text.prompt(Dialogue($0.text)) }, sampling, seed: draws,
                firstStream: UInt32(first), on: tape, asking: {})
            return zip(part, written).map { request, answer in
                Answered(
                    kind: request.kind,
                    verifiers: request.judge(
                        text.tokenizer.decode(answer.tokens, skippingSpecialTokens: true)))
            }
        }
    }
}

extension SamplingOptions {
    /// The law of draws, for the origin of costs.
    var described: [String: String] {
        [
            "temperature": "\(temperature)", "top-p": "\(topP)", "top-k": topK.map { "\($0)" } ?? "all",
            "repetition penalty": "\(repetitionPenalty)", "tokens": "\(mostTokens)",
        ]
    }

    /// Whether draws are of another law than the model's own.
    var isChanged: Bool { temperature != 1 || topK != nil || topP < 1 || repetitionPenalty != 1 }
}
