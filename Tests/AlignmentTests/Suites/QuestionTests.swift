import Alignment
import TestSupport
import Testing

/// Prompts, tokens of options and reports.
@Suite struct QuestionTests {
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
    struct Tables: Decodable { let rows: [Row] }

    /// The tokenizer is that of the table: it knows the texts that have to be asked about, and no others.
    @Test func tokensAndAccuraciesAreThoseOfTheReference() throws {
        let rows = try Golden.decode(Tables.self, "alignment", "questions.json").rows
        #expect(!rows.isEmpty)
        for row in rows {
            for (option, score) in zip(row.options, row.scores) {
                let whole = row.context + row.delimiter + option
                let tokens = try OptionTokens(context: row.context, option: option, delimiter: row.delimiter)
                {
                    text in
                    if text == whole { return score.context_tokens + score.continuation_tokens }
                    let isFront = whole.hasPrefix(text) && text.last?.isWhitespace == false
                    return isFront ? score.context_tokens : try #require(nil, "\(text)")
                }
                #expect(tokens.context == score.context_tokens && tokens.option == score.continuation_tokens)
            }
            let scores = ChoiceScores(options: row.options, logLikelihoods: row.scores.map(\.sum))
            for (measure, right) in [
                (ChoiceMeasure.sum, row.acc), (.perCharacter, row.acc_norm), (.perByte, row.acc_bytes),
            ] {
                #expect((scores.pick(measure) == row.answer) == (right == 1), "\(measure): \(row.context)")
            }
        }
    }

    /// A tokenizer that joins a blank with the letter behind it.
    private static func joined(_ text: String) -> [Int] {
        var tokens: [Int] = []
        var isBlank = false
        for byte in text.utf8 {
            if byte == 0x20 && !isBlank {
                isBlank = true
            } else {
                tokens.append(isBlank ? 1000 + Int(byte) : Int(byte))
                isBlank = false
            }
        }
        return isBlank ? tokens + [0x20] : tokens
    }

    @Test func blanksAtTheEndGoToTheOption() {
        for (context, delimiter) in [("ab", " "), ("ab ", "")] {
            let tokens = OptionTokens(
                context: context, option: "c", delimiter: delimiter, encode: Self.joined)
            #expect(tokens.context == [97, 98] && tokens.option == [1099])
        }
        let empty = OptionTokens(context: " \n", option: "c", delimiter: "", encode: Self.joined)
        #expect(empty.context.isEmpty && empty.option == [1010, 99])
    }

    private static func file() throws -> QuestionFile {
        let rows = [
            #"{"question": "Which?", "options": ["a", "b", "c"], "answer": 1, "category": ["fire", "x|y"], "level": "Easy"}"#,
            #"{"question": "What?", "options": ["d", "e"], "answer": 0, "category": "fire", "level": "Hard"}"#,
            #"{"question": "Who?", "options": ["f", "g"], "answer": 1}"#,
        ]
        return try QuestionFile(Array(rows.joined(separator: "\n").utf8), path: "qa.jsonl")
    }

    @Test func promptsAreWhatSuitesWrite() throws {
        let question = try Self.file().questions[0]
        #expect(QuestionPrompt.open.text(question) == "Question: Which?\nAnswer:")
        #expect(QuestionPrompt.letters.text(question) == "Question: Which?\nA: a\nB: b\nC: c\nAnswer:")
        let order = OptionOrders(number: 2).options(3, order: 1)
        #expect(
            QuestionPrompt.direct.text(question, order: order)
                == "Question: Which?\nA: b\nB: c\nC: a\nFinal Choice: ")
        #expect(
            QuestionPrompt.stepByStep.text(question)
                == "Question: Which?\nA: a\nB: b\nC: c\nStep-by-Step analysis: \nFinal Choice: ")
    }

    @Test func aReportHasWhatItIsReadBeside() throws {
        let report = QuestionReport(try Self.file(), answers: [[1, 1, nil], [1, 0, 1]], measure: "letters")
        #expect(report.correct.events == 1 && report.correct.trials == 3 && report.unread == 1)
        #expect(report.constantLetter == "B" && report.constantCorrect.events == 2)
        #expect(report.rightLetters == [1, 2] && report.chosenLetters == [0, 2])
        #expect(report.categories["fire"]?.events == 1 && report.categories["fire"]?.trials == 2)
        #expect(report.categories["x|y"]?.trials == 1 && report.levels["Hard"]?.events == 0)
        #expect(report.orders == [1.0 / 3, 1] && report.spread.isWithin(1e-12, of: 0.5.squareRoot() * 2 / 3))
        #expect(
            report.markdown == """
                | | |
                |---|---|
                | right (letters) | 33.3 % (0.8 to 90.6), 1 of 3 |
                | always B | 66.7 % (9.4 to 99.2), 2 of 3 |
                | no letter, counted as wrong | 1 |
                | orders of the options | 33.3 %, 100.0 %; deviation 47.1 % |
                | letter A | right 1 times, chosen 0 times |
                | letter B | right 2 times, chosen 2 times |
                | Easy | 100.0 % (2.5 to 100.0), 1 of 1 |
                | Hard | 0.0 % (0.0 to 97.5), 0 of 1 |
                | fire | 50.0 % (1.3 to 98.7), 1 of 2 |
                | x\\|y | 100.0 % (2.5 to 100.0), 1 of 1 |

                Suite, SHA-256: `\(report.suite)`

                """)
    }
}
