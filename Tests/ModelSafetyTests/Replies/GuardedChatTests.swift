import Alignment
import LanguageModels
import ModelSafety
import Testing

/// A model between guards.
@Suite struct GuardedChatTests {
    private static let turn = [ChatMessage(role: "user", content: "a cat")]

    private static func options() -> SamplingOptions {
        var options = SamplingOptions()
        (options.temperature, options.mostTokens) = (1, 12)
        return options
    }

    private static func reply(
        _ guards: [any TextGuard], _ search: ReplySearch = .once, asked: [ChatMessage] = turn,
        seed: UInt64 = 3, goesOn: () -> Bool = { true }
    ) throws -> GuardedReply {
        let model = try ChatModel(TinyModel.path)
        let prompt = try model.prompt(asked, template: model.file.chatTemplate())
        let chat = try GuardedChat(
            model, ReplyGuard(guards, policy: .strict), search: search,
            rolling: RollingReply(stride: 4, buffer: 8, tries: 2))
        return try chat.reply(
            to: asked, prompt: prompt, options: options(), seed: seed, goesOn: goesOn)
    }

    private static func plain(_ seed: UInt64) throws -> ChatReply {
        let model = try ChatModel(TinyModel.path)
        let prompt = try model.prompt(turn, template: model.file.chatTemplate())
        return try model.reply(to: prompt, options: options(), seed: seed)
    }

    @Test func aPromptThatIsRefusedIsNotAnswered() throws {
        let reply = try Self.reply([ScriptedGuard("cat")])
        #expect(reply.isRefused && reply.text == nil && reply.writtenTokens == 0 && reply.candidates == 0)
        #expect(reply.verdicts.count == 1 && reply.reason == reply.verdicts[0].reason)
    }

    @Test(arguments: [ReplySearch.once, .best(of: 3), .rollingBack])
    func aReplyThatPassesIsThatOfTheModel(search: ReplySearch) throws {
        let guarding = ScriptedGuard("\u{1}never")
        let (reply, plain) = (try Self.reply([guarding], search), try Self.plain(3))
        #expect(reply.text == plain.text && reply.tokens == plain.tokens && !reply.isRefused)
        #expect(reply.verdicts.map(\.subject) == [.prompt, .response] && reply.ending == plain.ending)
        #expect(guarding.asked[0] == "a cat" && guarding.asked.last != "a cat")
    }

    @Test(arguments: [ReplySearch.once, .best(of: 3), .rollingBack])
    func aReplyThatIsUnsafeIsNotShown(search: ReplySearch) throws {
        // Every text holds nothing at its end: the prompt's guard is another.
        let reply = try Self.reply(
            [ScriptedGuard("\u{1}never", judgesReplies: false), RepliesAreUnsafe()], search)
        #expect(reply.isRefused && reply.text == nil && reply.reason?.contains("the reply") == true)
        #expect(reply.verdicts.last?.isUnsafe == true && reply.tokens >= 0 && reply.writtenTokens > 0)
        if search == .rollingBack { #expect(reply.rollBacks == 3 && reply.tokens == 0) }
    }

    @Test func theLeastDoubtfulOfSeveralIsKept() throws {
        let replies = try (0..<4 as Range<UInt64>).map { try Self.plain(3 &+ ($0 << 32)).text }
        #expect(Set(replies).count > 1)
        for wanted in replies.indices where replies.firstIndex(of: replies[wanted]) == wanted {
            let reply = try Self.reply([Prefers(replies[wanted])], .best(of: 4))
            #expect(reply.text == replies[wanted] && reply.candidates == 4)
            #expect(reply.verdicts.last?.probability == 0.1)
        }
    }

    @Test func aStoppedReplyIsNeitherShownNorRefused() throws {
        for search in [ReplySearch.once, .best(of: 2), .rollingBack] {
            let reply = try Self.reply([ScriptedGuard("\u{1}")], search, goesOn: { false })
            #expect(reply.isStopped && reply.text == nil && !reply.isRefused)
        }
    }
}

/// Calls every reply unsafe.
private struct RepliesAreUnsafe: TextGuard {
    var judgesReplies: Bool { true }

    func judge(_ conversation: [ChatMessage], _ policy: GuardPolicy) -> GuardJudgement {
        let isReply = conversation.last?.role == "assistant"
        return GuardJudgement(
            "r", isReply ? .response : .prompt, .filter(isReply ? 1 : 0), isUnsafe: isReply,
            probability: isReply ? 1 : 0)
    }
}

/// Doubts every text but one.
private struct Prefers: TextGuard {
    let text: String
    var judgesReplies: Bool { true }

    init(_ text: String) { self.text = text }

    func judge(_ conversation: [ChatMessage], _ policy: GuardPolicy) -> GuardJudgement {
        let doubt = conversation.last?.content == text ? 0.1 : 0.4
        return GuardJudgement(
            "p", conversation.last?.role == "assistant" ? .response : .prompt, .filter(doubt),
            isUnsafe: false,
            probability: doubt)
    }
}
