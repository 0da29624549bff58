/// The printable character that stands for each byte in the tokens of byte-level vocabularies.
///
/// Bytes that are printable in Latin-1 stand for themselves, the other 68 for U+0100 and what follows, in order.
///
/// - SeeAlso: Radford et al. 2019, "Language models are unsupervised multitask learners", section 2.2.
enum ByteAlphabet {
    /// The character of each byte.
    static let scalars: [Unicode.Scalar] = {
        var next: UInt16 = 0x100
        return (0...255 as ClosedRange<UInt8>).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
            default:
                defer { next += 1 }
                return Unicode.Scalar(next) ?? "\u{FFFD}"
            }
        }
    }()

    /// The byte of each character below U+0144, 0 to 255, and −1 where there is none.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = Int16(byte) }
        return bytes
    }()

    /// The bytes that a token stands for; nil where it has a character that is none of the 256.
    static func bytes(_ token: String) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(token.utf8.count)
        for scalar in token.unicodeScalars {
            guard scalar.value < 0x144, bytes[Int(scalar.value)] >= 0 else { return nil }
            decoded.append(UInt8(bytes[Int(scalar.value)]))
        }
        return decoded
    }

    /// The token that stands for bytes.
    static func token(_ bytes: some Sequence<UInt8>) -> String {
        var token = ""
        for byte in bytes { token.unicodeScalars.append(scalars[Int(byte)]) }
        return token
    }
}
