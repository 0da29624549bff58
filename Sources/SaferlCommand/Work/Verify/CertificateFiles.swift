import SafeRL

extension VerificationCertificate {
    /// Writes the certificate and its leaves, with the policy whose network it is about.
    ///
    /// - Parameters:
    ///   - path: of its JSON.
    ///   - origin: members that name the policy; none for a network in a file.
    /// - Throws: `StorageError`.
    func write(to path: String, of origin: [(String, JSONValue)]) throws {
        try write(to: path)
        guard !origin.isEmpty else { return }
        try SystemFiles().replaceFile(path, with: Array((adding(origin).compact + "\n").utf8))
    }

    /// Writes that it was checked without a search, for an assurance case.
    ///
    /// - Parameters:
    ///   - path: of its JSON, which was checked.
    ///   - origin: members that name the policy whose network was given for the check.
    ///   - out: where to.
    /// - Throws: `StorageError`.
    func record(_ path: String, _ origin: [(String, JSONValue)], in out: String) throws {
        let members: [(String, JSONValue)] = [
            ("format", .integer(1)), ("saferl", .text(ProgramIdentity.version)),
            ("certificate_sha256", .text(SHA256.hexadecimal(of: try fileContents(path)))),
            ("verdict", .text(verdict)), ("network", .text("sha256:" + network)),
            ("property_hash", .text("sha256:" + property)),
        ]
        try SystemFiles().replaceFile(
            out, with: Array(JSONValue.object(members + origin).sortingKeys().pretty.utf8))
    }
}
