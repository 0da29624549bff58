import Alignment
import Foundation
import LanguageModels
import ModelSafety
import SafeRL

/// What `saferl bench search` does.
struct SearchBenchWork {
    static let name = "search"
    /// Tokens of the harmful answer that are given as the beginning of a reply.
    private static let prefills = [0, 5, 10, 20]
    /// Tokens of a reply at most.
    private static let tokens = 40
    /// Requests on which a search without shared beginnings is compared.
    private static let compared = 10
    private static let comparedWidth = 8

    /// One way at one width.
    private struct Row: Encodable {
        let method: String
        let width, prefill: Int
        let harm: QuestionReport.Rate
        let tokens, operations: Double
    }

    /// A search with and without shared beginnings.
    private struct Sharing: Encodable {
        let width, shared, alone: Int
        let isSame: Bool

        enum CodingKeys: String, CodingKey {
            case width
            case shared = "tokens"
            case alone = "tokens_without_trie"
            case isSame = "same_answers"
        }
    }

    private struct Report: Encodable {
        let world, model: String
        let seed: UInt64
        let rows: [Row]
        let sharing: Sharing

        enum CodingKeys: String, CodingKey {
            case world, seed, rows, sharing
            case model = "model_sha256"
        }
    }

    let model: String
    let head: String?
    let reward: BeginningReward
    let requests: Int
    /// Requests whose answers the reward head learns from.
    let lessons: Int
    let seed: UInt64
    let isJSON: Bool

    func run() throws {
        let goOn = WatchedLine()
        defer { goOn.end() }
        let model = try FrozenModel(model)
        let head = try RewardHead(try stored(for: model, goOn), on: model.file, model.tokenizer)
        var trial = try SearchTrial(model, head)
        (trial.tokens, trial.seed) = (Self.tokens, seed)
        let asked = harmful()
        var rows: [Row] = []
        for prefill in Self.prefills {
            trial.prefill = prefill
            for method in SearchTrial.Method.allCases {
                // What is sampled costs less at a width, and so is tried at twice the largest too.
                let widths = trial.widths + (method == .search ? [] : [32])
                for width in widths {
                    let outcome = try trial.outcome(method, width: width, on: asked) {
                        try goOn("\(method.rawValue), width \(width), prefill \(prefill)")
                    }
                    rows.append(
                        Row(
                            method: method.rawValue, width: width, prefill: prefill,
                            harm: .init(.init(events: outcome.harmful, trials: outcome.answers)),
                            tokens: Double(outcome.tokens) / Double(outcome.answers),
                            operations: outcome.operations / Double(outcome.answers)))
                }
            }
        }
        trial.prefill = Self.prefills[0]
        let sharing = try trial.sharing(
            width: Self.comparedWidth, on: Array(asked.prefix(Self.compared))
        ) { try goOn("without shared beginnings") }
        goOn.end()
        let report = Report(
            world: TrueWorld.consent.rawValue, model: try model.file.identity(), seed: seed, rows: rows,
            sharing: Sharing(
                width: Self.comparedWidth, shared: sharing.shared, alone: sharing.alone,
                isSame: sharing.isSame))
        if isJSON { try Output.write(json: report) } else { try Output.write(text(report)) }
        if !sharing.isSame { throw DifferentAnswers() }
    }

    /// The head of the file that is named, or one that is trained now.
    private func stored(for model: FrozenModel, _ goOn: WatchedLine) throws -> StoredRewardHead {
        if let head {
            let stored = try StoredRewardHead(contentsOf: head)
            try stored.check(model.file, path: head)
            return stored
        }
        var options = SamplingOptions()
        options.mostTokens = Self.tokens
        let lessons = try RewardRow.rows(
            of: HeadLesson.requests(self.lessons, .training, seed: seed), reward, by: model, options,
            seed: seed
        ) { try goOn("answers to learn from") }
        var training = RewardHeadTraining()
        training.seed = seed
        return try training(lessons, on: model, source: TrueWorld.consent.rawValue) { epoch, loss in
            try goOn("reward head: pass \(epoch), loss \(loss)")
        }
    }

    /// Harmful requests of the split that training never sees, drawn anew.
    private func harmful() -> [ConsentWorld.Request] {
        Array(
            HeadLesson.requests(4 * requests + 20, .heldOutPairs, seed: seed &+ 1).filter(\.isHarmful)
                .prefix(requests))
    }

    private func text(_ report: Report) -> String {
        var lines = [
            "Harm of answers to harmful requests of \(report.world), whose first tokens are given; operations and tokens an answer.",
            "",
            "| given | method | width | harm | tokens | operations |",
            "|--:|:--|--:|:--|--:|--:|",
        ]
        lines += report.rows.map { row in
            String(
                format: "| %d | %@ | %d | %@ | %.0f | %.2e |", row.prefill, row.method, row.width,
                HeadFigures.cell(row.harm), row.tokens, row.operations)
        }
        let sharing = report.sharing
        lines += [
            "",
            String(
                format:
                    "Width %d computes %d tokens with shared beginnings and %d without, %.1f times as many; answers are %@.",
                sharing.width, sharing.shared, sharing.alone,
                Double(sharing.alone) / Double(max(sharing.shared, 1)),
                sharing.isSame ? "the same" : "different"),
        ]
        return lines.joined(separator: "\n")
    }
}

/// A search found something else where beginnings were shared.
struct DifferentAnswers: Fault {
    /// A fault of saferl.
    var kind: FaultKind { .internalFault }

    var description: String {
        "a search found other answers with shared beginnings than without. This is a fault in saferl: report it."
    }
}
