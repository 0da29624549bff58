/// How tokens become text.
enum TokenDecoding: Sendable, Equatable {
    /// Each token's characters stand for bytes.
    case byteLevel
    /// Tokens are text, which steps turn into the text that was meant, one after the other.
    case steps([DecodingStep])
}

/// One step from tokens to text, on a row of texts.
enum DecodingStep: Sendable, Equatable {
    /// Puts a text for each occurrence of another within a token.
    case replace(String, with: String)
    /// Turns a run of tokens such as `<0xE6>` into what its bytes say, or each into U+FFFD where that is no UTF-8.
    case bytes
    /// Makes one text of all.
    case fuse
    /// Takes away so many of one character at most at both ends of each text.
    case strip(Unicode.Scalar, start: Int, stop: Int)

    /// The texts after this step.
    func callAsFunction(_ texts: [[Unicode.Scalar]]) -> [[Unicode.Scalar]] {
        switch self {
        case .replace(let pattern, let content):
            let (pattern, content) = (Array(pattern.unicodeScalars), Array(content.unicodeScalars))
            return texts.map {
                TracedScalars(scalars: $0, origins: Array($0.indices)).replacing(pattern, content).scalars
            }
        case .bytes: return Self.withBytes(texts)
        case .fuse: return [Array(texts.joined())]
        case .strip(let scalar, let start, let stop):
            return texts.map { Self.stripped($0, of: scalar, start, stop) }
        }
    }

    private static func withBytes(_ texts: [[Unicode.Scalar]]) -> [[Unicode.Scalar]] {
        var result: [[Unicode.Scalar]] = []
        var run: [UInt8] = []
        func end() {
            if run.isEmpty { return }
            if let text = String(validating: run, as: UTF8.self) {
                result.append(Array(text.unicodeScalars))
            } else {
                result.append(Array(repeating: "\u{FFFD}", count: run.count))
            }
            run = []
        }
        for text in texts {
            if let byte = ByteToken.byte(text) {
                run.append(byte)
            } else {
                end()
                result.append(text)
            }
        }
        end()
        return result
    }

    private static func stripped(
        _ text: [Unicode.Scalar], of scalar: Unicode.Scalar, _ start: Int, _ stop: Int
    ) -> [Unicode.Scalar] {
        let before = text.prefix(start).prefix { $0 == scalar }.count
        let rest = text.dropFirst(before)
        let behind = rest.suffix(stop).reversed().prefix { $0 == scalar }.count
        return Array(rest.dropLast(behind))
    }
}

/// Tokens of one byte each, `<0x00>` to `<0xFF>`, for characters that have no token.
enum ByteToken {
    /// The token of a byte.
    static func name(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "<0x\(digits.count == 1 ? "0" : "")\(digits)>"
    }

    /// The byte of a token; nil where it is none.
    static func byte(_ token: [Unicode.Scalar]) -> UInt8? {
        guard token.count == 6, token.starts(with: "<0x".unicodeScalars), token[5] == ">",
            let high = digit(token[3]), let low = digit(token[4])
        else { return nil }
        return high << 4 | low
    }

    private static func digit(_ scalar: Unicode.Scalar) -> UInt8? {
        switch scalar {
        case "0"..."9": UInt8(scalar.value - 48)
        case "A"..."F": UInt8(scalar.value - 55)
        case "a"..."f": UInt8(scalar.value - 87)
        default: nil
        }
    }
}
