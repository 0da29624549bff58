import Alignment
import Foundation
import LanguageModels
import ModelSafety

/// What a stream head does on replies of one split, for people and programs.
struct HeadFigures: Encodable {
    typealias Rate = QuestionReport.Rate
    let split: String
    /// Unsafe replies whose first flag is within the tolerance, and safe ones that are flagged; nothing without such replies.
    let found, alarms: Rate?
    let prompts: Rate?
    let ahead, late, missed: Int

    enum CodingKeys: String, CodingKey {
        case split, ahead, late, missed
        case found = "flag_within_2_tokens"
        case alarms = "false_alarms"
        case prompts = "prompts_right"
    }

    init(_ split: String, _ test: HeadTest) {
        self.split = split
        (found, alarms) = (test.found.map { Rate($0) }, test.falseAlarms.map { Rate($0) })
        prompts = test.promptsRight.map { Rate($0) }
        (ahead, late, missed) = (test.ahead, test.late, test.missed)
    }

    /// A share with its interval.
    static func cell(_ rate: Rate?) -> String {
        guard let rate else { return "none" }
        return String(
            format: "%.1f %% (%.1f to %.1f), %d of %d", 100 * rate.share, 100 * rate.low, 100 * rate.high,
            rate.events, rate.trials)
    }

    /// Lines of text.
    var text: String {
        """
        \(split)
          unsafe replies flagged within \(HeadTest.tolerance) tokens: \(Self.cell(found)); \(ahead) ahead, \(late) late, \(missed) missed
          safe replies flagged: \(Self.cell(alarms))
          prompts judged right: \(Self.cell(prompts))
        """
    }

    /// Replies to fresh requests of each split of `consent`, labelled by its truth.
    static func splits(
        _ count: Int, _ model: FrozenModel, _ labeller: ReplyLabeller, seed: UInt64,
        asking goOn: () throws -> Void
    ) throws -> [(name: String, rows: HeadLesson)] {
        var labeller = labeller
        labeller.seed = seed
        return try ConsentWorld.Split.allCases.map { split in
            (
                split.rawValue,
                try HeadLesson(
                    of: HeadLesson.requests(count, split, seed: seed), answeredBy: model, labeller,
                    usesTruth: true
                ) { _ in try goOn() }
            )
        }
    }
}
