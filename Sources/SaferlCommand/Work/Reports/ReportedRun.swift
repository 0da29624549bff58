import Assurance
import AssuranceCases
import Foundation
import SafeRL

/// What a run directory has to say, read once.
struct ReportedRun {
    /// A report that a command wrote beside the run, and its pictures.
    struct Part {
        let title: String
        /// Nothing where there is none, or none that can be read.
        let markdown: String?
        /// SHA-256 of the policy that it is about; nothing where it does not say.
        let policy: String?
        let pictures: [(name: String, svg: [UInt8])]
        /// The command that makes it.
        let remedy: String
    }

    /// Bytes of a part that are read at most.
    private static let largestPart = 1_000_000

    let record: RunRecord
    let directory: RunDirectory
    let manifest: RunManifest
    let plotted: PlottedRun
    /// The newest checkpoint's policy and updates; nothing where there is none.
    let newest: (identity: String, step: Int)?
    let evaluation: EvaluationReport?
    let claims: [ClaimLine]
    /// Values by key, as JSON.
    let configuration: [String: String]
    let parts: [Part]
    /// The verdict of the assurance case; nothing where there is none.
    let argument: String?

    /// Reads a run.
    ///
    /// - Throws: `RunError`, `StorageError`, `PlacedFault`: as `saferl runs show` and `saferl plot`.
    init(_ path: String, in registry: Registry) throws {
        directory = try RunDirectory.inspect(path)
        record = RunRecord(directory.path)
        if let fault = record.fault { throw PlacedFault(.badData, at: directory.path, fault) }
        manifest = directory.manifest
        plotted = try PlottedRun(directory, in: registry)
        newest = (try? directory.newestCheckpoint()).map { ($0.identity, $0.step) }
        let report = directory.evaluationPath + "/report.json"
        evaluation =
            fileKind(report, following: true) == .file ? try EvaluationReport(contentsOf: report) : nil
        claims = try ClaimLedger.lines(of: directory.path)
        configuration = try ConfigurationFingerprint(
            resolved: try directory.resolvedConfiguration(), changeable: []
        ).values
        let (run, word) = (directory.path, shellWord(directory.path))
        parts = [
            Self.part("Training", run, "", [], "saferl train", policy: nil),
            Self.part(
                "Assessment", run, "assess/",
                ["reliability", "risk-coverage", "conformal", "detection", "perturbation"],
                "saferl assess \(word)"),
            Self.part("Availability", run, "audit/", [], "saferl audit availability \(word)"),
        ]
        argument = Self.document(run + "/assurance/assurance.json")?["verdict"]?.string
    }

    /// The name of its folder.
    var name: String { plotted.name }

    /// What is certified of the newest checkpoint's policy, or whatever the policy is.
    var certified: [Claim] {
        claims.filter { $0.verdict == Claim.Verdict.certified.rawValue }.compactMap(\.claim)
            .filter { $0.subject.policy == nil || $0.subject.policy == newest?.identity }
    }

    /// Reports about another policy than the newest one, a sentence each.
    var outdated: [String] {
        guard let newest else { return [] }
        func isOther(_ policy: String?) -> Bool { policy.map { $0 != newest.identity } ?? false }
        var all: [String] = []
        if isOther(evaluation?.origin?.policy) { all.append("The evaluation") }
        for part in parts where isOther(part.policy) {
            all.append("The report on \(part.title.lowercased())")
        }
        for line in claims where isOther(line.claim?.subject.policy) {
            all.append("The claim \"\(line.claim?.statement ?? "")\"")
        }
        return all.map { "\($0) is about another policy than that of the newest checkpoint." }
    }

    private static func part(
        _ title: String, _ run: String, _ folder: String, _ pictures: [String], _ remedy: String,
        policy key: String? = "policy"
    ) -> Part {
        let text = bytes(run + "/" + folder + "report.md").map { String(decoding: $0, as: UTF8.self) }
        let drawn = pictures.compactMap { name in
            bytes(run + "/" + folder + name + ".svg").map { (name, $0) }
        }
        let policy = key.flatMap { document(run + "/" + folder + "report.json")?[$0]?.string }
        return Part(title: title, markdown: text, policy: policy, pictures: drawn, remedy: remedy)
    }

    private static func document(_ path: String) -> JSONValue? {
        bytes(path).flatMap { try? JSONValue(parsing: $0) }
    }

    /// A small file of the run; nothing where it is missing or too large.
    static func bytes(_ path: String) -> [UInt8]? {
        guard fileKind(path, following: true) == .file else { return nil }
        return try? fileContents(path, limit: largestPart)
    }
}
