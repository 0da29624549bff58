import Foundation
import SafeRL
import Storage

/// `RUN/assurance/claims.jsonl`: every look at a policy of a run, one sealed line a look.
///
/// Each line has the SHA-256 of those before it, so that a line that is changed or taken out of the middle is found.
final class ClaimLedger {
    /// Where the file lies.
    let path: String
    private let lock: FileLock
    private(set) var lines: [ClaimLine] = []
    private var chain = ""
    private var size = 0

    /// Opens the ledger of a run, made where there is none, and waits until no other process has it.
    ///
    /// A line that a crash cut off is dropped: its verdict was never shown.
    ///
    /// - Throws: `StorageError`; `AlteredEvidence` for a line that is not as it was written.
    init(of run: String) throws {
        path = Self.path(in: run)
        try SystemFiles().makeDirectories(parent(of: path))
        lock = try FileLock(path)
        try read(try lock.contents())
    }

    /// Where the ledger of a run lies.
    static func path(in run: String) -> String { run + "/assurance/claims.jsonl" }

    /// Makes the ledger's file, so that nothing is looked at that could not be counted.
    ///
    /// - Throws: `StorageError`; `AlteredEvidence`.
    static func prepare(of run: String) throws { _ = try ClaimLedger(of: run) }

    /// The lines of a run's ledger, without making one; nothing where there is none.
    ///
    /// - Throws: `StorageError`; `AlteredEvidence`.
    static func lines(of run: String) throws -> [ClaimLine] {
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
    func looks(before claim: Claim) -> Int {
        var seen: [Claim] = []
        for other in lines.compactMap(\.claim) where other.policy == claim.policy {
            if other == claim { break }
            if !seen.contains(other) { seen.append(other) }
        }
        return seen.count
    }

    /// Whether a look is in the ledger.
    func holds(_ claim: Claim) -> Bool { lines.contains { $0.claim == claim } }

    /// Appends a line and waits until it is on the disk; one that is there already is not repeated.
    ///
    /// - Throws: `StorageError`; the ledger is then as it was.
    func append(_ line: ClaimLine) throws {
        if lines.contains(where: { $0.following("") == line }) { return }
        let line = line.following(chain)
        let text = Seal.sealing(try JSONEncoder.compact.text(of: line))
        do { try lock.append(text) } catch {
            try? lock.truncate(to: size)
            throw error
        }
        add(line, text)
    }
}
