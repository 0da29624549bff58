import ModelSafety
import Testing

/// Lists of prompts in three formats.
@Suite struct PromptListTests {
    @Test func allFormatsGiveTheSameWords() throws {
        let words = [["a", "b"], ["c"]]
        for (path, text, rows) in [
            ("p.txt", "a  b\r\n\n\tc\n", [1, 3]), ("p.json", #"["a b", {"prompt": " c"}]"#, [1, 2]),
            ("P.JSONL", "{\"prompt\": \"a b\"}\n\n\"c\"\n", [1, 3]),
        ] {
            let list = try PromptList(Array(text.utf8), path: path)
            #expect(list.prompts == words && list.rows == rows, "\(path)")
        }
    }

    @Test(arguments: [
        ("p.csv", "a", "p.csv: prompts are read from files whose names end in .txt, .json or .jsonl."),
        ("p.txt", " \n", "p.txt: no prompt. Write one a line."),
        ("p.json", "[]", "p.json: no prompt. Write one a line."),
        ("p.json", "{}", "p.json: an object, where a list of prompts is needed."),
        (
            "p.json", #"["a", "#,
            "p.json:1:7: not the strict JSON that is read. Write a list of texts in quotation marks."
        ),
        ("p.json", #"["a", " "]"#, "p.json: row 2: a prompt without words. Leave it out."),
        (
            "p.json", #"["a", {"prompt": "b", "x": 1}]"#,
            "p.json: row 2: a prompt is a text, or an object whose one key is \"prompt\"."
        ),
        (
            "p.jsonl", "\"a\"\n{\"secret\": 1}",
            "p.jsonl: row 2: a prompt is a text, or an object whose one key is \"prompt\"."
        ),
        (
            "p.jsonl", "\"a\"\n\"secret",
            "p.jsonl: row 2, column 1: not the strict JSON that is read. Write each prompt as a text in quotation marks."
        ),
        (
            "p.txt", "a\nb\u{1}",
            "p.txt: row 2: a control character. Write the prompt as text, or the file as JSON."
        ),
        ("p.txt", "\u{FEFF}a", "p.txt: row 1: begins with a byte-order mark. Save it as UTF-8 without one."),
    ]) func whatIsNoListIsRefusedInOneLineWithoutItsWords(path: String, text: String, message: String) {
        #expect(throws: FilterError(message)) { try PromptList(Array(text.utf8), path: path) }
    }

    @Test func bytesThatAreNoTextAreRefused() {
        #expect(throws: FilterError("p.txt: row 2: text that is not UTF-8. Save it as UTF-8.")) {
            try PromptList([0x61, 0x0A, 0xFF], path: "p.txt")
        }
    }

    @Test func promptsAreTheSameWhateverTheirBlanksAndCapitals() throws {
        let list = try FilterTexts.list(["A b", "c", "a  B"])
        #expect(list.marks[0] == list.marks[2] && list.marks[0] != list.marks[1])
        #expect(list.unseen(by: []) == [["A", "b"], ["c"]])
        #expect(list.unseen(by: [list.marks[1]]) == [["A", "b"]])
        #expect(
            throws: FilterError(
                "list.txt: rows 1 and 3 are the same prompt. A bound counts independent prompts: leave one out."
            )
        ) { try list.checkDistinct() }
        try FilterTexts.list(["a b", "b a"]).checkDistinct()
    }
}
