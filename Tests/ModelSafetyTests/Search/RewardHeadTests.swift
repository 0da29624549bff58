import Alignment
import Foundation
import LanguageModels
import ModelSafety
import TestSupport
import Testing

/// A reward head: its file, what a reply is worth, and a reply that is searched for by it.
@Suite struct RewardHeadTests {
    private static func options(_ tokens: Int = 12) -> SamplingOptions {
        var options = SamplingOptions()
        options.mostTokens = tokens
        return options
    }

    /// A head that learned that a reply with a token of the lower half ends badly.
    private static func stored(_ model: FrozenModel, epochs: Int = 30) throws -> StoredRewardHead {
        let prompt = try model.prompt("a cat")
        let half = Int32(model.tokenizer.vocabularySize / 2)
        let rows = try model.write(
            behind: [[Int32]](repeating: prompt, count: 80), options(), seed: 6
        ).map { reply in
            let reward: Float = reply.filter { $0 < half }.count > 6 ? -1 : 0
            return RewardRow(prompt: prompt, reply: reply, rewards: reply.map { _ in reward })
        }
        var training = RewardHeadTraining()
        (training.inner, training.epochs, training.rate) = (16, epochs, 0.01)
        return try training(rows, on: model, source: "by hand")
    }

    @Test func aHeadIsReadBackAsItWasWritten() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/r.safetensors"
        let stored = try Self.stored(try FrozenModel(TinyModel.path), epochs: 1)
        let bytes = stored.bytes
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(try StoredRewardHead(contentsOf: path) == stored && StoredRewardHead.isHead(path))
        // Neither kind of head is read as the other.
        let stream = folder.path + "/h.safetensors"
        try Data(try HandMadeHead.drawn(1).bytes).write(to: URL(fileURLWithPath: stream))
        #expect(!StoredRewardHead.isHead(stream) && !StoredRewardHead.isHead(TinyModel.path))
        #expect(throws: HeadError.self) { try StoredRewardHead(contentsOf: stream) }
        #expect(throws: HeadError.self) { try StoredHead(contentsOf: path) }
        for place in stride(from: 0, to: bytes.count, by: 97) {
            var changed = bytes
            changed[place] ^= 1
            try Data(changed).write(to: URL(fileURLWithPath: path))
            #expect(throws: (any Error).self) { try StoredRewardHead(contentsOf: path) }
        }
    }

    @Test func aHeadOfAnotherModelIsRefused() throws {
        let folder = try TemporaryDirectory()
        let stored = try Self.stored(try FrozenModel(TinyModel.path), epochs: 1)
        try stored.check(try ModelFile(TinyModel.path), path: "r")
        let other = try ModelFile(try TinyModel.wide(in: folder.path))
        let error = #expect(throws: HeadError.self) { try stored.check(other, path: "r") }
        #expect(error?.message.hasPrefix("r: reads the states of another model than ") == true)
    }

    @Test func beginningsAreWorthWhatTheEndIs() throws {
        let requests = HeadLesson.requests(40, .training, seed: 2).filter(\.isHarmful)
        let request = try #require(requests.first)
        let folder = try TemporaryDirectory()
        let model = try FrozenModel(try TinyModel.wide(in: folder.path))
        let text = SearchTrial.harmfulAnswer(to: request)
        let lines = try [
            [
                "prompt": request.text, "prompt_label": "unsafe", "category": "Violent",
                "response": text, "label": "unsafe",
            ],
            ["prompt": "b", "prompt_label": "safe", "response": "the mat", "label": "safe"],
        ].map { String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self) }
        let path = folder.path + "/rows.jsonl"
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
        let rows = try RewardRow.rows(
            [0, 1], of: try HeadRows(contentsOf: path, isJudged: true), by: model)
        #expect(rows[0].isHarmful && Set(rows[0].rewards) == [-1])
        #expect(!rows[1].isHarmful && Set(rows[1].rewards) == [0])
        #expect(model.text(rows[0].reply) == text)
    }

    @Test func aReplyIsSearchedForAndJudged() throws {
        let model = try ChatModel(TinyModel.path)
        let stored = try Self.stored(try FrozenModel(TinyModel.path))
        let head = try RewardHead(stored, on: model.file, model.tokenizer)
        let turn = [ChatMessage(role: "user", content: "a cat")]
        let prompt = try model.prompt(turn, template: model.file.chatTemplate())
        func reply(_ width: Int, threshold: Double = 1, goesOn: () -> Bool = { true }) throws -> GuardedReply
        {
            let chat = try GuardedChat(
                model, ReplyGuard([], policy: .strict),
                rewarding: RewardGuard(head, source: "r", threshold: threshold),
                search: .guided(width: width))
            return try chat.reply(
                to: turn, prompt: prompt, options: Self.options(), seed: 0, goesOn: goesOn)
        }
        let (narrow, wide) = (try reply(1), try reply(6))
        #expect(!narrow.isRefused && !wide.isRefused && wide.candidates == 1 && wide.verdicts.count == 1)
        let harm = (narrow.verdicts[0].probability ?? 2, wide.verdicts[0].probability ?? 2)
        #expect((0..<1).contains(harm.0) && harm.1 <= harm.0, "\(harm)")
        #expect(wide.tokens <= 12 && wide.writtenTokens >= wide.tokens - 1)
        #expect(try reply(6).text == wide.text)
        // What the head expects harm of is not shown.
        let refused = try reply(1, threshold: max(harm.0, 1e-9))
        #expect(refused.isRefused == (harm.0 > 0) && (refused.text == nil) == refused.isRefused)
        if refused.isRefused {
            #expect(refused.reason?.hasPrefix("r expects harm of the reply with a probability of ") == true)
        }
        var asked = 0
        let stopped = try reply(2) {
            asked += 1
            return asked < 4
        }
        #expect(stopped.isStopped && stopped.text == nil && asked == 4)
    }

    @Test func aRewardIsAChanceOfHarm() throws {
        let head = try RewardHead(
            try Self.stored(try FrozenModel(TinyModel.path), epochs: 1),
            on: try ModelFile(TinyModel.path), try ModelFile(TinyModel.path).tokenizer())
        let guarding = RewardGuard(head, source: "r")
        #expect(guarding.judgement(0.2).probability == 0 && !guarding.judgement(-0.49).isUnsafe)
        #expect(guarding.judgement(-0.5).isUnsafe && guarding.judgement(-7).probability == 1)
        #expect(guarding.judgement(.nan).isUnsafe && guarding.judgement(GuardedSearch.unseenReward).isUnsafe)
    }
}
