import Alignment
import Foundation
import Testing

/// Files of questions, good and bad.
@Suite struct QuestionFileTests {
    private static func read(_ text: String) throws -> [Question] {
        try QuestionFile(Array(text.utf8), path: "qa.jsonl").questions
    }

    @Test func bothLayoutsAreRead() throws {
        let questions = try Self.read(
            """
            {"question": "Which?", "options": ["a", "b"], "answer": 1, "category": "fire", "row": 3}

            {"Question": "Which one?\\n\\nA: gloves\\nB: a coat,\\nwhite\\nC: none", "Correct Answer": "B", \
            "Category": ["PPE", "fire"], "Topic": "PPE", "Level": "Hard", "Explanation": "So.", "Image Path": null}
            """)
        #expect(questions.count == 2)
        #expect(questions[0].options == ["a", "b"] && questions[0].answer == 1)
        #expect(questions[0].categories == ["fire"] && questions[0].level == nil)
        #expect(questions[1].question == "Which one?")
        #expect(questions[1].options == ["gloves", "a coat,\nwhite", "none"] && questions[1].answer == 1)
        #expect(questions[1].categories == ["PPE", "fire"] && questions[1].level == "Hard")
        #expect(questions[1].explanation == "So.")
    }

    private static let wrong: [(row: String, message: String)] = [
        (
            "",
            "qa.jsonl: no question. A suite has a JSON object with question, options and answer in each row."
        ),
        ("[1]", "qa.jsonl: row 1: a list where a question is needed."),
        (
            "{\"question\": \"a\"",
            "qa.jsonl: row 1, column 17: the file ends where \",\" or \"}\" should stand"
        ),
        (
            "{\"question\": \"a\", \"options\": [\"b\", \"c\"], \"anwser\": 1}",
            "qa.jsonl: row 1: anwser: unknown key. Did you mean \"answer\"?"
        ),
        (
            "{\"options\": [\"b\", \"c\"], \"answer\": 1}",
            "qa.jsonl: row 1: question: a text that is not blank is needed."
        ),
        (
            "{\"question\": \" \", \"options\": [\"b\", \"c\"], \"answer\": 1}",
            "qa.jsonl: row 1: question: a text that is not blank is needed."
        ),
        (
            "{\"question\": \"a\", \"options\": \"b\", \"answer\": 1}",
            "qa.jsonl: row 1: options: a list of texts is needed."
        ),
        (
            "{\"question\": \"a\", \"options\": [\"b\"], \"answer\": 0}",
            "qa.jsonl: row 1: options: 1 of them, where 2 to 26 are needed."
        ),
        (
            "{\"question\": \"a\", \"options\": [\"b\", 3], \"answer\": 0}",
            "qa.jsonl: row 1: options: each is a text that is not blank."
        ),
        (
            "{\"question\": \"a\", \"options\": [\"b\", \"c\", \"b\"], \"answer\": 0}",
            "qa.jsonl: row 1: options: C is the same as one before it. Give each option once."
        ),
        (
            "{\"question\": \"a\", \"options\": [\"b\", \"c\"], \"answer\": 2}",
            "qa.jsonl: row 1: answer: a whole number from 0 to 1 is needed, the right option's index."
        ),
        (
            "{\"question\": \"a\", \"options\": [\"b\", \"c\"], \"answer\": \"B\"}",
            "qa.jsonl: row 1: answer: a whole number from 0 to 1 is needed, the right option's index."
        ),
        (
            "{\"question\": \"a\", \"options\": [\"b\", \"c\"], \"answer\": 0, \"category\": [1]}",
            "qa.jsonl: row 1: category: a list where a text or a list of texts is needed."
        ),
        (
            "{\"question\": \"a\", \"options\": [\"b\", \"c\"], \"answer\": 0, \"level\": 3}",
            "qa.jsonl: row 1: level: a whole number where text is needed."
        ),
        (
            "{\"Question\": \"Which?\\nA: b\\nB: c\", \"Correct Answer\": \"A\", \"Image Path\": \"a.png\"}",
            "qa.jsonl: row 1: Image Path: the question shows a picture, which no model here reads. Leave such rows out."
        ),
        (
            "{\"Question\": \"Which?\\nB: b\\nC: c\", \"Correct Answer\": \"A\"}",
            "qa.jsonl: row 1: Question: no options in it. They stand on lines of their own behind the question, \"A: …\", \"B: …\" and so on."
        ),
        (
            "{\"Question\": \"Which?\\nA: b\\nB: c\", \"Correct Answer\": \"C\"}",
            "qa.jsonl: row 1: Correct Answer: one of A, B is needed."
        ),
        (
            "{\"question\": \"a\", \"options\": [\"b\", \"c\"], \"answer\": 0}\n\n{\"question\": \"a\", \"question\": 3}",
            "qa.jsonl: row 3, column 19: \"question\" stands here a second time, after 1:2. Remove one"
        ),
    ]

    @Test(arguments: wrong) func aBadRowIsOneLine(_ row: String, _ message: String) {
        #expect(throws: SuiteError(message)) { try Self.read(row) }
    }

    @Test func aFileThatIsNotThereIsAFault() {
        #expect(throws: (any Error).self) { try QuestionFile(contentsOf: "/nowhere/qa.jsonl") }
    }

    /// What cuts and flips of bytes make of a good file is read or refused, and never ends the program.
    @Test func mutationsAreReadOrRefused() {
        let good = Array(
            """
            {"question": "Which?", "options": ["a", "b"], "answer": 1, "category": ["fire"], "level": "Easy"}
            {"Question": "Which one?\\nA: gloves\\nB: a coat", "Correct Answer": "B", "Category": []}
            """.utf8)
        var random = SplitMix(seed: 11)
        var refused = 0
        for _ in 0..<2000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: bytes[(place / 2)..<place], at: place)
                }
            }
            do {
                _ = try QuestionFile(bytes, path: "qa.jsonl")
            } catch let error as SuiteError {
                refused += error.description.contains("\n") ? 0 : 1
            } catch { Issue.record("\(error)") }
        }
        #expect(refused > 500)
    }

    /// The part of LabSafety Bench beside the package, whose right letters are not spread evenly.
    @Test(.enabled(if: labSafety != nil, "SAFERL_SHARED names no questions of LabSafety Bench"))
    func laboratoryQuestionsAreRead() throws {
        let file = try QuestionFile(contentsOf: #require(labSafety))
        #expect(file.questions.count == 306 && file.hash.count == 64)
        let answers = file.questions.map(\.answer)
        let shares = LetterShares(right: answers, chosen: answers)
        #expect(shares.right == [54, 120, 78, 54])
        #expect(shares.bestConstant.option == 1 && shares.bestConstant.correct.events == 120)
    }
}

private let labSafety: String? = ProcessInfo.processInfo.environment["SAFERL_SHARED"]
    .map { $0 + "/data/labsafety/qa.jsonl" }.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
