import Storage

/// Writes replies as the protocol has them.
struct ReplyEncoder {
    let request: CompletionRequest
    let model: String
    let identity: String
    /// Seconds since 1970 at which the request came.
    let created: Int

    private var isChat: Bool { if case .conversation = request.subject { true } else { false } }

    private func object(_ kind: String, _ rest: [(String, JSONValue)]) -> JSONValue {
        .object(
            [
                ("id", .text("\(isChat ? "chatcmpl" : "cmpl")-\(identity)")), ("object", .text(kind)),
                ("created", .integer(created)), ("model", .text(model)),
            ] + rest)
    }

    private func usage(_ end: ReplyEnd) -> JSONValue {
        .object([
            ("prompt_tokens", .integer(end.promptTokens)), ("completion_tokens", .integer(end.tokens)),
            ("total_tokens", .integer(end.promptTokens + end.tokens)),
        ])
    }

    private func choice(_ what: (String, JSONValue), _ reason: ReplyEnd.Reason?) -> JSONValue {
        .list([
            .object([
                ("index", .integer(0)), what, ("logprobs", .null),
                ("finish_reason", reason.map { .text($0.rawValue) } ?? .null),
            ])
        ])
    }

    /// A whole reply.
    func whole(_ text: String, _ end: ReplyEnd) -> JSONValue {
        let message = JSONValue.object([
            ("role", .text("assistant")), ("content", .text(text)),
            ("refusal", end.refusal.map(JSONValue.text) ?? .null),
        ])
        let what = isChat ? ("message", message) : ("text", JSONValue.text(text))
        return object(
            isChat ? "chat.completion" : "text_completion",
            [("choices", choice(what, end.reason)), ("usage", usage(end))])
    }

    private func chunk(_ delta: [(String, JSONValue)], text: String, _ reason: ReplyEnd.Reason?) -> String {
        let what = isChat ? ("delta", JSONValue.object(delta)) : ("text", .text(text))
        var rest = [("choices", choice(what, reason))]
        if request.includesUsage { rest.append(("usage", .null)) }
        return object(isChat ? "chat.completion.chunk" : "text_completion", rest).compact
    }

    /// The event before the first piece; nil where the protocol has none.
    var opening: String? {
        isChat ? chunk([("role", .text("assistant")), ("content", .text(""))], text: "", nil) : nil
    }

    /// The event of a piece.
    func piece(_ text: String) -> String { chunk([("content", .text(text))], text: text, nil) }

    /// The events at the end.
    func closing(_ end: ReplyEnd) -> [String] {
        var events = [chunk(end.refusal.map { [("refusal", .text($0))] } ?? [], text: "", end.reason)]
        if request.includesUsage {
            events.append(
                object(
                    isChat ? "chat.completion.chunk" : "text_completion",
                    [("choices", .list([])), ("usage", usage(end))]
                ).compact)
        }
        return events + ["[DONE]"]
    }
}
