/// Status and header fields of an answer.
struct HTTPHead: Equatable {
    /// Such as 200.
    let status: Int
    /// Values by lower-case name; of repeated fields the last.
    let fields: [String: String]

    /// Reads the lines before the empty one; nil for what is no HTTP.
    init?(_ text: String) {
        let lines = text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else { return nil }
        self.status = status
        fields = lines.dropFirst().reduce(into: [:]) { fields, line in
            guard let colon = line.firstIndex(of: ":") else { return }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            fields[line[..<colon].lowercased()] = String(value)
        }
    }

    /// Whether another answer follows: an interim one, or a redirection that is followed.
    var isFollowed: Bool {
        status / 100 == 1 || [301, 302, 303, 307, 308].contains(status) && fields["location"] != nil
    }

    /// Bytes of the body.
    var length: Int? { fields["content-length"].flatMap { Int($0) } }

    /// Where the body begins in the whole file, and how long that is, as a partial answer says.
    var range: (start: Int?, total: Int?)? {
        guard let value = fields["content-range"], value.hasPrefix("bytes ") else { return nil }
        let parts = value.dropFirst(6).split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        return (parts[0].split(separator: "-").first.flatMap { Int($0) }, Int(parts[1]))
    }

    /// What identifies this version of the file byte by byte; nil where the server promises less.
    var strongTag: String? {
        fields["etag"].flatMap { $0.hasPrefix("\"") && $0.hasSuffix("\"") && $0.count > 2 ? $0 : nil }
    }

    /// The whole file's length, where a hub states it beside a redirection.
    var linkedLength: Int? { fields["x-linked-size"].flatMap { Int($0) } }

    /// The whole file's SHA-256, which hubs give as the tag of a large file beside a redirection.
    var linkedSHA256: String? {
        guard let tag = fields["x-linked-etag"]?.filter({ $0 != "\"" }).lowercased(), tag.utf8.count == 64,
            tag.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        return tag
    }
}
