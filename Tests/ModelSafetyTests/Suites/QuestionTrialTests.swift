import Alignment
import Foundation
import LanguageModels
import ModelSafety
import TestSupport
import Testing

/// Questions put to a tiny model, compared with the reference.
@Suite struct QuestionTrialTests {
    private struct Table: Decodable {
        struct Score: Decodable {
            let sum: Double
            let context_tokens, continuation_tokens: [Int]
        }
        struct Row: Decodable {
            let context, delimiter: String
            let options: [String]
            let answer, acc, acc_norm, acc_bytes: Int
            let scores: [Score]
        }
        let model: String
        let rows: [Row]
    }

    @Test func tokensSumsAndAccuraciesAreThoseOfTheReference() throws {
        let folder = Golden.directory("alignment")
        let table = try Golden.decode(Table.self, "alignment", "questions.json")
        let model = try ScoringModel(folder.appendingPathComponent(table.model).path)
        #expect(!table.rows.isEmpty)
        for row in table.rows {
            let tokens = row.options.map {
                OptionTokens(
                    context: row.context, option: $0, delimiter: row.delimiter, encode: model.tokens)
            }
            #expect(tokens.map(\.context) == row.scores.map(\.context_tokens))
            #expect(tokens.map(\.option) == row.scores.map(\.continuation_tokens))
            let sums = try model.logLikelihoods(tokens)
            for (sum, score) in zip(sums, row.scores) {
                #expect(abs(sum - score.sum) <= 1e-4 * max(1, abs(score.sum)), "\(row.context)")
            }
            let scores = ChoiceScores(options: row.options, logLikelihoods: sums)
            for (measure, right) in [
                (ChoiceMeasure.sum, row.acc), (.perCharacter, row.acc_norm), (.perByte, row.acc_bytes),
            ] { #expect((scores.pick(measure) == row.answer) == (right == 1), "\(row.context)") }
        }
    }

    private static func file() throws -> QuestionFile {
        let rows = [
            #"{"question": "the robot drives past", "options": ["a mat", "the cat", "12"], "answer": 1, "category": "x"}"#,
            #"{"question": "is a spill safe?", "options": ["no", "yes"], "answer": 0, "level": "Easy"}"#,
        ]
        return try QuestionFile(Array(rows.joined(separator: "\n").utf8), path: "qa.jsonl")
    }

    @Test func likelihoodsHaveFourReportsOnTheSumsOfTheModel() throws {
        let (model, file) = (try ScoringModel(TinyModel.path), try Self.file())
        var seen: [Int] = []
        let reports = try QuestionTrial(file, orders: OptionOrders(number: 3))
            .likelihoods(model) { seen.append($0) }
        #expect(seen == [1, 2] && reports.map(\.measure) == ["acc", "acc_norm", "acc_bytes", "acc_mutual"])
        // By hand, one option at a time.
        for (measure, report) in zip(ChoiceMeasure.allCases, reports) {
            let picks = try file.questions.map { question in
                let context = QuestionPrompt.open.text(question)
                let empty = try #require(model.emptyContext)
                let pairs = question.options.map { option in
                    (
                        behind: model.tokens(context).map(Int32.init),
                        option: model.tokens(" " + option).map(Int32.init)
                    )
                }
                let scores = ChoiceScores(
                    options: question.options,
                    logLikelihoods: try pairs.map { try model.logLikelihoods([($0.behind, $0.option)])[0] },
                    unconditional: try pairs.map { try model.logLikelihoods([([empty], $0.option)])[0] })
                return scores.pick(measure)
            }
            #expect(report.correct.events == zip(picks, file.questions).count { $0 == $1.answer })
            #expect(report.chosenLetters.reduce(0, +) == 2 && report.orders.count == 1)
        }
    }

    @Test func lettersAreAskedForInEveryOrder() throws {
        let (model, file) = (try ScoringModel(TinyModel.path), try Self.file())
        let report = try QuestionTrial(file, orders: OptionOrders(number: 3)).letters(model)
        #expect(report.measure == "letters" && report.orders.count == 3 && report.unread == 0)
        // By hand: the letter at a place is the option that stands there in that order.
        for number in 0..<3 {
            let picks = try file.questions.map { question in
                let order = question.options.indices.map { ($0 + number) % question.options.count }
                let context = QuestionPrompt.letters.text(question, order: order)
                let letters = question.options.indices.map { String(LetterReader.letter($0)) }
                let sums = try model.logLikelihoods(
                    letters.map { OptionTokens(context: context, option: $0, encode: model.tokens) })
                return order[ChoiceScores(options: letters, logLikelihoods: sums).pick(.sum)]
            }
            let right = zip(picks, file.questions).count { $0 == $1.answer }
            #expect(report.orders[number] == Double(right) / 2)
        }
    }

    @Test func oneTokenOfManyIsScoredAsItIsAlone() throws {
        let model = try ScoringModel(TinyModel.path)
        let context = model.tokens("Question: the robot").map(Int32.init)
        let together = try model.logLikelihoods((5..<9).map { (context, [Int32($0)]) })
        // Beside an option of two tokens each is scored in its own sequence.
        let apart = try (5..<9).map {
            try model.logLikelihoods([(context, [Int32($0)]), (context, [5, 6])])[0]
        }
        for (a, b) in zip(together, apart) { #expect(abs(a - b) < 1e-4) }
        #expect(Set(together).count == 4)
    }

    /// A model of random numbers writes no letter, which counts as wrong and is reported.
    @Test func aReplyWithoutALetterIsWrong() throws {
        let file = try Self.file()
        let chat = try ChatModel(TinyModel.path)
        let report = try QuestionTrial(file, orders: OptionOrders(number: 1))
            .written(.direct, chat, template: chat.file.chatTemplate())
        var options = SamplingOptions()
        (options.temperature, options.mostTokens) = (0, 32)
        let letters = try file.questions.map { question in
            let turn = ChatMessage(role: "user", content: QuestionPrompt.direct.text(question))
            let prompt = try chat.prompt([turn], template: chat.file.chatTemplate())
            let reply = try chat.reply(to: prompt, options: options, seed: 0)
            return LetterReader(options: question.options.count)(reply.text)
        }
        #expect(report.unread == letters.count { $0 == nil } && report.measure == "direct")
    }

    @Test func aTextTooLongForTheModelIsRefused() throws {
        let model = try ScoringModel(TinyModel.path)
        let room = model.file.description.contextLength
        let long = [Int32](repeating: 5, count: room)
        #expect(throws: ModelFileError.tooLong(TinyModel.path, tokens: room + 1, context: room)) {
            try model.logLikelihoods([(long, [6])])
        }
        #expect(try model.logLikelihoods([OptionTokens]()).isEmpty)
    }
}
