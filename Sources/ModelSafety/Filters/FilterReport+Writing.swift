import Assurance
import Storage

extension FilterReport {
    /// Where a certificate lies, and how many other looks at the filter there were before it.
    public struct Written: Sendable, Hashable {
        /// The JSON file; beside it lies the page in Markdown.
        public let file: String
        /// Other looks at the same filter.
        public let earlierTests: Int
    }

    /// Makes the folder and the ledger, so that nothing is looked at that could not be counted.
    ///
    /// - Parameters:
    ///   - folder: of the certificate.
    ///   - home: the folder of the filter, whose ledger `assurance/claims.jsonl` counts looks.
    /// - Throws: `StorageError`; `AlteredEvidence`.
    public static func prepare(_ folder: String, home: String) throws {
        try SystemFiles().makeDirectories(folder)
        try ClaimLedger.prepare(of: home)
    }

    /// Counts the look, enters the claim into the ledger, and writes the certificate as JSON and Markdown.
    ///
    /// The name of the file follows from what was tested, so that a test that is merely repeated replaces itself and is no
    /// further look.
    ///
    /// - Parameters:
    ///   - folder: of the certificate.
    ///   - home: the folder of the filter.
    /// - Returns: where it was written.
    /// - Throws: `StorageError`; `AlteredEvidence`.
    public func write(_ folder: String, home: String) throws -> Written {
        let ledger = try ClaimLedger(of: home)
        defer { withExtendedLifetime(ledger) {} }
        let earlier = ledger.looks(before: look)
        let tested = [
            certificate.filter, certificate.prompts, safeHash, certificate.erasures.description,
            "\(look.limit)", "\(look.delta)",
        ]
        let digest = SHA256.hexadecimal(of: tested.joined(separator: "\n").utf8).prefix(12)
        let file = "\(folder)/filter-certificate-\(digest)"
        let text = try json(earlierTests: earlier)
        try ledger.append(
            ClaimLine(.certify, claim, look: look, of: claim.subject, file: (file + ".json", text)))
        let files = SystemFiles()
        try files.replaceFile(file + ".md", with: Array(markdown(earlierTests: earlier).utf8))
        try files.replaceFile(file + ".json", with: Array(text.utf8))
        return Written(file: file + ".json", earlierTests: earlier)
    }
}
