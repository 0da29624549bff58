import Storage

/// Who vouches for a case, as `signature.json` keeps it.
package struct CaseSignature: Sendable, Equatable {
    /// 32 bytes.
    package let publicKey: [UInt8]
    /// 64 bytes.
    let signature: [UInt8]

    /// Signs the canonical bytes of a case.
    ///
    /// - Throws: `SignatureError`.
    package init(of message: [UInt8], by privateKey: [UInt8]) throws(SignatureError) {
        (publicKey, signature) = try CaseKey.sign(message, by: privateKey)
    }

    /// Reads a file.
    ///
    /// - Throws: `SignatureError`.
    package init(parsing bytes: [UInt8], of file: String) throws(SignatureError) {
        guard let value = try? JSONValue(parsing: bytes),
            value.members?.map(\.key) == ["algorithm", "format", "publicKey", "signature"],
            value["format"]?.number?.int == 1, value["algorithm"]?.string == "ed25519",
            let key = value["publicKey"]?.string.flatMap(Hexadecimal.bytes), key.count == 32,
            let signature = value["signature"]?.string.flatMap(Hexadecimal.bytes), signature.count == 64
        else { throw SignatureError("\(file): no signature as saferl writes it. Sign the case anew.") }
        (publicKey, self.signature) = (key, signature)
    }

    /// Checks a case, and who signed it.
    ///
    /// - Throws: `SignatureError`.
    package func check(_ message: [UInt8], key: [UInt8]?) throws(SignatureError) {
        if let key, key != publicKey {
            throw SignatureError("signed by another key, \(Hexadecimal.text(publicKey)).")
        }
        guard CaseKey.isValid(signature, of: message, by: publicKey) else {
            throw SignatureError("the signature is not that of case.json. Do not rely on this case.")
        }
    }

    /// The file.
    package var json: String {
        JSONValue.object([
            ("algorithm", .text("ed25519")), ("format", .integer(1)),
            ("publicKey", .text(Hexadecimal.text(publicKey))),
            ("signature", .text(Hexadecimal.text(signature))),
        ]).pretty
    }
}
