import Storage

/// An answer, whole; its connection ends behind it.
public struct ServedAnswer: Sendable, Equatable {
    /// The HTTP status.
    public let status: Int
    /// Fields besides those of the body.
    public let fields: [String]
    /// JSON.
    public let body: JSONValue

    /// Makes one.
    public init(_ body: JSONValue, status: Int = 200, fields: [String] = []) {
        (self.status, self.body, self.fields) = (status, body, fields)
    }

    /// A refusal.
    public init(_ error: ServingError) {
        let fields: [Int: String] = [
            401: "WWW-Authenticate: Bearer", 405: "Allow: GET, POST", 429: "Retry-After: 1",
            503: "Retry-After: 1",
        ]
        self.init(error.json, status: error.status, fields: fields[error.status].map { [$0] } ?? [])
    }

    /// As it is sent.
    public var bytes: [UInt8] {
        let text = Array((body.compact + "\n").utf8)
        return Self.head(
            status, fields + ["Content-Type: application/json", "Content-Length: \(text.count)"])
            + text
    }

    private static let reasons = [
        100: "Continue", 200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
        404: "Not Found",
        405: "Method Not Allowed", 408: "Request Timeout", 411: "Length Required", 413: "Content Too Large",
        415: "Unsupported Media Type", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
        500: "Internal Server Error", 503: "Service Unavailable", 504: "Gateway Timeout",
        505: "HTTP Version Not Supported",
    ]

    private static func head(_ status: Int, _ fields: [String]) -> [UInt8] {
        let always = ["Connection: close", "Cache-Control: no-store", "X-Content-Type-Options: nosniff"]
        let lines = ["HTTP/1.1 \(status) \(reasons[status] ?? "Error")"] + fields + always
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// Says that a body may be sent.
    public static let goOn = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
    /// The beginning of a stream of events.
    public static let streamHead = head(
        200, ["Content-Type: text/event-stream", "Transfer-Encoding: chunked"])
    /// The end of one.
    public static let streamEnd = Array("0\r\n\r\n".utf8)

    /// One event of a stream.
    public static func event(_ data: String) -> [UInt8] {
        let text = Array("data: \(data)\n\n".utf8)
        return Array("\(String(text.count, radix: 16))\r\n".utf8) + text + [13, 10]
    }
}
