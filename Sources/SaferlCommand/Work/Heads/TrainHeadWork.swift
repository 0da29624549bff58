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

    let model: String
    let rows: String?
    let judge: String?
    let requests: Int
    let training: StreamHeadTraining
    let labeller: ReplyLabeller
    let out: NewFile
    let isJSON: Bool

    /// Requests of each split that nothing is learned from.
    private static let heldOutRequests = 300

    func run() throws {
        try out.check()
        let goOn = WatchedLine()
        defer { goOn.end() }
        let file = try rows.map { try HeadRows(contentsOf: $0, isJudged: judge != nil) }
        let model = try FrozenModel(model)
        let lesson: HeadLesson
        let heldOut: [(name: String, rows: [StreamRow])]
        let source: String
        if let file {
            let guarding = try judge.map { try judging($0) }
            let parts = file.parts(seed: training.seed)
            func labelled(_ places: [Int]) throws -> HeadLesson {
                try HeadLesson(places, of: file, by: model, labeller, judge: guarding) { done in
                    try goOn("labels: \(done) of \(places.count) rows")
                }
            }
            lesson = try labelled(parts.learned)
            heldOut = [("held out", try labelled(parts.heldOut).rows)]
            source = file.hash
        } else {
            source = TrueWorld.consent.rawValue
            lesson = try HeadLesson(
                of: HeadLesson.requests(requests, .training, seed: training.seed), answeredBy: model,
                labeller
            ) { try goOn("labels: \($0) of \(requests) replies") }
            heldOut = try HeadFigures.splits(
                Self.heldOutRequests, model, labeller, seed: training.seed &+ 0x5EED
            ) { try goOn("held-out replies") }
        }
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
                source: source, rows: lesson.rows.count, leftOut: lesson.leftOut,
                rollouts: lesson.continuations > 0 ? labeller.rollouts : 0, seed: training.seed))
        goOn.end()
        try SystemFiles().replaceFile(out.path, with: head.bytes)
        let figures = try heldOut.map { name, rows in
            HeadFigures(name, try HeadTest(HeadGuard(head, source: out.path), on: rows, model))
        }
        if isJSON {
            return try Output.write(
                json: Report(
                    head: out.path, model: head.model, rows: lesson.rows.count, leftOut: lesson.leftOut,
                    labelled: lesson.labelled, agreeing: lesson.agreeing,
                    continuations: lesson.continuations, tokens: lesson.tokens, heldOut: figures))
        }
        var text = """
            \(out.path): a stream head of \(lesson.rows.count) replies, bound to model \(head.model)
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
