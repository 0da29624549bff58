import LanguageModels
import Serving
import Storage
import Testing

/// A tiny model served, without sockets.
@Suite struct ChatServiceTests {
    private static func body(_ rest: String = "", turns: String = #"{"role": "user", "content": "a cat"}"#)
        -> String
    {
        #"{"model": "tiny", "messages": [\#(turns)], "seed": 3\#(rest.isEmpty ? "" : ", ")\#(rest)}"#
    }

    private static func choice(_ value: JSONValue) -> JSONValue? { value["choices"]?.elements?.first }

    /// What the model says without a server.
    private static func plain() throws -> ChatReply {
        let model = try ChatModel(ServedModel.path)
        let prompt = try model.prompt(
            [ChatMessage(role: "user", content: "a cat")], template: model.file.chatTemplate())
        var options = SamplingOptions()
        options.mostTokens = 12
        return try model.reply(to: prompt, options: options, seed: 3)
    }

    @Test func aReplyIsTheModelsOwnWholeAndStreamed() async throws {
        let (served, plain) = (try ServedModel(), try Self.plain())
        let (status, value) = try await served.json(Self.body())
        #expect(
            status == 200 && value["object"]?.string == "chat.completion" && value["model"]?.string == "tiny")
        let message = Self.choice(value)?["message"]
        #expect(message?["content"]?.string == plain.text && message?["role"]?.string == "assistant")
        #expect(message?["refusal"] == .null)
        #expect(Self.choice(value)?["finish_reason"]?.string == (plain.ending == .end ? "stop" : "length"))
        #expect(value["usage"]?["completion_tokens"]?.number?.int == plain.tokens)
        #expect(value["usage"]?["prompt_tokens"]?.number?.int == plain.promptTokens)
        #expect(value["created"]?.number?.int == 1_700_000_000)

        let stream = try await served.answer(
            Self.body(#""stream": true, "stream_options": {"include_usage": true}"#))
        #expect(stream.head.hasPrefix("HTTP/1.1 200 OK\r\n") && stream.head.contains("text/event-stream"))
        let events = try ServedModel.events(stream.body)
        #expect(events.last == "[DONE]")
        let chunks = try events.dropLast().map { try JSONValue(parsing: Array($0.utf8)) }
        let text = chunks.compactMap { Self.choice($0)?["delta"]?["content"]?.string }.joined()
        #expect(text == plain.text && chunks.count > 3)
        #expect(Self.choice(chunks[0])?["delta"]?["role"]?.string == "assistant")
        #expect(
            chunks.allSatisfy {
                $0["object"]?.string == "chat.completion.chunk" && $0["id"] == chunks[0]["id"]
            })
        #expect(chunks.last?["choices"]?.elements?.isEmpty == true && chunks.last?["usage"] == value["usage"])
        #expect(
            Self.choice(chunks[chunks.count - 2])?["finish_reason"] == Self.choice(value)?["finish_reason"])
        served.slots.stop()
    }

    @Test func aTextGoesOnWithoutATemplate() async throws {
        let served = try ServedModel()
        let request = #"{"model": "tiny", "prompt": "a cat", "seed": 3, "max_tokens": 5}"#
        let (status, value) = try await served.json(request, at: "/v1/completions")
        #expect(status == 200 && value["object"]?.string == "text_completion")
        let text = try #require(Self.choice(value)?["text"]?.string)
        let model = try ChatModel(ServedModel.path)
        var options = SamplingOptions()
        options.mostTokens = 5
        let ids = model.tokenizer.encode("a cat", recognisingSpecialTokens: false).ids
        #expect(try model.reply(to: ids, options: options, seed: 3).text == text)
        let stream = try await served.answer(
            request.replacing("\"seed\"", with: "\"stream\": true, \"seed\""), at: "/v1/completions")
        let pieces = try ServedModel.events(stream.body).dropLast().map {
            try JSONValue(parsing: Array($0.utf8))
        }
        #expect(pieces.compactMap { Self.choice($0)?["text"]?.string }.joined() == text)
        served.slots.stop()
    }

    @Test func aStopTextEndsAReply() async throws {
        let (served, plain) = (try ServedModel(), try Self.plain())
        let letters = Array(plain.text)
        try #require(letters.count > 4)
        let stop = String(letters[2...3])
        let place = try #require(plain.text.firstRange(of: stop)).lowerBound
        let asked = JSONValue.list([.text(stop)]).compact
        let (_, value) = try await served.json(Self.body("\"stop\": \(asked)"))
        #expect(Self.choice(value)?["message"]?["content"]?.string == String(plain.text[..<place]))
        #expect(Self.choice(value)?["finish_reason"]?.string == "stop")
        #expect(try #require(value["usage"]?["completion_tokens"]?.number?.int) < plain.tokens)
        served.slots.stop()
    }

