import Foundation
import Storage

/// `RUN/assurance/claims.jsonl`: every claim about a run's policy and every look at it, one sealed line each; beside it
/// `claims.md`, the claims for a reader.
///
/// Each line has the SHA-256 of those before it, so that a line that is changed or taken out of the middle is found.
public final class ClaimLedger {
    /// Where the file lies.
    public let path: String
    private let lock: FileLock
    /// What it holds, oldest first.
    public private(set) var lines: [ClaimLine] = []
    private var chain = ""
    private var size = 0

    /// Opens the ledger of a run, made where there is none, and waits until no other process has it.
    ///
    /// A line that a crash cut off is dropped: its verdict was never shown.
    ///
    /// - Throws: `StorageError`; `AlteredEvidence` for a line that is not as it was written.
    public init(of run: String) throws {
        path = Self.path(in: run)
        try SystemFiles().makeDirectories(parent(of: path))
        lock = try FileLock(path)
        try read(try lock.contents())
    }

    /// The folder of a run's claims, certificates and their evidence.
    package static func folder(of run: String) -> String { run + "/assurance" }

    private static func path(in run: String) -> String { folder(of: run) + "/claims.jsonl" }

    /// Makes the ledger's file, so that nothing is looked at that could not be counted.
    ///
    /// - Throws: `StorageError`; `AlteredEvidence`.
    package static func prepare(of run: String) throws { _ = try ClaimLedger(of: run) }

    /// The lines of a run's ledger, without making one; nothing where there is none.
    ///
    /// - Throws: `StorageError`; `AlteredEvidence`.
    public static func lines(of run: String) throws -> [ClaimLine] {
        guard fileKind(path(in: run)) != nil else { return [] }
        return try ClaimLedger(of: run).lines
    }

    private func read(_ text: String) throws {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let end = size + line.utf8.count + 1
            guard end <= text.utf8.count else {
                if !line.isEmpty { try lock.truncate(to: size) }
                return
            }
            guard Seal.state(of: line) == .intact,
                let read = try? JSONDecoder().decode(ClaimLine.self, from: Data(line.utf8)),
                read.previous == chain
            else { throw AlteredEvidence.line(number + 1, path: path) }
            add(read, line + "\n")
        }
    }

    private func add(_ line: ClaimLine, _ text: String) {
        lines.append(line)
        chain = SHA256.hexadecimal(of: (chain + text).utf8)
        size += text.utf8.count
    }

    /// How many other looks at the same policy came before a look, or are there where it is new.
    ///
    /// - Parameter look: at a policy.
    /// - Returns: the number of different looks.
    public func looks(before look: Look) -> Int {
        var seen: [Look] = []
        for other in lines.compactMap(\.look) where other.policy == look.policy {
            if other == look { break }
            if !seen.contains(other) { seen.append(other) }
        }
        return seen.count
    }

    /// Whether a look is in the ledger.
    package func holds(_ look: Look) -> Bool { lines.contains { $0.look == look } }

    /// Appends a line and waits until it is on the disk, then writes the page; a line that is there already is not repeated.
    ///
    /// - Throws: `StorageError`; the ledger is then as it was.
    public func append(_ line: ClaimLine) throws {
        // A process that died between the two left a page that is behind.
        if lines.contains(where: line.repeats) { return try writePage() }
        let line = line.following(chain)
        let text = Seal.sealing(try JSONEncoder.compact.text(of: line))
        do { try lock.append(text) } catch {
            try? lock.truncate(to: size)
            throw error
        }
        add(line, text)
        try writePage()
    }

    private func writePage() throws {
        try SystemFiles().replaceFile(parent(of: path) + "/claims.md", with: Array(markdown.utf8))
    }

    private var markdown: String {
        let claims = lines.compactMap { line in
            line.claim.map { $0.markdown + (line.file.map { "\nWritten in `\($0)`.\n" } ?? "") }
        }
        return "# Claims about this run's policies\n\n" + claims.joined(separator: "\n")
    }
}
