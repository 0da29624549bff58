import CCrypto
import Foundation
import Storage

/// A key that cannot be used, or a signature that is wrong.
package struct SignatureError: Fault, Equatable {
    /// One line.
    package let description: String
    /// What kind of fault it is.
    package var kind: FaultKind { .badData }

    init(_ description: String) { self.description = oneLine(description) }
}

/// Ed25519 (RFC 8032) by the system's libcrypto, with keys as `openssl genpkey -algorithm ed25519` writes them.
package enum CaseKey {
    private static let remedy =
        "Make one by \"openssl genpkey -algorithm ed25519 -out key.pem\", and its public half by "
        + "\"openssl pkey -in key.pem -pubout -out public.pem\"."

    /// The 32 bytes of a private key.
    ///
    /// - Throws: `SignatureError`.
    package static func privateKey(_ pem: [UInt8], of file: String) throws(SignatureError) -> [UInt8] {
        // RFC 8410: version 0, algorithm 1.3.101.112, an octet string in an octet string.
        try key(pem, "PRIVATE KEY", "302e020100300506032b657004220420", "private key", file)
    }

    /// The 32 bytes of a public key.
    ///
    /// - Throws: `SignatureError`.
    package static func publicKey(_ pem: [UInt8], of file: String) throws(SignatureError) -> [UInt8] {
        try key(pem, "PUBLIC KEY", "302a300506032b6570032100", "public key", file)
    }

    private static func key(
        _ pem: [UInt8], _ label: String, _ head: String, _ what: String, _ file: String
    ) throws(SignatureError) -> [UInt8] {
        let lines = String(decoding: pem, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
        guard lines.count >= 3, lines[0] == "-----BEGIN \(label)-----",
            lines.last == "-----END \(label)-----",
            let data = Data(base64Encoded: lines.dropFirst().dropLast().joined())
        else { throw SignatureError("\(file): no \(what) in PEM. \(remedy)") }
        let digits = Hexadecimal.text(Array(data))
        guard digits.hasPrefix(head), data.count == head.count / 2 + 32 else {
            throw SignatureError("\(file): no \(what) of Ed25519. \(remedy)")
        }
        return Array(data.suffix(32))
    }

    /// The public half of a private key, and a signature.
    ///
    /// - Throws: `SignatureError` where libcrypto refuses.
    package static func sign(
        _ message: [UInt8], by key: [UInt8]
    ) throws(SignatureError) -> (publicKey: [UInt8], signature: [UInt8]) {
        let refused = SignatureError("libcrypto refused to sign by Ed25519. Check the system's OpenSSL.")
        guard let pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, key, key.count) else {
            throw refused
        }
        defer { EVP_PKEY_free(pair) }
        guard let context = EVP_MD_CTX_new() else { throw refused }
        defer { EVP_MD_CTX_free(context) }
        var (publicKey, signature) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 64))
        var (keyLength, length) = (publicKey.count, signature.count)
        guard EVP_PKEY_get_raw_public_key(pair, &publicKey, &keyLength) == 1, keyLength == 32,
            EVP_DigestSignInit(context, nil, nil, nil, pair) == 1,
            EVP_DigestSign(context, &signature, &length, message, message.count) == 1, length == 64
        else { throw refused }
        return (publicKey, signature)
    }

    /// Whether a signature is that of a message.
    package static func isValid(_ signature: [UInt8], of message: [UInt8], by publicKey: [UInt8]) -> Bool {
        guard signature.count == 64, publicKey.count == 32,
            let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count)
        else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

/// Bytes as lower-case digits to the base 16.
package enum Hexadecimal {
    /// Two digits a byte.
    package static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The bytes; nothing for other text.
    package static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array("0123456789abcdef".utf8)
        let values = text.utf8.compactMap { digits.firstIndex(of: $0).map(UInt8.init) }
        guard values.count == text.utf8.count, values.count % 2 == 0 else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}
