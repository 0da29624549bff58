import Foundation

extension JSONEncoder {
    /// Writes keys in alphabetical order, all on one line.
    package static var compact: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    /// Writes keys in alphabetical order, indented for people to read.
    package static var indented: JSONEncoder {
        let encoder = compact
        encoder.outputFormatting.insert(.prettyPrinted)
        return encoder
    }

    /// A value as text, without a line feed at its end.
    ///
    /// - Throws: `EncodingError`, for example for a number that is not finite.
    package func text(of value: some Encodable) throws -> String {
        String(decoding: try encode(value), as: UTF8.self)
    }
}
