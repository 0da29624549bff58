import Foundation
import SafeRL
import SaferlCommand
import Testing

/// Looks at a policy: counted wherever certificates go, by one process at a time, and bound to what was looked at.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct LookLedgerTests {
    private static let certify = ["certify", "run", "--episodes", "30", "--delta", "0.05", "--json"]
    private static let ledger = "run/assurance/claims.jsonl"

    private func text(_ folder: CommandFolder, _ path: String) throws -> String {
        try String(contentsOfFile: folder.path(path), encoding: .utf8)
    }

    private func earlier(_ result: CommandProcess.Result) throws -> Int? {
        try JSONValue(parsing: Array(result.output.utf8))["earlier_tests"]?.number?.int
    }

    private func look(_ folder: CommandFolder, at limit: Int, _ more: String...) throws
        -> CommandProcess.Result
    {
        try folder.run(Self.certify + ["--limit", "\(limit)"] + more)
    }

    private func warning(_ count: Int) -> String {
        "warning: \(count) earlier \(count == 1 ? "test" : "tests") of the same policy. Delta holds for one test; of "
            + "several, of which one that passes counts, the deltas add up.\n"
    }

    @Test func looksAreCountedWhereverCertificatesGo() throws {
        let folder = try CommandFolder(SmallRun.files)
        #expect(try look(folder, at: 200).errors == "")
        let second = try look(folder, at: 210, "--out", "elsewhere")
        #expect(second.errors == warning(1))
        #expect(try earlier(second) == 1 && second.files.contains("elsewhere/certificate-1.json"))
        #expect(
            try text(folder, "elsewhere/certificate-1.md").contains("There were 1 earlier test of the same"))
        let third = try look(folder, at: 220)
        #expect(try third.errors == warning(2) && earlier(third) == 2)
        #expect(third.files.contains("run/assurance/certificate-2.json"))
        // The first two are what they were, and no further looks.
        #expect(try look(folder, at: 200).errors == "")
        #expect(try look(folder, at: 210, "--out", "elsewhere").errors == warning(1))
        #expect(try text(folder, Self.ledger).split(separator: "\n").count == 3)
        // Nor is one whose certificate goes to another place.
        #expect(try look(folder, at: 200, "--out", "copy").errors == "")
        #expect(try look(folder, at: 230).errors == warning(3))
    }

    /// Looks from a number on, each begun while the one before it runs.
    private func looksAtOnce(_ folder: CommandFolder, from number: Int = 0) throws -> [CommandProcess.Result]
    {
        guard number < 8 else { return [] }
        var others: Result<[CommandProcess.Result], any Error>?
        func begin() { others = others ?? Result { try looksAtOnce(folder, from: number + 1) } }
        let own = try folder.run(Self.certify + ["--limit", "\(200 + number)"]) { _ in
            begin()
            return false
        }
        begin()
        return [own] + (try others?.get() ?? [])
    }

    @Test func eightLooksAtOnceAreEightCertificatesWithEightCounts() throws {
        let folder = try CommandFolder(SmallRun.files)
        let results = try looksAtOnce(folder)
        #expect(results.allSatisfy { $0.status == 0 })
        let counts = try results.map(earlier)
        #expect(counts.compactMap { $0 }.sorted() == Array(0..<8))
        for (count, result) in zip(counts, results) {
            #expect(result.errors == (count == 0 ? "" : warning(count ?? -1)))
        }
        let files = try folder.paths()
        let names = (1...8).map { "run/assurance/certificate-\($0).json" }
        #expect(names.allSatisfy(files.contains))
        #expect(!files.contains { $0.contains("certificate-9") || $0.hasSuffix(".partial") })
    }

    @Test func certificatesOfEarlierVersionsAreLooksToo() throws {
        let folder = try CommandFolder(SmallRun.files)
        #expect(try look(folder, at: 200).status == 0)
        let sealed = try text(folder, "run/assurance/certificate-1.json")
        // What an earlier version wrote: without the seal, the hashes and the reasons, and without a ledger.
        let members = try #require(try JSONValue(parsing: Array(sealed.utf8)).members)
        let added: Set = [
            "seal", "reasons", "cautions", "approximate", "policy_sha256", "configuration_sha256",
            "data_sha256", "binary_sha256", "commit", "claim", "episodes_sha256",
        ]
        let old = JSONValue.object(members.filter { !added.contains($0.key) }.map { ($0.key, $0.value) })
            .pretty
        try FileManager.default.removeItem(atPath: folder.path("run/assurance"))
        let former = folder.path("run/certification")
        try FileManager.default.createDirectory(atPath: former, withIntermediateDirectories: true)
        try Data(old.utf8).write(to: URL(fileURLWithPath: former + "/certificate-1.json"))
        #expect(try look(folder, at: 210).errors == warning(1))
        #expect(try look(folder, at: 220, "--out", "elsewhere").errors == warning(2))
        // The same test again is counted once.
        #expect(try look(folder, at: 200).errors == warning(2))
        #expect(try look(folder, at: 230).errors == warning(3))
    }

    @Test func aLedgerThatWasChangedIsNotCountedFrom() throws {
        let folder = try CommandFolder(SmallRun.files)
        for limit in [200, 210, 220] { #expect(try look(folder, at: limit).status == 0) }
        let whole = try text(folder, Self.ledger)
        let lines = whole.split(separator: "\n").map { String($0) + "\n" }
        func put(_ text: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path(Self.ledger)))
        }
        let changes: [(Int, String)] = [
            (1, whole.replacing("\"limit\":200", with: "\"limit\":100")), (1, lines[1] + lines[2]),
            (2, lines[0] + lines[2]), (2, lines[0] + "\n" + lines[1]), (1, "{}\n"),
        ]
        for (line, changed) in changes {
            try put(changed)
            let result = try look(folder, at: 230)
            #expect(result.status == CommandStatus.badData.rawValue, "\(changed)")
            #expect(
                result.errors
                    == "\(Self.ledger):\(line): changed since it was written, so that the looks at the policy cannot be "
                    + "counted. Restore the file from a copy.\n")
            #expect(result.output == "")
        }
        // A line that a crash cut off was never shown to anybody; the file from a copy is as good as ever.
        try put(lines[0] + lines[1] + String(lines[2].dropLast(9)))
        #expect(try look(folder, at: 220).errors == warning(2))
        try put(whole)
        #expect(try look(folder, at: 230).errors == warning(3))
    }

    @Test(arguments: ["9223372036854775807", "999999999", "99999999999999999999", "0", "-4", "007"])
    func aStrangersNumberDoesNotEndTheCounting(_ number: String) throws {
        let stranger = "run/assurance/certificate-\(number).json"
        let folder = try CommandFolder(SmallRun.files.merging([stranger: Array("{}".utf8)]) { $1 })
        for limit in [200, 210] {
            let result = try look(folder, at: limit)
            #expect(result.status == 0 && (limit == 210 || result.errors == ""))
        }
        #expect(try text(folder, stranger) == "{}")
    }

    @Test func aCertificateIsBoundToWhatItJudged() throws {
        let folder = try CommandFolder(SmallRun.files)
        let report = try JSONValue(parsing: Array(try look(folder, at: 200).output.utf8))
        let manifest = try JSONValue(parsing: Array(try text(folder, "run/manifest.json").utf8))
        let checkpoint = try JSONValue(
            parsing: Array(try text(folder, SmallRun.checkpoint + "/manifest.json").utf8))
        #expect(report["policy_sha256"] == checkpoint["state_sha256"])
        #expect(report["configuration_sha256"] == manifest["configuration"])
        #expect(report["data_sha256"] == manifest["data"]?["sha256"])
        #expect(report["episodes_sha256"]?.string?.count == 64 && report.members?.last?.key == "seal")
        let line = try JSONValue(parsing: Array(try text(folder, Self.ledger).utf8))
        #expect(line["subject"]?["policy_sha256"] == checkpoint["state_sha256"])
        #expect(line["file"]?.string == "run/assurance/certificate-1.json")
        #expect(line["by"]?.string == "certify" && line["verdict"]?.string == "certified")
    }
}
