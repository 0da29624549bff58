import Alignment
import Foundation
import LanguageModels
import ModelSafety
import Storage
import TestSupport
import Testing

/// The file of a stream head.
@Suite struct StoredHeadTests {
    @Test func aHeadIsReadBackAsItWasWritten() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/h.safetensors"
        // Numbers that single precision has.
        let drawn = try HandMadeHead.drawn(3)
        let bytes = drawn.bytes
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let head = try StoredHead(contentsOf: path)
        #expect(head.bytes == bytes && head == drawn && StoredHead.isHead(path))
        let file = try SafetensorsFile(contentsOf: path)
        #expect(file.names.first == "risk_level_category_pre.weight" && file.names.count == 8)
        #expect(try file.shape(of: "query_category_head.weight") == [9, 1])
        #expect(try file.shape(of: "query_risk_level_category_layernorm.weight") == [1])
    }

    @Test func aFileThatWasChangedIsRefused() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/h.safetensors"
        let bytes = try HandMadeHead.drawn(3).bytes
        for place in stride(from: 0, to: bytes.count, by: 7) {
            var changed = bytes
            changed[place] ^= 1
            try Data(changed).write(to: URL(fileURLWithPath: path))
            #expect(throws: (any Error).self) { try StoredHead(contentsOf: path) }
        }
        try Data(bytes.dropLast()).write(to: URL(fileURLWithPath: path))
        #expect(throws: SafetensorsError.self) { try StoredHead(contentsOf: path) }
    }

    @Test func aHeadOfAnotherModelIsRefused() throws {
        let folder = try TemporaryDirectory()
        let head = try HandMadeHead.drawn(1)
        try head.check(try ModelFile(TinyModel.path), path: "h")
        // The same numbers in another file are another model: nobody has shown that its states are the same.
        let other = try ModelFile(try TinyModel.wide(in: folder.path))
        let error = #expect(throws: HeadError.self) { try head.check(other, path: "h") }
        #expect(error?.message.hasPrefix("h: reads the states of another model than ") == true)
        #expect(error?.kind == .badData)
    }

    /// A slip of one token is no flag: of two in a row the less doubtful one counts.
    @Test func aReplyIsAsDoubtfulAsTheWeakerOfTwoTokens() throws {
        let head = HeadGuard(try HandMadeHead.indifferent(), source: "h")
        func look(_ unsafe: Double) -> GuardProbabilities {
            GuardProbabilities(logProbabilities: [log(1 - unsafe), log(unsafe), -.infinity])
        }
        func verdict(_ unsafe: [Double]) -> GuardJudgement { head.judgement(reply: unsafe.map(look)) }
        let slip = verdict([0.1, 0.9, 0.2, 0.3])
        #expect(!slip.isUnsafe && abs((slip.probability ?? 1) - 0.2) < 1e-9)
        let flag = verdict([0.1, 0.9, 0.7, 0.3])
        #expect(flag.isUnsafe && abs((flag.probability ?? 0) - 0.7) < 1e-9 && flag.label == .unsafe)
        // A single token stands for two, and nothing is safe.
        #expect(verdict([0.9]).isUnsafe && !verdict([]).isUnsafe && verdict([]).probability == 0)
    }

    @Test func rowsOfAFileAreReadStrictly() throws {
        let folder = try TemporaryDirectory()
        func read(_ rows: String, isJudged: Bool = false) throws -> HeadRows {
            let path = folder.path + "/r.jsonl"
            try Data(rows.utf8).write(to: URL(fileURLWithPath: path))
            return try HeadRows(contentsOf: path, isJudged: isJudged)
        }
        func row(_ prompt: String, _ label: String, _ more: String = "") -> String {
            "{\"prompt\": \"\(prompt)\", \"prompt_label\": \"safe\", \"response\": \"abcdef\", \"label\": \"\(label)\"\(more)}\n"
        }
        let violent = ", \"category\": \"Violent\""
        let good = (0..<10).map { row("p\($0)", "safe") }.joined()
        let file = try read(good + row("p0", "unsafe", violent + ", \"unsafe_from\": 3"))
        #expect(file.rows.count == 11 && file.rows[10].unsafeFrom == 3 && file.rows[10].category == .violent)
        let (learned, heldOut) = file.parts(seed: 1)
        #expect((learned + heldOut).sorted() == Array(0..<11))
        let prompts = (Set(learned.map { file.rows[$0].prompt }), Set(heldOut.map { file.rows[$0].prompt }))
        #expect(prompts.1.count == 2 && prompts.0.isDisjoint(with: prompts.1))
        for bad in [
            row("p", "Unsafe", violent + ", \"unsafe_from\": 3"), row("p", "unsafe", ", \"unsafe_from\": 3"),
            row("p", "unsafe", violent), row("p", "unsafe", violent + ", \"unsafe_from\": 6"),
            row("p", "safe", ", \"unsafe_from\": 1"), row("p", "safe", ", \"category\": \"None\""),
            row("p", "unsafe", ", \"category\": \"Jailbreak\", \"unsafe_from\": 1"),
            row("p", "safe", ", \"more\": 1"), row("", "safe"), "[1]\n", "{\n",
        ] {
            let error = #expect(throws: HeadError.self, "\(bad)") { try read(good + bad) }
            #expect(error?.message.contains("r.jsonl: row 11") == true, "\(bad)")
        }
        #expect(try read(good + row("p", "unsafe", violent), isJudged: true).rows.count == 11)
        #expect(throws: HeadError.self) { try read(row("p", "safe")) }
    }

    @Test func rowsBecomeUnsafeWhereTheySay() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/r.jsonl"
        let text = """
            {"prompt": "a cat", "prompt_label": "unsafe", "category": "Violent", "response": "the robot and a spill", "label": "unsafe", "unsafe_from": 10}
            {"prompt": "a mat", "prompt_label": "safe", "response": "the robot", "label": "safe"}
            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let (model, file) = (try FrozenModel(TinyModel.path), try HeadRows(contentsOf: path))
        let lesson = try HeadLesson(
            [0, 1], of: file, by: model, ReplyLabeller(options: SamplingOptions(), seed: 0), judge: nil)
        let row = lesson.rows[0]
        let boundary = try #require(row.boundary)
        #expect(
            model.text(row.reply[..<boundary]).count <= 10 && model.text(row.reply[...boundary]).count > 10)
        #expect(row.risk.firstIndex(of: .unsafe) == boundary && row.promptRisk == .unsafe)
        #expect(StoredHead.replyCategories[row.category] == .violent)
        #expect(lesson.rows[1].boundary == nil && Set(lesson.rows[1].risk) == [.safe])
    }
}
