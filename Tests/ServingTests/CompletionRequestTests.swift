import LanguageModels
import Serving
import Testing

/// Bodies of requests, read strictly.
@Suite struct CompletionRequestTests {
    private static let terms = ServingTerms(model: "m", mostTokens: 100)

    private static func read(
        _ rest: String, _ kind: CompletionRequest.Kind = .chat, _ terms: ServingTerms = terms
    ) throws -> CompletionRequest {
        let subject = kind == .chat ? #""messages": [{"role": "user", "content": "Hi"}]"# : #""prompt": "Hi""#
        let body =
            rest.hasPrefix("{") ? rest : "{\"model\": \"m\", \(subject)\(rest.isEmpty ? "" : ", ")\(rest)}"
        return try CompletionRequest(kind, body: Array(body.utf8), terms: terms)
    }

    @Test func whatIsNotSaidIsTheProtocols() throws {
        let chat = try Self.read("")
        #expect(chat.subject == .conversation([ChatMessage(role: "user", content: "Hi")]))
        #expect(chat.options.temperature == 1 && chat.options.topP == 1 && chat.options.mostTokens == 100)
        #expect(chat.seed == nil && chat.stops == [] && !chat.streams && !chat.includesUsage)
        let text = try Self.read("", .text)
        #expect(text.subject == .text("Hi") && text.options.mostTokens == 16)
    }

    @Test func whatIsSaidIsRead() throws {
        let request = try Self.read(
            #""stream": true, "stream_options": {"include_usage": true}, "max_completion_tokens": 7, "temperature": 0.5, "top_p": 0.25, "seed": -1, "stop": ["a", "b"], "n": 1, "user": "u", "logprobs": false, "tools": [], "response_format": {"type": "text"}, "logit_bias": null"#
        )
        #expect(
            request.streams && request.includesUsage && request.stops == ["a", "b"] && request.seed == .max)
        #expect(
            request.options.mostTokens == 7 && request.options.temperature == 0.5
                && request.options.topP == 0.25)
        #expect(try Self.read(#""stop": "x", "seed": 18446744073709551615"#).stops == ["x"])
        #expect(
            try Self.read(#""prompt": ["Ho"]"#.isEmpty ? "" : #"{"model": "m", "prompt": ["Ho"]}"#, .text)
                .subject == .text("Ho"))
    }

    @Test func aConversationHasRolesAndParts() throws {
        let request = try Self.read(
            #"{"model": "m", "messages": [{"role": "developer", "content": "s"}, {"role": "assistant", "content": "a", "refusal": null}, {"role": "user", "content": [{"type": "text", "text": "b"}, {"type": "text", "text": "c"}]}]}"#
        )
        #expect(
            request.subject
                == .conversation([
                    ChatMessage(role: "system", content: "s"), ChatMessage(role: "assistant", content: "a"),
                    ChatMessage(role: "user", content: "bc"),
                ]))
    }

    static let bad: [(String, Int, String)] = [
        ("{", 400, "the body: 1:2"), (#"{"messages": []}"#, 400, "model: needed."),
        ("{\"model\": 3}", 400, "model: text is needed."),
        (#"{"model": "n", "messages": []}"#, 404, "model: there is no \"n\"."),
        (#"{"model": "m", "model": "m"}"#, 400, "the body:"),
        (#"{"model": "m", "messages": []}"#, 400, "messages: a list"),
        (
            #"{"model": "m", "messages": [{"role": "assistant", "content": "a"}]}"#, 400,
            "messages: the last message must be the user's."
        ),
        (
            #"{"model": "m", "messages": [{"role": "tool", "content": "a"}]}"#, 400,
            "messages[0].role: system, developer"
        ),
        (
            #"{"model": "m", "messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "a"}, {"role": "user", "content": "a"}]}"#,
            400, "messages[1].role: only the first"
        ),
        (
            #"{"model": "m", "messages": [{"role": "user", "content": null}]}"#, 400,
            "messages[0].content: text, or"
        ),
        (
            #"{"model": "m", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]}"#,
            400, "messages[0].content: part 0 is no text"
        ),
        (
            #"{"model": "m", "messages": [{"role": "user", "content": "a", "name": "x"}]}"#, 400,
            "messages[0].name: not supported"
        ),
        (#""temperatur": 1"#, 400, "temperatur: unknown key. Did you mean \"temperature\"?"),
        (#""temperature": 2.5"#, 400, "temperature: a number from 0.0 to 2.0"),
        (#""top_p": 0"#, 400, "top_p: a number above 0"),
        (#""max_tokens": 101"#, 400, "max_tokens: a whole number from 1 to 100"),
        (#""max_tokens": 0"#, 400, "max_tokens: a whole number"),
        (#""max_tokens": 3, "max_completion_tokens": 4"#, 400, "max_tokens: differs"),
        (#""n": 2"#, 400, "n: not supported"),
        (#""stop": []"#, 400, "stop: one to four"), (#""stop": ["a", ""]"#, 400, "stop: one to four"),
        (#""stop": ["1","2","3","4","5"]"#, 400, "stop: one"),
        (#""stop": [1]"#, 400, "stop: one to four"), (#""seed": 1.5"#, 400, "seed: a whole number"),
        (#""stream": 1"#, 400, "stream: true or false"),
        (#""stream_options": {"include_usage": true}"#, 400, "stream_options: needs"),
        (#""logprobs": true"#, 400, "logprobs: not supported"),
        (#""tools": [{}]"#, 400, "tools: not supported"),
        (#""response_format": {"type": "json_object"}"#, 400, "response_format: not"),
        (#""frequency_penalty": 0.1"#, 400, "frequency_penalty: not supported"),
        (#""user": 3"#, 400, "user: text is needed."),
        (#""messages\n": 3"#, 400, "messages\\n: unknown key."),
    ]

    @Test(arguments: bad) func whatIsNotUnderstoodIsRefused(rest: String, status: Int, message: String) {
        let error = #expect(throws: ServingError.self) { try Self.read(rest) }
        #expect(
            error?.status == status && error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("\n") == false)
    }

    @Test func aSearchNeedsATemperatureAndAServersOwnWordsStay() throws {
        let searching = ServingTerms(model: "m", mostTokens: 9, needsTemperature: true)
        let error = #expect(throws: ServingError.self) {
            try Self.read(#""temperature": 0"#, .chat, searching)
        }
        #expect(error?.parameter == "temperature")
        let own = ServingTerms(model: "m", mostTokens: 9, hasSystem: true)
        let body =
            #"{"model": "m", "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]}"#
        #expect(throws: ServingError.self) { try Self.read(body, .chat, own) }
        #expect(throws: Never.self) { try Self.read(body, .chat, searching) }
    }
}
