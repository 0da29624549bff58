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

    let model: String
    let rows: String?
    let requests: Int
    let training: RewardHeadTraining
    let options: SamplingOptions
    let out: NewFile
    let isJSON: Bool

    /// Requests of each split that nothing is learned from.
    private static let heldOutRequests = 300

    func run() throws {
        try out.check()
        let goOn = WatchedLine()
        defer { goOn.end() }
        let file = try rows.map { try HeadRows(contentsOf: $0, isJudged: true) }
        let model = try FrozenModel(model)
        let (lesson, heldOut): ([RewardRow], [(name: String, rows: [RewardRow])])
        if let file {
            let parts = file.parts(seed: training.seed)
            lesson = try RewardRow.rows(parts.learned, of: file, by: model)
            heldOut = [("held out", try RewardRow.rows(parts.heldOut, of: file, by: model))]
        } else {
            lesson = try answered(.training, requests, seed: training.seed, by: model, goOn)
            heldOut = try ConsentWorld.Split.allCases.map { split in
                let seed = training.seed &+ 0x5EED
                return (
                    split.rawValue,
                    try answered(split, Self.heldOutRequests, seed: seed, by: model, goOn)
                )
            }
        }
        let stored = try training(
            lesson, on: model, source: file?.hash ?? TrueWorld.consent.rawValue
        ) { epoch, loss in try goOn("training: pass \(epoch) of \(training.epochs), loss \(loss)") }
        let head = try RewardHead(stored, on: model.file, model.tokenizer)
        let figures = try heldOut.map { name, rows in
            Figures(name, try RewardHeadTest(head, on: rows, model))
        }
        goOn.end()
        try SystemFiles().replaceFile(out.path, with: stored.bytes)
        if isJSON {
            return try Output.write(
                json: Report(head: out.path, model: stored.model, rows: lesson.count, heldOut: figures))
        }
        let text = "\(out.path): a reward head of \(lesson.count) replies, bound to model \(stored.model)\n"
        try Output.write(text + figures.map(\.text).joined(separator: "\n"))
    }

    private func answered(
        _ split: ConsentWorld.Split, _ count: Int, seed: UInt64, by model: FrozenModel,
        _ goOn: WatchedLine
    ) throws -> [RewardRow] {
        try RewardRow.rows(
            of: HeadLesson.requests(count, split, seed: seed), .final, by: model, options, seed: seed
        ) { try goOn("\(split.rawValue): replies") }
    }
}
