import Storage

/// A request that is not answered, as the protocol says it.
public struct ServingError: Fault, Equatable {
    /// The HTTP status, 400 to 599.
    public let status: Int
    /// What kind of fault it is, in the protocol's words.
    public let type: String
    /// What a program can tell it by; nil for none.
    public let code: String?
    /// The key of the request that it is about; nil for none.
    public let parameter: String?
    /// One sentence with the remedy.
    public let message: String

    /// States a fault.
    public init(
        _ status: Int, _ message: String, type: String = "invalid_request_error", code: String? = nil,
        parameter: String? = nil
    ) {
        (self.status, self.message, self.type) = (status, message, type)
        (self.code, self.parameter) = (code, parameter)
    }

    /// The call: it is told to whoever made the request.
    public var kind: FaultKind { .usage }

    /// The message.
    public var description: String { message }

    /// The protocol's object.
    public var json: JSONValue {
        .object([
            (
                "error",
                .object([
                    ("message", .text(message)), ("type", .text(type)),
                    ("param", parameter.map(JSONValue.text) ?? .null),
                    ("code", code.map(JSONValue.text) ?? .null),
                ])
            )
        ])
    }

    /// Every slot and place of the queue is taken.
    static let busy = ServingError(
        429, "All slots and places in the queue are taken. Try again later.", type: "rate_limit_error",
        code: "queue_full")
    /// The server is about to end.
    static let stopping = ServingError(
        503, "The server is stopping. Start it again.", type: "server_error", code: "stopping")
    /// The reply was not ready in time.
    static let late = ServingError(
        504, "The reply was not ready in time. Ask for fewer tokens, or raise --timeout.",
        type: "server_error", code: "timeout")
    /// Something that is not the client's fault.
    static let failed = ServingError(
        500, "The reply could not be written; the server's standard error says why.", type: "server_error")
}
