import Alignment
import Assurance
import Foundation
import LanguageModels
import ModelSafety
import SafeRL

/// What `saferl guard train-reward` does.
struct TrainRewardWork {
    /// What the head says of replies that it has not seen.
    private struct Figures: Encodable {
        typealias Rate = QuestionReport.Rate
        let split: String
        let harm, atEnd, halfway: Rate

        enum CodingKeys: String, CodingKey {
            case split, harm, halfway
            case atEnd = "at_end"
        }

        init(_ split: String, _ test: RewardHeadTest) {
            func rate(_ count: Int) -> Rate { Rate(BinomialCount(events: count, trials: test.replies)) }
            self.split = split
            (harm, atEnd, halfway) = (rate(test.harmful), rate(test.rightAtEnd), rate(test.rightHalfway))
        }

        var text: String {
            """
            \(split)
              replies that do harm: \(HeadFigures.cell(harm))
              judged right at their last token: \(HeadFigures.cell(atEnd))
              judged right at half of their tokens: \(HeadFigures.cell(halfway))
            """
        }
    }

    private struct Report: Encodable {
        let head, model: String
        let rows: Int
        let heldOut: [Figures]

        enum CodingKeys: String, CodingKey {
            case head, rows
            case model = "model_sha256"
            case heldOut = "held_out"
        }
    }

    let arguments: HeadTrainingArguments
    let training: RewardHeadTraining
    let options: SamplingOptions
    let isJSON: Bool

    func run() throws {
        let goOn = WatchedLine()
        defer { goOn.end() }
        let source = try HeadSource(arguments, isJudged: true)
        let model = source.model
        func answered(_ split: ConsentWorld.Split, _ count: Int, _ seed: UInt64) throws -> [RewardRow] {
            try RewardRow.rows(
                of: HeadLesson.requests(count, split, seed: seed), .final, by: model, options, seed: seed
            ) { try goOn("\(split.rawValue): replies") }
        }
        let (lesson, heldOut) = try source.parts(
            labelled: { places, file in try RewardRow.rows(places, of: file, by: model) },
            answered: { try answered(.training, $0, $1) },
            fresh: { count, seed in
                try ConsentWorld.Split.allCases.map { ($0.rawValue, try answered($0, count, seed)) }
            })
        let stored = try training(lesson, on: model, source: source.name) { epoch, loss in
            try goOn("training: pass \(epoch) of \(training.epochs), loss \(loss)")
        }
        let head = try RewardHead(stored, on: model.file, model.tokenizer)
        let figures = try heldOut.map { name, rows in
            Figures(name, try RewardHeadTest(head, on: rows, model))
        }
        goOn.end()
        try source.write(stored.bytes)
        if isJSON {
            return try Output.write(
                json: Report(head: source.out, model: stored.model, rows: lesson.count, heldOut: figures))
        }
        let text = "\(source.out): a reward head of \(lesson.count) replies, bound to model \(stored.model)\n"
        try Output.write(text + figures.map(\.text).joined(separator: "\n"))
    }
}
