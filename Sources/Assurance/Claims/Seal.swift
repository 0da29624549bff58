import Storage

/// The last member of a JSON object, `"seal"`: the SHA-256 of all bytes before it.
///
/// Nothing is encrypted and no key is needed: a seal finds damage and edits, not forgeries.
package enum Seal {
    /// What a text's seal says of it.
    package enum State: Equatable {
        /// Every byte before the seal is as it was written.
        case intact
        /// Some is not.
        case broken
        /// There is none, as before objects were sealed.
        case missing
    }

    /// Adds the seal to an object with at least one member.
    ///
    /// - Parameter object: ends with `}`, on a line of its own where the members have lines of their own.
    /// - Returns: the object with the seal as its last member, ended by a line feed.
    package static func sealing(_ object: some StringProtocol) -> String {
        var body = object.hasSuffix("\n") ? String(object.dropLast()) : String(object)
        body.removeLast()
        let isIndented = body.hasSuffix("\n")
        if isIndented { body.removeLast() }
        body += isIndented ? ",\n" : ","
        return body + ending(body, isIndented: isIndented)
    }

    /// Checks an object's seal, byte by byte.
    ///
    /// - Parameter text: with or without a line feed behind it.
    /// - Returns: `missing` only where nothing looks like a seal.
    package static func state(of text: some StringProtocol) -> State {
        let text = text.hasSuffix("\n") ? String(text) : text + "\n"
        for isIndented in [false, true] {
            let length = ending("", isIndented: isIndented).utf8.count
            guard text.utf8.count > length else { continue }
            let body = String(decoding: text.utf8.dropLast(length), as: UTF8.self)
            if text.utf8.elementsEqual((body + ending(body, isIndented: isIndented)).utf8) { return .intact }
        }
        return text.contains("\"seal\"") ? .broken : .missing
    }

    private static func ending(_ body: String, isIndented: Bool) -> String {
        let digest = SHA256.hexadecimal(of: body.utf8)
        return isIndented ? "  \"seal\" : \"\(digest)\"\n}\n" : "\"seal\":\"\(digest)\"}\n"
    }
}
