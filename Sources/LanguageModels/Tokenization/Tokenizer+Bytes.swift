extension Tokenizer {
    /// The bytes that each token adds to a text, by id; empty for added tokens and ids without one.
    ///
    /// - Throws: `TokenizerError` where a token's bytes depend on its neighbours.
    func tokenBytes() throws(TokenizerError) -> [[UInt8]] {
        var bytes = [[UInt8]](repeating: [], count: vocabularySize)
        for (id, token) in model.tokens.enumerated() where added[Int32(id)] == nil {
            guard let token else { continue }
            switch decoding {
            case .byteLevel: bytes[id] = token
            case .steps(let steps): bytes[id] = try Self.bytes(Array(decoded(token)), steps)
            }
        }
        return bytes
    }

    /// The characters of a token that is kept as bytes.
    private func decoded(_ token: [UInt8]) -> String.UnicodeScalarView {
        String(decoding: token, as: UTF8.self).unicodeScalars
    }

    /// What steps of decoding make of a token inside of a text.
    private static func bytes(
        _ token: [Unicode.Scalar], _ steps: [DecodingStep]
    ) throws(TokenizerError) -> [UInt8] {
        var scalars = token
        for step in steps {
            switch step {
            case .replace: scalars = step([scalars]).first ?? []
            case .bytes: if let byte = ByteToken.byte(scalars) { return [byte] }
            // What is stripped lies at the ends of the whole text, once its tokens are one.
            case .fuse: return text(scalars)
            case .strip:
                throw TokenizerError(
                    "tokenizer in memory",
                    "the decoder strips each token, so that a token's bytes depend on its place. Use a tokenizer of bytes."
                )
            }
        }
        return text(scalars)
    }

    private static func text(_ scalars: [Unicode.Scalar]) -> [UInt8] {
        scalars.flatMap { Array(String($0).utf8) }
    }
}
