import Assurance
import Foundation
import Storage

/// A folder of certificates, numbered from 1.
struct CertificateFolder {
    private let path: String
    private let run: RunDirectory

    /// Names a folder for the certificates of a run; nothing for the run's own.
    init(_ path: String?, of run: RunDirectory) {
        (self.path, self.run) = (path ?? Self.own(run), run)
    }

    private static func own(_ run: RunDirectory) -> String { ClaimLedger.folder(of: run.path) }

    /// Where earlier versions put certificates.
    private static func former(_ run: RunDirectory) -> String { run.path + "/certification" }

    /// Makes the folder and the run's ledger, so that nothing is tested that could not be written and counted.
    ///
    /// - Throws: `StorageError`; `AlteredEvidence`.
    func prepare() throws {
        try SystemFiles().makeDirectories(path)
        try ClaimLedger.prepare(of: run.path)
    }

    // MARK: Numbers

    private static let largestNumber = 999_999_999

    private func file(_ number: Int) -> String { "\(path)/certificate-\(number).json" }

    /// The certificates in a folder, also of earlier versions, by number; those that cannot be read count as nothing.
    private static func certificates(in folder: String) -> [(
        number: Int, certificate: Certificate?, isSealed: Bool
    )] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix("certificate-") && name.hasSuffix(".json"),
                let number = Int(name.dropFirst("certificate-".count).dropLast(".json".count)), number > 0
            else { return nil }
            let bytes = (try? fileContents("\(folder)/\(name)", limit: 10_000_000)) ?? []
            let certificate = try? JSONDecoder().decode(Certificate.self, from: Data(bytes))
            return (number, certificate, Seal.state(of: String(decoding: bytes, as: UTF8.self)) != .missing)
        }.sorted { $0.number < $1.number }
    }

    /// The number of the certificate of the very same test, else the next one; the first free one behind a gap where a
    /// stranger's file has a number too large to count on from.
    private func number(of look: Look) -> Int {
        let all = Self.certificates(in: path)
        if let same = all.first(where: { $0.certificate?.look == look }) { return same.number }
        if let last = all.last?.number, last < Self.largestNumber { return last + 1 }
        let taken = Set(all.map(\.number))
        return (1...).first { !taken.contains($0) } ?? 1
    }

    /// Looks at a policy from before there was a ledger, which are known by their certificates alone.
    private func unlistedLooks(beside look: Look, _ ledger: ClaimLedger) -> Int {
        var seen: [Look] = []
        for folder in Set([path, Self.own(run), Self.former(run)]) {
            for (_, certificate, isSealed) in Self.certificates(in: folder) where !isSealed {
                guard let other = certificate?.look, other.policy == look.policy else { continue }
                if other != look && !ledger.holds(other) && !seen.contains(other) { seen.append(other) }
            }
        }
        return seen.count
    }

    // MARK: Writing

    /// Counts the look, enters it into the ledger, and writes the certificate as JSON and Markdown with its episodes.
    ///
    /// One process at a time does so for a run, and for a folder. A test that is merely repeated, with the same outcome
    /// on the same episodes, keeps its number and is no further look. Nothing is written that was not counted.
    ///
    /// - Returns: the certificate with the number of earlier looks, and where it was written.
    /// - Throws: `StorageError`; `AlteredEvidence`.
    func write(_ certificate: Certificate, _ evaluation: Evaluation) throws -> Certificate {
        var certificate = certificate
        let episodes = try evaluation.episodes.jsonLines()
        certificate.episodes = SHA256.hexadecimal(of: episodes.utf8)
        let look = certificate.look
        let ledger = try ClaimLedger(of: run.path)
        let lock = try FileLock(path + "/.lock")
        defer { withExtendedLifetime((ledger, lock)) {} }
        certificate.earlierTests = ledger.looks(before: look) + unlistedLooks(beside: look, ledger)
        let number = number(of: look)
        let text = try certificate.json()
        try ledger.append(
            ClaimLine(
                .certify, certificate.claim, look: look, of: certificate.subject, file: (file(number), text)))
        let files = SystemFiles()
        try files.replaceFile("\(path)/episodes-\(number).jsonl", with: Array(episodes.utf8))
        try files.replaceFile("\(path)/certificate-\(number).md", with: Array(certificate.markdown.utf8))
        try files.replaceFile(file(number), with: Array(text.utf8))
        certificate.file = file(number)
        return certificate
    }
}
