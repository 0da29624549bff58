import Storage

/// Files of data in order, each bound to all before it by a hash.
///
/// The first link is SHA-256 of `saferl provenance`, a line break and the first file's SHA-256; each further one of the link before it, a line break and
/// its file's. Whoever knows the last link knows whether a file was changed, added, removed or moved.
public struct ProvenanceChain: Sendable, Hashable {
    /// One file.
    public struct Link: Sendable, Hashable {
        /// As it was named, and SHA-256 of its bytes.
        public let name, sha256: String
        /// SHA-256 of it and all before it.
        public let chain: String
    }

    /// The files.
    public private(set) var links: [Link] = []

    /// No file yet.
    public init() {}

    /// Adds a file.
    ///
    /// - Parameters:
    ///   - name: for a reader; the chain does not depend on it.
    ///   - sha256: of its bytes, 64 hexadecimal digits.
    public mutating func append(_ name: String, sha256: String) {
        let before = links.last?.chain ?? "saferl provenance"
        links.append(
            Link(
                name: name, sha256: sha256, chain: SHA256.hexadecimal(of: Array("\(before)\n\(sha256)".utf8)))
        )
    }

    /// The files whose hash is not among those that are allowed.
    public func unknown(among allowed: Set<String>) -> [Link] {
        links.filter { !allowed.contains($0.sha256) }
    }

    /// The hashes of a list: one a line, the first word of it, as `sha256sum` writes them; what begins with `#` is left out.
    ///
    /// - Returns: the hashes; nothing where a line begins with no SHA-256.
    public static func allowed(_ text: String) -> Set<String>? {
        var found: Set<String> = []
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let word = line.split(separator: " ").first else { continue }
            guard word.utf8.count == 64, word.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
            found.insert(word.lowercased())
        }
        return found
    }
}
