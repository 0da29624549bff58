import Storage
import Synchronization

/// The server without its sockets: what it answers to a request.
public final class ChatService: ServedApplication {
    private let gate: RequestGate
    private let terms: ServingTerms
    private let slots: ReplySlots
    private let now: @Sendable () -> Int
    private let requests = Mutex<UInt64>(0)

    private static let replies: [String: CompletionRequest.Kind] = [
        "/v1/chat/completions": .chat, "/v1/completions": .text,
    ]

    /// Puts one together.
    ///
    /// - Parameters:
    ///   - gate: who may ask.
    ///   - terms: what may be asked.
    ///   - slots: write replies.
    ///   - now: seconds since 1970.
    public init(
        gate: RequestGate, terms: ServingTerms, slots: ReplySlots, now: @escaping @Sendable () -> Int
    ) {
        (self.gate, self.terms, self.slots, self.now) = (gate, terms, slots, now)
    }

    /// Judges a request by its header, before its body is read.
    public func admission(of head: RequestHead) -> ServedAdmission {
        if let error = gate.refusal(of: head) { return .answer(ServedAnswer(error)) }
        guard Self.replies[head.path] != nil else { return .answer(looked(up: head)) }
        guard head.method == "POST" else {
            return .answer(Self.refusal(405, "POST is needed for \(head.path)."))
        }
        // A page on the web may send a plain form here, but JSON only after it has asked, to which nobody answers.
        let kind = head.fields["content-type"]?.prefix { $0 != ";" }.lowercased()
        guard kind?.filter({ $0 != " " }) == "application/json" else {
            return .answer(Self.refusal(415, "Content-Type: application/json is needed."))
        }
        guard let length = head.bodyLength else {
            return .answer(Self.refusal(411, "a body is read by its Content-Length alone."))
        }
        guard length <= terms.mostBytes else {
            return .answer(
                Self.refusal(413, "the body has \(length) bytes, and at most \(terms.mostBytes) are read."))
        }
        return .body(length)
    }

    /// Answers a request that was admitted.
    ///
    /// - Parameters:
    ///   - head: its header.
    ///   - body: as long as that says.
    /// - Returns: the answer, or a reply that is being written.
    public func outcome(of head: RequestHead, body: [UInt8]) -> ServedOutcome {
        guard let kind = Self.replies[head.path] else { return .answer(looked(up: head)) }
        do throws(ServingError) {
            let request = try CompletionRequest(kind, body: body, terms: terms)
            let number = requests.withLock { count in
                defer { count += 1 }
                return count
            }
            let job = ReplyJob(request, number: number)
            try slots.submit(job)
            return .stream(
                ServedStream(
                    deliver: { [self] in try await deliver(job, by: $0) }, cancel: { job.cancel() },
                    expire: { job.expire() }))
        } catch {
            return .answer(ServedAnswer(error))
        }
    }

    /// Sends a reply as it comes.
    ///
    /// - Parameters:
    ///   - job: nobody else listens to it.
    ///   - write: is given the bytes in order; what it throws gives the reply up.
    /// - Throws: what `write` throws.
    public func deliver(_ job: ReplyJob, by write: ([UInt8]) async throws -> Void) async throws {
        defer { job.cancel() }
        let created = now()
        let encoder = ReplyEncoder(
            request: job.request, model: terms.model,
            identity: String(
                SHA256.hexadecimal(of: "\(terms.model) \(created) \(job.number)".utf8).prefix(24)),
            created: created)
        var (text, isBegun) = ("", false)
        func begin() async throws {
            guard !isBegun else { return }
            isBegun = true
            try await write(
                ServedAnswer.streamHead + (encoder.opening.map { ServedAnswer.event($0) } ?? []))
        }
        for await event in job.events {
            switch event {
            case .piece(let piece) where job.request.streams:
                try await begin()
                try await write(ServedAnswer.event(encoder.piece(piece)))
            case .piece(let piece): text += piece
            case .done(let end) where job.request.streams:
                try await begin()
                try await write(
                    encoder.closing(end).flatMap { ServedAnswer.event($0) } + ServedAnswer.streamEnd)
            case .done(let end): try await write(ServedAnswer(encoder.whole(text, end)).bytes)
            case .failed(let error):
                // Whoever reads a stream sees that it ended otherwise: the last event is not "[DONE]".
                try await write(
                    isBegun
                        ? ServedAnswer.event(error.json.compact) + ServedAnswer.streamEnd
                        : ServedAnswer(error).bytes)
            }
        }
    }

    /// Ends all replies, and waits until their threads have ended.
    public func stop() { slots.stop() }

    private static func refusal(_ status: Int, _ message: String) -> ServedAnswer {
        ServedAnswer(ServingError(status, message))
    }

    private func looked(up head: RequestHead) -> ServedAnswer {
        let known = ["/health", "/v1/models", "/v1/models/\(terms.model)"]
        guard known.contains(head.path) else {
            return Self.refusal(
                404,
                "nothing is at \(head.path). Known: \((Self.replies.keys.sorted() + known).joined(separator: ", "))."
            )
        }
        guard head.method == "GET", head.bodyLength ?? 0 == 0 else {
            return Self.refusal(405, "GET without a body is needed for \(head.path).")
        }
        let model = JSONValue.object([
            ("id", .text(terms.model)), ("object", .text("model")), ("created", .integer(now())),
            ("owned_by", .text("saferl")),
        ])
        switch head.path {
        case "/health":
            let load = slots.load
            return ServedAnswer(
                .object([
                    ("status", .text("ok")), ("slots", .integer(slots.slots)),
                    ("running", .integer(load.running)),
                    ("waiting", .integer(load.waiting)),
                ]))
        case "/v1/models":
            return ServedAnswer(.object([("object", .text("list")), ("data", .list([model]))]))
        default: return ServedAnswer(model)
        }
    }
}
