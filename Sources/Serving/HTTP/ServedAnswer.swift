import Storage

/// An answer, whole; its connection ends behind it.
public struct ServedAnswer: Sendable, Equatable {
    /// The HTTP status.
    public let status: Int
    /// Fields besides those of the body.
    public let fields: [String]
    /// What it is, such as `application/json`.
    public let type: String
    /// Its bytes.
    public let content: [UInt8]
    private var isBare = false

    /// One of JSON.
    public init(_ body: JSONValue, status: Int = 200, fields: [String] = []) {
        self.init(body.compact + "\n", type: "application/json", status: status, fields: fields)
    }

    /// One of text.
    ///
    /// - Parameters:
    ///   - text: in UTF-8.
    ///   - type: such as `text/html; charset=utf-8`.
    ///   - status: of HTTP.
    ///   - fields: whole lines.
    public init(_ text: String, type: String, status: Int = 200, fields: [String] = []) {
        (self.status, self.type, self.fields) = (status, type, fields)
        content = Array(text.utf8)
    }

    /// A refusal.
    public init(_ error: ServingError) {
        let fields: [Int: String] = [
            401: "WWW-Authenticate: Bearer", 405: "Allow: GET, POST", 429: "Retry-After: 1",
            503: "Retry-After: 1",
        ]
        self.init(error.json, status: error.status, fields: fields[error.status].map { [$0] } ?? [])
    }

    /// The same for who asks for the header alone (`HEAD`).
    public var bare: ServedAnswer {
        var answer = self
        answer.isBare = true
        return answer
    }

    /// As it is sent.
    public var bytes: [UInt8] { head + (isBare ? [] : content) }

    private var head: [UInt8] {
        Self.head(status, fields + ["Content-Type: \(type)", "Content-Length: \(content.count)"])
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
    public static let streamHead = streamHead(with: [])

    /// The same with more fields, whole lines.
    public static func streamHead(with fields: [String]) -> [UInt8] {
        head(200, ["Content-Type: text/event-stream", "Transfer-Encoding: chunked"] + fields)
    }

    /// The end of one.
    public static let streamEnd = Array("0\r\n\r\n".utf8)

    /// One event of a stream.
    public static func event(_ data: String) -> [UInt8] { chunk(Array("data: \(data)\n\n".utf8)) }

    /// Bytes of a stream, at least one.
    public static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [13, 10]
    }
}
