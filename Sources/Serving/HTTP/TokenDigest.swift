import Storage

/// A secret word, kept as its SHA-256.
public struct TokenDigest: Sendable {
    private let digest: String

    /// Takes a secret.
    public init(_ token: String) { digest = SHA256.hexadecimal(of: token.utf8) }

    /// Whether a word is the secret.
    ///
    /// Digests are compared, and all of them: neither length nor place of a difference can be timed.
    public func isOf(_ word: String) -> Bool {
        zip(digest.utf8, SHA256.hexadecimal(of: word.utf8).utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
