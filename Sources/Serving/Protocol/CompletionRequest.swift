import LanguageModels
import Storage

/// What the server says of itself to whoever reads requests.
public struct ServingTerms: Sendable {
    /// What the model is called.
    public let model: String
    /// Most tokens of a reply.
    public let mostTokens: Int
    /// Whether the server has its own words of the system, which no request replaces.
    public let hasSystem: Bool
    /// Whether several replies are drawn, which needs a temperature.
    public let needsTemperature: Bool
    /// Most bytes of a request's body.
    public let mostBytes: Int

    /// States them.
    public init(
        model: String, mostTokens: Int, hasSystem: Bool = false, needsTemperature: Bool = false,
        mostBytes: Int = 1 << 20
    ) {
        (self.model, self.mostTokens, self.hasSystem) = (model, mostTokens, hasSystem)
        (self.needsTemperature, self.mostBytes) = (needsTemperature, mostBytes)
    }
}

/// A request for a reply, checked.
public struct CompletionRequest: Sendable, Equatable {
    /// What is gone on from.
    public enum Subject: Sendable, Equatable {
        /// Turns, the last of the user.
        case conversation([ChatMessage])
        /// A text, without a template.
        case text(String)
    }

    /// What is gone on from.
    public var subject: Subject
    /// How tokens are chosen.
    public var options = SamplingOptions()
    /// Of the draws; nil where the server chooses.
    public var seed: UInt64?
    /// Texts before which a reply ends, at most four, none empty.
    public var stops: [String] = []
    /// Whether the reply is sent as it comes.
    public var streams = false
    /// Whether a stream ends with what was counted.
    public var includesUsage = false

    /// Which of the two kinds of request a body is.
    public enum Kind: Sendable { case chat, text }

    private static let shared = [
        "model", "stream", "stream_options", "max_tokens", "temperature", "top_p", "seed", "stop", "n",
        "user", "frequency_penalty", "presence_penalty", "logprobs", "logit_bias",
    ]
    private static let chat = [
        "messages", "max_completion_tokens", "top_logprobs", "response_format", "tools", "tool_choice",
    ]

