/// What a request asks for.
package enum BoardAddress: Equatable {
    /// The list of runs.
    case list
    /// The page of a run, by its name.
    case run(String)
    /// Its metrics as they come.
    case events(String)

    /// Reads a path; nil for one that nothing is at.
    ///
    /// A name is whatever stands between two slashes: nobody takes it for a path.
    init?(_ path: String) {
        if path == "/" {
            self = .list
            return
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard parts.first == "runs", let name = parts.dropFirst().first.flatMap({ URLCoding.decoded($0) }),
            !name.isEmpty
        else { return nil }
        switch Array(parts.dropFirst(2)) {
        case []: self = .run(name)
        case ["events"]: self = .events(name)
        default: return nil
        }
    }

    /// The path of a run's page.
    package static func path(of name: String) -> String { "/runs/" + URLCoding.encoded(name) }
}

/// The part of an address behind the question mark.
struct BoardQuery: Equatable {
    private let values: [String: String]

    /// Reads it; of several values of one name the first counts, and what cannot be decoded is left out.
    init(_ text: String) {
        let pairs = text.split(separator: "&").compactMap { pair -> (String, String)? in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { URLCoding.decoded($0, plusIsBlank: true) }
            guard let name = parts[0], let value = parts.count == 2 ? parts[1] : "" else { return nil }
            return (name, value)
        }
        values = Dictionary(pairs) { first, _ in first }
    }

    /// The value of a name.
    subscript(_ name: String) -> String? { values[name] }
}

/// Text in addresses: bytes as `%2F`.
package enum URLCoding {
    private static let digits = Array("0123456789ABCDEF")

    /// Everything but letters and digits of ASCII and `-._~` as bytes.
    package static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            let isPlain =
                (48..<58).contains(byte) || (65..<91).contains(byte) || (97..<123).contains(byte)
                || "-._~".utf8.contains(byte)
            if isPlain {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }

    /// The text; nil where a percent sign has no two digits behind it, or the bytes are no UTF-8.
    package static func decoded(_ text: some StringProtocol, plusIsBlank: Bool = false) -> String? {
        var (bytes, rest) = ([UInt8](), Array(text.utf8)[...])
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(plusIsBlank && byte == UInt8(ascii: "+") ? 32 : byte)
                continue
            }
            let code = rest.prefix(2)
            guard code.count == 2, code.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: code, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
