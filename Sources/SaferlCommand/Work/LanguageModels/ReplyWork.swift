import LanguageModels
import ModelSafety
import SafeRL

/// How replies are written.
struct ReplyRequest {
    let system: String?
    let options: SamplingOptions
    let seed: UInt64
    let isJSON: Bool
}

/// Writes one reply, as it comes or as one JSON object.
struct ReplyWork {
    /// What is printed of a reply with `--json`.
    private struct Report: Encodable {
        let text: String
        let tokens, promptTokens, computedTokens: Int
        let ending: String
        let seconds, firstTokenSeconds: Double

        enum CodingKeys: String, CodingKey {
            case text, tokens, ending, seconds
            case promptTokens = "prompt_tokens"
            case computedTokens = "computed_prompt_tokens"
            case firstTokenSeconds = "first_token_s"
        }
    }

    let model: ChatModel
    let request: ReplyRequest

    /// Replies until the model ends, the limit is reached, or a signal that the caller watches asks for an end.
    ///
    /// - Parameters:
    ///   - prompt: tokens.
    ///   - number: of the reply in the conversation, from 0 on; every reply has a seed of its own.
    /// - Returns: what was said.
    /// - Throws: what the model throws; `OutputError`.
    func reply(to prompt: [Int32], number: UInt64) throws -> ChatReply {
        let clock = ContinuousClock()
        let start = clock.now
        var first: Double?
        let reply = try model.reply(
            to: prompt, options: request.options, seed: request.seed &+ number,
            goesOn: { SignalWatch.latest == nil }
        ) { piece in
            if first == nil { first = (clock.now - start) / .seconds(1) }
            if !request.isJSON { try Output.write(piece: Self.harmless(piece)) }
        }
        guard request.isJSON else {
            try Output.write(piece: "\n")
            return reply
        }
        let seconds = (clock.now - start) / .seconds(1)
        try Output.write(
            json: Report(
                text: reply.text, tokens: reply.tokens, promptTokens: reply.promptTokens,
                computedTokens: reply.computedTokens, ending: reply.ending.rawValue, seconds: seconds,
                firstTokenSeconds: first ?? seconds))
        return reply
    }

    /// Text without the characters that steer terminals; line breaks and tabs stay.
    static func harmless(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let steers = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            if !steers { scalars.append(scalar) }
        }
        return String(scalars)
    }
}

/// What `saferl answer` does.
struct AnswerWork {
    let model: String
    let text: String
    let isPlain: Bool
    let request: ReplyRequest
    let guarding: ReplyGuardRequest?

    func run() throws {
        let watch = SignalWatch()
        let model = try ChatModel(ModelFile.place(of: model))
        let guarded = try guarding.map { try GuardedReplyWork(model, $0, request: request) }
        let turn = ChatMessage(role: "user", content: text)
        let prompt: [Int32]
        if isPlain {
            prompt = model.tokenizer.encode(text, recognisingSpecialTokens: false).ids
        } else {
            let messages =
                (request.system.map { [ChatMessage(role: "system", content: $0)] } ?? [])
                + [turn]
            prompt = try model.prompt(messages, template: try model.file.chatTemplate())
        }
        if let guarded {
            let reply = try guarded.reply(to: [turn], prompt: prompt, number: 0)
            if reply.isStopped, let signal = watch.pending { throw CommandStatus(signal: signal) }
            return
        }
        let reply = try ReplyWork(model: model, request: request).reply(to: prompt, number: 0)
        if reply.ending == .stopped, let signal = watch.pending { throw CommandStatus(signal: signal) }
    }
}
