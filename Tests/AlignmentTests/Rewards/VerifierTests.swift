import Alignment
import TestSupport
import Testing

/// Verifiers and label rewards beside those of another program.
@Suite struct VerifierTests {
    struct Tables: Decodable {
        struct Row: Decodable {
            let text: String
            let shape, repeats_5x10, repeats_3x4, has_han: Bool
            let safety, category: String?
            let thinking: String
            let words: Int
        }
        struct Reward: Decodable {
            struct Parts: Decodable {
                let format, safety, category, scale, score: Double
                let checklist: Double?
            }
            let text, truth_safety, truth_category: String
            let paper, checklist: Parts
        }
        let verifiers: [Row]
        let rules: [String]
        let gspr: [Reward]
    }

    @Test func textsAreJudgedAsByTheReference() throws {
        let rows = try Golden.decode(Tables.self, "alignment", "verifiers.json").verifiers
        #expect(rows.count == 22)
        for row in rows {
            let text = row.text
            #expect(TextVerifiers.hasShape(text, parts: LabelReward().parts) == row.shape, "\(text)")
            #expect(TextVerifiers.repeats(text, length: 5, times: 10) == row.repeats_5x10, "\(text)")
            #expect(TextVerifiers.repeats(text, length: 3, times: 4) == row.repeats_3x4, "\(text)")
            #expect(TextVerifiers.contains(in: text) == row.has_han, "\(text)")
            #expect(TextVerifiers.label("safety", in: text) == row.safety, "\(text)")
            #expect(TextVerifiers.label("category", in: text) == row.category, "\(text)")
            #expect(TextVerifiers.reasoning(in: text) == row.thinking, "\(text)")
            #expect(TextVerifiers.words(text).count == row.words, "\(text)")
        }
    }

    @Test func labelsAreRewardedAsByTheReference() throws {
        let tables = try Golden.decode(Tables.self, "alignment", "verifiers.json")
        #expect(tables.gspr.count == 72)
        for row in tables.gspr {
            for (form, parts) in [(LabelReward.Form.paper, row.paper), (.checklist, row.checklist)] {
                let value = LabelReward(form, rules: tables.rules)(
                    row.text, safety: row.truth_safety, category: row.truth_category)
                #expect(value.format == parts.format && value.scale == parts.scale, "\(form) \(row.text)")
                #expect(
                    value.safety == parts.safety && value.category == parts.category, "\(form) \(row.text)")
                #expect(
                    value.checklist.isWithin(1e-12, of: parts.checklist ?? 0), "\(form) \(row.text)")
                #expect(value.score.isWithin(1e-12, of: parts.score), "\(form) \(row.text)")
            }
        }
    }

    @Test func refusalsAreFoundInTheAnswerAlone() {
        let text = "<think>I cannot say.</think>Use a brush. I CANNOT help with that."
        let answer = TextVerifiers.answer(in: text)
        #expect(TextVerifiers.contains(anyOf: ["i cannot"], in: answer))
        #expect(!TextVerifiers.contains(anyOf: ["i cannot"], in: answer, within: 20))
        #expect(!TextVerifiers.contains(anyOf: ["i cannot say"], in: answer))
        #expect(TextVerifiers.answer(in: "no mark") == "no mark")
    }

    @Test func lengthsFallToNothing() {
        let values = [0, 2, 4, 8, 12, 15, 16, 40].map { TextVerifiers.length($0, within: 4...8) }
        #expect(values == [0, 0.5, 1, 1, 0.5, 0.125, 0, 0])
    }

    @Test func commasInCategoriesAreNormalisedOnBothSides() {
        #expect(
            TextVerifiers.normalised(" **Health, Safety** ") == TextVerifiers.normalised("'health,safety'"))
    }
}