    /// Reads a body strictly: a key that is not known, or that asks for what this server does not do, is refused.
    ///
    /// - Throws: `ServingError` with status 400, or 404 for another model.
    public init(_ kind: Kind, body: [UInt8], terms: ServingTerms) throws(ServingError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: body, limits: JSONLimits(bytes: terms.mostBytes, depth: 16))
        } catch {
            throw ServingError(400, "the body: \(error).", code: "invalid_json")
        }
        let own = kind == .chat ? Self.chat : ["prompt", "echo", "suffix", "best_of"]
        let fields = try RequestFields(value, known: Self.shared + own)
        guard let model = try fields.text("model") else {
            throw fields.fault("model", "needed. This server has \(quoted(terms.model)).")
        }
        guard model == terms.model else {
            throw ServingError(
                404, "model: there is no \(quoted(model)). This server has \(quoted(terms.model)).",
                code: "model_not_found", parameter: "model")
        }
        switch kind {
        case .chat:
            subject = .conversation(try Self.messages(fields, terms))
            try fields.refuse("response_format") { $0["type"]?.string == "text" }
            try fields.refuse("tools") { $0.elements?.isEmpty == true }
            try fields.refuse("tool_choice") { $0.string == "none" }
            try fields.refuse("top_logprobs") { $0.number?.int == 0 }
            try fields.refuse("logprobs") { $0.bool == false }
        case .text:
            subject = .text(try Self.prompt(fields))
            try fields.refuse("echo") { $0.bool == false }
            try fields.refuse("suffix") { _ in false }
            try fields.refuse("best_of") { $0.number?.int == 1 }
            try fields.refuse("logprobs") { _ in false }
        }
        try fields.refuse("n") { $0.number?.int == 1 }
        try fields.refuse("logit_bias") { $0.members?.isEmpty == true }
        for key in ["frequency_penalty", "presence_penalty"] {
            try fields.refuse(key) { $0.number?.double == 0 }
        }
        _ = try fields.text("user")
        try readSampling(fields, kind, terms)
        streams = try fields.flag("stream") ?? false
        if let extra = fields["stream_options"] {
            guard streams else { throw fields.fault("stream_options", "needs \"stream\": true.") }
            includesUsage =
                try RequestFields(extra, at: "stream_options.", known: ["include_usage"])
                .flag("include_usage") ?? false
        }
    }

    private mutating func readSampling(
        _ fields: RequestFields, _ kind: Kind, _ terms: ServingTerms
    ) throws(ServingError) {
        let range = 1...terms.mostTokens
        let newer = kind == .chat ? try fields.whole("max_completion_tokens", range) : nil
        let older = try fields.whole("max_tokens", range)
        if let newer, let older, newer != older {
            throw fields.fault("max_tokens", "differs from max_completion_tokens. Give one of them.")
        }
        // A text goes on for 16 tokens unless more are asked for, a conversation to the end of the reply.
        let standard = kind == .chat ? terms.mostTokens : min(16, terms.mostTokens)
        options.mostTokens = newer ?? older ?? standard
        options.temperature = Float(try fields.number("temperature", 0...2) ?? 1)
        options.topP = Float(try fields.number("top_p", 0...1) ?? 1)
        if options.topP == 0 { throw fields.fault("top_p", "a number above 0 is needed.") }
        if terms.needsTemperature && options.temperature == 0 {
            throw fields.fault("temperature", "must be above 0: this server searches among several replies.")
        }
        if let member = fields["seed"] {
            guard let number = member.number,
                let bits = number.int.map({ UInt64(bitPattern: Int64($0)) }) ?? number.uint64
            else { throw fields.fault("seed", "a whole number of 64 bits is needed.") }
            seed = bits
        }
        guard let stop = fields["stop"] else { return }
        let texts = stop.string.map { [$0] } ?? (stop.elements ?? []).compactMap(\.string)
        guard !texts.isEmpty, texts.count == stop.elements?.count ?? 1, texts.count <= 4,
            texts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 256 })
        else { throw fields.fault("stop", "one to four texts of 1 to 256 bytes are needed.") }
        stops = texts
    }

    private static func prompt(_ fields: RequestFields) throws(ServingError) -> String {
        let member = fields["prompt"]
        let single = member?.elements?.count == 1 ? member?.elements?.first : member
        guard let text = single?.string, !text.isEmpty else {
            throw fields.fault("prompt", "one text is needed, which is not empty.")
        }
        return text
    }

    private static func messages(
        _ fields: RequestFields, _ terms: ServingTerms
    ) throws(ServingError) -> [ChatMessage] {
        guard let elements = fields["messages"]?.elements, !elements.isEmpty else {
            throw fields.fault("messages", "a list of messages is needed, at least one.")
        }
        var messages: [ChatMessage] = []
        for (index, element) in elements.enumerated() {
            messages.append(try message(element, index, terms))
        }
        guard messages.last?.role == "user" else {
            throw fields.fault("messages", "the last message must be the user's.")
        }
        return messages
    }

    private static func message(
        _ value: JSONValue, _ index: Int, _ terms: ServingTerms
    ) throws(ServingError) -> ChatMessage {
        let fields = try RequestFields(
            value, at: "messages[\(index)].",
            known: [
                "role", "content", "name", "refusal", "tool_calls", "tool_call_id", "annotations", "audio",
            ])
        for key in ["name", "refusal", "tool_calls", "tool_call_id", "annotations", "audio"] {
            try fields.refuse(key) { $0.elements?.isEmpty == true }
        }
        let said = try fields.text("role") ?? ""
        guard
            let role = ["system": "system", "developer": "system", "user": "user", "assistant": "assistant"][
                said]
        else { throw fields.fault("role", "system, developer, user or assistant is needed.") }
        if role == "system" {
            guard index == 0 else {
                throw fields.fault("role", "only the first message may be the system's.")
            }
            guard !terms.hasSystem else {
                throw fields.fault(
                    "role", "this server has its own words of the system (--system). Leave yours out.")
            }
        }
        if let text = fields["content"]?.string { return ChatMessage(role: role, content: text) }
        guard let parts = fields["content"]?.elements, !parts.isEmpty else {
            throw fields.fault("content", "text, or a list of parts of text, is needed.")
        }
        var whole = ""
        for (place, part) in parts.enumerated() {
            guard part["type"]?.string == "text", let text = part["text"]?.string, part.members?.count == 2
            else {
                throw fields.fault("content", "part \(place) is no text, and this model reads nothing else.")
            }
            whole += text
        }
        return ChatMessage(role: role, content: whole)
    }
}