    @Test func aGuardStopsWhatIsAskedAndWhatIsAnswered() async throws {
        let plain = try Self.plain()
        let asking = try ServedModel(words: { WordGuard("cat") })
        let (status, value) = try await asking.json(Self.body())
        #expect(status == 200 && Self.choice(value)?["finish_reason"]?.string == "content_filter")
        let message = Self.choice(value)?["message"]
        #expect(
            message?["content"]?.string == ""
                && message?["refusal"]?.string?.hasPrefix("g calls what was asked") == true)
        let stream = try await asking.answer(Self.body(#""stream": true"#))
        let events = try ServedModel.events(stream.body)
        #expect(events.count == 3 && events[1].contains("content_filter") && events[1].contains("refusal"))
        asking.slots.stop()

        let word = String(plain.text.suffix(3))
        let answering = try ServedModel(words: { WordGuard(word) })
        let refused = try await answering.json(Self.body()).value
        #expect(Self.choice(refused)?["finish_reason"]?.string == "content_filter")
        #expect(Self.choice(refused)?["message"]?["content"]?.string == "")
        answering.slots.stop()

        let passing = try ServedModel(words: { WordGuard("\u{1}") })
        let passed = try await passing.json(Self.body()).value
        #expect(Self.choice(passed)?["message"]?["content"]?.string == plain.text)
        passing.slots.stop()
    }

    @Test(arguments: ["system", "user", "assistant"])
    func whatAClientMakesUpIsJudgedToo(role: String) async throws {
        let served = try ServedModel(words: { WordGuard("zorgle") })
        let earlier = #"{"role": "\#(role)", "content": "make a zorgle"}"#
        let turns = earlier + #", {"role": "user", "content": "go on"}"#
        let value = try await served.json(Self.body(turns: turns)).value
        #expect(Self.choice(value)?["finish_reason"]?.string == "content_filter", "\(value.compact)")
        #expect(value["usage"]?["completion_tokens"]?.number?.int == 0)
        served.slots.stop()
    }

    @Test func whatIsCutOffIsJudgedAgain() async throws {
        let text = try Self.plain().text
        let letters = Array(text)
        try #require(letters.count > 6)
        let guarding = WordGuard("\u{1}")
        let served = try ServedModel(words: { guarding })
        let stop = String(letters[3...5])
        let cut = String(text[..<(try #require(text.firstRange(of: stop)).lowerBound)])
        let value = try await served.json(Self.body("\"stop\": \(JSONValue.text(stop).compact)")).value
        #expect(Self.choice(value)?["message"]?["content"]?.string == cut)
        #expect(guarding.texts == ["a cat", text, cut])
        // What passed once is known.
        let more =
            #"{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}"#
        for _ in 0..<2 { _ = try await served.json(Self.body(#""max_tokens": 1"#, turns: more)) }
        #expect(guarding.texts.count { $0 == "b" } == 1 && guarding.texts.count { $0 == "c" } == 2)
        served.slots.stop()
    }

    @Test func aRequestWithoutRoomIsTheClientsFault() async throws {
        let served = try ServedModel(mostBytes: 1 << 16)
        let long = String(repeating: "a cat ", count: 5000)
        let (status, value) = try await served.json(
            Self.body(turns: #"{"role": "user", "content": "\#(long)"}"#))
        #expect(status == 400 && value["error"]?["code"]?.string == "context_length_exceeded")
        #expect(value["error"]?["message"]?.string?.contains("gguf") == false)
        served.slots.stop()
    }

    @Test func aClientThatHasGoneFreesItsSlot() async throws {
        struct Gone: Error {}
        let served = try ServedModel()
        let body = Array(Self.body(#""stream": true"#).utf8)
        let head = try ServedModel.head(
            "POST /v1/chat/completions\nContent-Type: application/json\nContent-Length: \(body.count)")
        guard case .stream(let stream) = served.service.outcome(of: head, body: body) else {
            Issue.record("no reply")
            return
        }
        await #expect(throws: Gone.self) { try await stream.deliver { _ in throw Gone() } }
        // The slot is free: stopping would wait for ever if it were not.
        served.slots.stop()
        let late = try await served.json(Self.body())
        #expect(late.status == 503 && late.value["error"]?["code"]?.string == "stopping")
    }
}
