import Foundation
import Replay
import TestSupport
import Testing

/// Files of preferences that are made here.
@Suite struct PreferenceFileTests {
    private static func file<Result>(
        _ content: [UInt8], limits: PreferenceLimits = PreferenceLimits(),
        _ body: (PreferenceFile) throws -> Result
    ) throws -> Result {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("preferences-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(content).write(to: URL(fileURLWithPath: path))
        return try body(PreferenceFile(path, limits: limits))
    }

    /// What is thrown, behind the path.
    private func fault<Result>(
        _ text: String, limits: PreferenceLimits = PreferenceLimits(),
        _ body: (PreferenceFile) throws -> Result
    ) throws -> String {
        try Self.file(Array(text.utf8), limits: limits) { file in
            do {
                _ = try body(file)
                return "accepted"
            } catch let error as PreferenceError {
                return String(error.description.dropFirst(file.path.count))
            }
        }
    }

    private func row(
        _ fields: [String: String] = [:], without: Set<String> = []
    ) -> String {
        let standard = [
            "prompt": "\"Why?\"", "response_0": "\"A\"", "response_1": "\"B\"", "better_response_id": "0",
            "safer_response_id": "1", "is_response_0_safe": "false", "is_response_1_safe": "true",
            "prompt_source": "{\"deep\": [1, 2]}",
        ]
        let all = standard.merging(fields) { $1 }.filter { !without.contains($0.key) }
        return "{"
            + all.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
            + "}\n"
    }

    @Test func bothComparisonsOfAPairAreRead() throws {
        let rows = try Self.file(Array(row().utf8)) { try $0.safetyPairs() }
        let pair = try #require(rows.rows.first)
        #expect(pair.helpfulness == PreferencePair(Dialogue("Why?"), better: "A", worse: "B"))
        #expect(pair.safer.text == "B" && pair.safer.sign == 1)
        #expect(pair.unsafer.text == "A" && pair.unsafer.sign == -1)
        #expect(rows.places == [1] && rows.rejected.isEmpty)
    }

    @Test func rowsThatTheReferenceRejectsAreLeftOutAndReported() throws {
        let text = row() + "\n" + row(["safer_response_id": "0"]) + row(["response_1": "\"A\""]) + row()
        let rows = try Self.file(Array(text.utf8)) { try $0.safetyPairs() }
        #expect(rows.places == [1, 5])
        #expect(rows.rejected.map(\.row) == [3, 4])
        #expect(rows.rejected[0].reason == "the safer answer is labelled unsafe and the other safe")
        #expect(rows.rejected[1].reason == "both answers are equal")
    }

    @Test func answersWithEqualTokensAreLeftOut() throws {
        let text = row() + row(["response_1": "\"a\""]) + row()
        let rows = try Self.file(Array(text.utf8)) { try $0.safetyPairs() }
        func tokens(_ text: String) -> [Int32] { text.lowercased().utf8.map { Int32($0) } }
        let fewer = rows.rejectingEqualTokens { (tokens($0.answers[0].text), tokens($0.answers[1].text)) }
        #expect(fewer.places == [1, 3])
        #expect(fewer.rejected.map(\.row) == [2])
    }

    @Test func everyFaultNamesItsRow() throws {
        func fault(_ text: String) throws -> String { try self.fault(row() + text) { try $0.safetyPairs() } }
        #expect(
            try fault(row(without: ["response_1"]))
                == ": row 2: no field \"response_1\". Present: \"better_response_id\", \"is_response_0_safe\", "
                + "\"is_response_1_safe\", \"prompt\", \"prompt_source\", \"response_0\", \"safer_response_id\""
        )
        #expect(
            try fault(row(["prompt": "7"]))
                == ": row 2: field \"prompt\" is a whole number. Store it as text")
        #expect(try fault(row(["prompt": "\"\""])) == ": row 2: field \"prompt\" is empty. Leave the row out")
        #expect(
            try fault(row(["safer_response_id": "2"]))
                == ": row 2: field \"safer_response_id\" is 2. Store it as 0 or 1")
        #expect(
            try fault(row(["better_response_id": "true"]))
                == ": row 2: field \"better_response_id\" is true. Store it as 0 or 1")
        #expect(
            try fault(row(["is_response_0_safe": "1"]))
                == ": row 2: field \"is_response_0_safe\" is a whole number. Store it as true or false")
        #expect(try fault("[1]\n") == ": row 2: a list, not an object. Write one object a row")
        #expect(
            try fault("{\"prompt\" 1}\n")
                == ": row 2: column 11: \"1\" where \":\" should stand. Repair the row or leave it out")
    }

    @Test func whatIsNoFileOfRowsIsRefused() throws {
        #expect(try fault("\n\n") { try $0.prompts() } == ": no rows. Check that this is the file you mean")
        #expect(try fault("") { try $0.prompts() } == ": no rows. Check that this is the file you mean")
        #expect(
            try fault(row(), limits: PreferenceLimits(bytes: 20)) { try $0.prompts() }
                == ": more than 20 bytes, the most that is read. Split the file")
        #expect(
            try fault(row(), limits: PreferenceLimits(rowBytes: 20)) { try $0.prompts() }.hasPrefix(
                ": row 1: "))
        let missing = PreferenceFile("/nowhere/rows.jsonl")
        #expect(
            throws: PreferenceError(
                .missingInput, file: "/nowhere/rows.jsonl", "no such file. Check the path")
        ) { try missing.prompts() }
        #expect(throws: PreferenceError.self) { try PreferenceFile("/").prompts() }
    }

    @Test func gzipIsUnpackedWhateverItsName() throws {
        // {"prompt": "Hello"} and a line feed, packed with the empty name and time 0; then the same again.
        let packed: [UInt8] = [
            0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 1, 0x14, 0, 0xEB, 0xFF,
        ]
        let text = Array("{\"prompt\": \"Hello\"}\n".utf8)
        var member = packed + text
        for value in [crc32(text), UInt32(text.count)] {
            for shift in [0, 8, 16, 24] { member.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        #expect(try Self.file(member) { try $0.prompts() } == [Dialogue("Hello")])
        #expect(try Self.file(member + member) { try $0.prompts() } == [Dialogue("Hello")])
        for cut in [12, 20, member.count - 1] {
            #expect(throws: PreferenceError.self) {
                try Self.file(Array(member[..<cut])) { try $0.prompts() }
            }
        }
        var broken = member
        broken[20] ^= 1
        #expect(throws: PreferenceError.self) { try Self.file(broken) { try $0.prompts() } }
    }

    private func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }

    @Test func promptsAreKeptOnceInTheLastPlace() throws {
        let text = ["a", "b", "a", "c"].map { "{\"prompt\": \"\($0)\"}\n" }.joined()
        #expect(try Self.file(Array(text.utf8)) { try $0.prompts() }.map(\.turns) == [["b"], ["a"], ["c"]])
    }

    @Test func instructionsAndPromptsAreDemonstrations() throws {
        let text = """
            [{"instruction": "Add.", "input": "1 2", "output": "3"},
             {"instruction": "Hi", "input": "", "output": "Ho"}, {"prompt": "P", "response": "R"}]
            """
        #expect(
            try Self.file(Array(text.utf8)) { try $0.demonstrations() } == [
                Demonstration(Dialogue("Add. 1 2"), "3"), Demonstration(Dialogue("Hi"), "Ho"),
                Demonstration(Dialogue("P"), "R"),
            ])
    }

    @Test func conversationsAreRead() throws {
        let turn = #"{"from": "human", "value": "Q"}"#
        let answers = #""chosen": {"from": "gpt", "value": "A"}, "rejected": {"from": "gpt", "value": "B"}"#
        let text = "[{\"conversations\": [\(turn)], \(answers)}]"
        #expect(
            try Self.file(Array(text.utf8)) { try $0.conversationPairs() }.rows
                == [PreferencePair(Dialogue("Q"), better: "A", worse: "B")])
        #expect(
            try fault("[{\"conversations\": [], \(answers)}]") { try $0.conversationPairs() }
                == ": row 1: field \"conversations\" is no list of turns that ends with the human's")
        #expect(
            try fault("[{\"conversations\": [\(turn), \(turn)], \(answers)}]") { try $0.conversationPairs() }
                == ": row 1: conversations[1] is no turn with \"from\": \"gpt\" and text in \"value\"")
    }

    /// One rule for all layouts: an empty answer is learned from, and two of them are no choice.
    @Test func anEmptyAnswerIsAnAnswerInEveryLayout() throws {
        func file(_ text: String) throws -> [[String]] {
            let bytes = Array(text.utf8)
            if text.contains("response_0") {
                return try Self.file(bytes) { try $0.safetyPairs() }.rows.map { $0.answers.map(\.text) }
            }
            if text.contains("conversations") {
                return try Self.file(bytes) { try $0.conversationPairs() }.rows.map { [$0.better, $0.worse] }
            }
            return try Self.file(bytes) { try $0.dialoguePairs() }.rows.map { [$0.better, $0.worse] }
        }
        func rows(_ first: String, _ second: String) -> [String] {
            let turn = "\\n\\nHuman: Q\\n\\nAssistant:"
            return [
                """
                {"prompt": "Q", "response_0": "\(first)", "response_1": "\(second)", "better_response_id": 0,
                 "safer_response_id": 0, "is_response_0_safe": true, "is_response_1_safe": true}
                """.replacing("\n", with: " "),
                "{\"chosen\": \"\(turn) \(first)\", \"rejected\": \"\(turn) \(second)\"}",
                "{\"conversations\": [{\"from\": \"human\", \"value\": \"Q\"}], "
                    + "\"chosen\": {\"from\": \"gpt\", \"value\": \"\(first)\"}, "
                    + "\"rejected\": {\"from\": \"gpt\", \"value\": \"\(second)\"}}",
            ]
        }
        for row in rows("", "A") { #expect(try file(row) == [["", "A"]], "\(row)") }
        for row in rows("A", "") { #expect(try file(row) == [["A", ""]], "\(row)") }
        for row in rows("", "") { #expect(try file(row) == [], "\(row)") }
        for row in [#"{"prompt": "P", "response": ""}"#, #"{"instruction": "P", "output": ""}"#] {
            #expect(
                try Self.file(Array(row.utf8)) { try $0.demonstrations() } == [
                    Demonstration(Dialogue("P"), "")
                ])
        }
    }

    @Test func dialoguesEndWithTheAnswer() throws {
        let read = Dialogue.reading(
            "\n\nHuman: Hi\n\nAssistant: Ho\n\nThere\n\nHuman: So?\n\nAssistant: Yes ")
        #expect(read?.prompt.turns == ["Hi", "Ho\n\nThere", "So?"])
        #expect(read?.answer == "Yes")
        #expect(
            Dialogue.reading("\n\nHuman: Hi\n\nHuman: there\n\nAssistant: A")?.prompt.turns == ["Hi\n\nthere"]
        )
        #expect(Dialogue.reading("\n\nHuman: Hi") == nil)
        #expect(Dialogue.reading("\n\nAssistant: Hi") == nil)
        #expect(Dialogue.reading("Human: Hi\n\nAssistant: A") == nil)
        #expect(Dialogue.reading("\n\nHuman: Hi\n\nAssistant: A\n\nAssistant: B") == nil)
        #expect(Dialogue.reading("") == nil)
    }

    @Test func theTemplateIsTheReferences() throws {
        struct Formats: Decodable {
            struct Row: Decodable {
                let input: Input
                let eos, prompt, with_answer: String
            }
            enum Input: Decodable {
                case turns([String])
                init(from decoder: Decoder) throws {
                    let value = try decoder.singleValueContainer()
                    if let text = try? value.decode(String.self) {
                        self = .turns([text])
                    } else {
                        self = .turns(try value.decode([String].self))
                    }
                }
            }
            let prompt_format: [Row]
        }
        let url = Golden.directory("HCRLHF").appendingPathComponent("training_utils.json")
        let rows = try JSONDecoder().decode(Formats.self, from: try Data(contentsOf: url)).prompt_format
        #expect(rows.count >= 3)
        for row in rows {
            guard case .turns(let turns) = row.input else { continue }
            #expect(Dialogue(turns).prompt(end: row.eos) == row.prompt)
            #expect(Dialogue(turns).text(answeredBy: "An answer.", end: row.eos) == row.with_answer)
        }
    }
}
