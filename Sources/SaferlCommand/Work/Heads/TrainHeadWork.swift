import Alignment
import Foundation
import LanguageModels
import ModelSafety
import SafeRL

/// What `saferl guard train-head` does.
struct TrainHeadWork {
    /// What is printed with `--json`.
    private struct Report: Encodable {
        let head, model: String
        let rows, leftOut, labelled, agreeing, continuations, tokens: Int
        let heldOut: [HeadFigures]

        enum CodingKeys: String, CodingKey {
            case head, rows, labelled, agreeing, continuations
            case model = "model_sha256"
            case leftOut = "left_out"
            case tokens = "continuation_tokens"
            case heldOut = "held_out"
        }
    }

    let arguments: HeadTrainingArguments
    let judge: String?
    let training: StreamHeadTraining
    let labeller: ReplyLabeller
    let isJSON: Bool

    func run() throws {
        let goOn = WatchedLine()
        defer { goOn.end() }
        let source = try HeadSource(arguments, isJudged: judge != nil)
        let model = source.model
        let guarding = try source.file == nil ? nil : judge.map { try judging($0) }
        let (lesson, heldOut) = try source.parts(
            labelled: { places, file in
                try HeadLesson(places, of: file, by: model, labeller, judge: guarding) { done in
                    try goOn("labels: \(done) of \(places.count) rows")
                }
            },
            answered: { requests, seed in
                try HeadLesson(
                    of: HeadLesson.requests(requests, .training, seed: seed), answeredBy: model, labeller
                ) { try goOn("labels: \($0) of \(requests) replies") }
            },
            fresh: { requests, seed in
                try HeadFigures.splits(requests, model, labeller, seed: seed) { try goOn("held-out replies") }
            })
        guard !lesson.rows.isEmpty else {
            throw HeadError(
                "no row is left to learn from: in \(lesson.leftOut) no boundary was found. Give more rows.")
        }
        let trained = try training(lesson.rows, on: model) { epoch, loss in
            try goOn("training: pass \(epoch) of \(training.epochs), loss \(loss)")
        }
        let head = StoredHead(
            trained, model: try model.file.identity(),
            training: .init(
                source: source.name, rows: lesson.rows.count, leftOut: lesson.leftOut,
                rollouts: lesson.continuations > 0 ? labeller.rollouts : 0, seed: training.seed))
        goOn.end()
        try source.write(head.bytes)
        let figures = try heldOut.map { name, rows in
            HeadFigures(name, try HeadTest(HeadGuard(head, source: source.out), on: rows.rows, model))
        }
        if isJSON {
            return try Output.write(
                json: Report(
                    head: source.out, model: head.model, rows: lesson.rows.count, leftOut: lesson.leftOut,
                    labelled: lesson.labelled, agreeing: lesson.agreeing,
                    continuations: lesson.continuations, tokens: lesson.tokens, heldOut: figures))
        }
        var text = """
            \(source.out): a stream head of \(lesson.rows.count) replies, bound to model \(head.model)
            labels by \(lesson.continuations) continuations of \(lesson.tokens) tokens; without a boundary and left out: \
            \(lesson.leftOut)\n
            """
        if lesson.labelled > 0 {
            text +=
                "boundary as the truth has it in \(lesson.agreeing) of \(lesson.labelled) unsafe replies\n"
        }
        try Output.write(text + figures.map(\.text).joined(separator: "\n"))
    }

    /// Opens the guard that judges continuations.
    private func judging(_ path: String) throws -> any TextGuard {
        let guarding = try GuardFile.open(path)
        guard guarding.judgesReplies else { throw NoJudgeOfReplies(option: "judge") }
        return guarding
    }
}
