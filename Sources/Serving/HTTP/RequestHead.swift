/// Request line and header fields of an HTTP/1.1 request, read strictly (RFC 9112).
///
/// What may be read in two ways is refused: a line that does not end in CR LF, a folded field, blanks before a colon, a field that steers
/// the message and stands there twice, a body whose length is not one number.
public struct RequestHead: Sendable, Equatable {
    /// The method, such as `POST`.
    public let method: String
    /// The path, without the query.
    public let path: String
    /// What stands behind the question mark, as it was sent; empty where there is none.
    public let query: String
    /// Fields by name in lower case; of several of one name that steer nothing the last.
    public let fields: [String: String]
    /// Bytes of the body; nil where the request says nothing of one.
    public let bodyLength: Int?

    /// The most bytes and fields that are read.
    public static let mostBytes = 16_384, mostFields = 100
    /// Fields that may stand there once.
    private static let single: Set<String> = [
        "authorization", "content-length", "content-type", "expect", "host", "transfer-encoding",
    ]
    private static let ending: [UInt8] = [13, 10, 13, 10]

    /// Where the head ends in what has come so far; nil for not yet.
    ///
    /// - Parameters:
    ///   - bytes: from the beginning.
    ///   - known: how many of them it was looked for in before.
    /// - Returns: the number of its bytes, the blank line included.
    /// - Throws: `ServingError` where it is too long.
    public static func end(in bytes: [UInt8], known: Int = 0) throws(ServingError) -> Int? {
        var place = max(0, known - 3)
        while place + 4 <= bytes.count {
            if bytes[place..<place + 4].elementsEqual(ending), place + 4 <= mostBytes { return place + 4 }
            place += 1
        }
        guard bytes.count < mostBytes else {
            throw ServingError(431, "the header is larger than \(mostBytes) bytes.")
        }
        return nil
    }

    /// Reads a head.
    ///
    /// - Parameter bytes: to the blank line, which belongs to it.
    /// - Throws: `ServingError` with status 400, 411, 431 or 505.
    public init(parsing bytes: some Collection<UInt8>) throws(ServingError) {
        let bytes = Array(bytes)
        guard bytes.suffix(4).elementsEqual(Self.ending),
            bytes.allSatisfy({ $0 == 9 || $0 == 10 || $0 == 13 || $0 >= 32 && $0 < 127 })
        else { throw Self.malformed("ASCII that ends in a blank line is needed") }
        var lines = Self.lines(bytes.dropLast(4))
        guard lines.allSatisfy({ !$0.contains { $0 == "\n" || $0 == "\r" } }) else {
            throw Self.malformed("lines end in CR LF")
        }
        let words = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false).map(
            String.init)
        guard words.count == 3, Self.isToken(words[0]), words[1].hasPrefix("/") else {
            throw Self.malformed("method, path and version are needed")
        }
        guard words[2] == "HTTP/1.1" else { throw ServingError(505, "HTTP/1.1 is needed.") }
        guard lines.count <= Self.mostFields else {
            throw ServingError(431, "the header has more than \(Self.mostFields) fields.")
        }
        var fields: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), Self.isToken(String(line[..<colon])) else {
                throw Self.malformed("a field has a name, a colon and a value")
            }
            let name = line[..<colon].lowercased()
            guard fields[name] == nil || !Self.single.contains(name) else {
                throw Self.malformed("\(name) stands there twice")
            }
            let value = line[line.index(after: colon)...]
            fields[name] = String(value.trimmingBlanks())
        }
        (method, self.fields) = (words[0], fields)
        path = String(words[1].prefix { $0 != "?" })
        query = String(words[1].dropFirst(path.count + 1))
        guard fields["transfer-encoding"] == nil else {
            throw ServingError(411, "a body is read by its Content-Length alone.")
        }
        guard let length = fields["content-length"] else {
            bodyLength = nil
            return
        }
        guard !length.isEmpty, length.utf8.count <= 12, length.utf8.allSatisfy({ $0 >= 48 && $0 < 58 }),
            let bytes = Int(length)
        else { throw Self.malformed("Content-Length is one number") }
        bodyLength = bytes
    }

    private static func lines(_ bytes: ArraySlice<UInt8>) -> [Substring] {
        String(decoding: bytes, as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: false)
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (48..<58).contains(byte) || (65..<91).contains(byte) || (97..<123).contains(byte)
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }

    private static func malformed(_ need: String) -> ServingError {
        ServingError(400, "the header of the request: \(need).")
    }
}

extension Substring {
    fileprivate func trimmingBlanks() -> Substring {
        var rest = drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
