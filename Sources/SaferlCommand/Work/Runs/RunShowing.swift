import Assurance
import Foundation
import SafeRL

/// What `saferl runs show` does.
struct RunShowing {
    let directory: String
    let printsJSON: Bool

    private struct Shown: Encodable {
        let run: String
        let state: RunRecord.State
        let tags: [String]
        let bytes: Int
        let manifest: RunManifest
        let evaluation: EvaluationReport?
        let claims: [ClaimLine]
    }

    func run() throws {
        let run = try RunDirectory.inspect(directory)
        let record = RunRecord(run.path)
        if let fault = record.fault { throw PlacedFault(.badData, at: run.path, fault) }
        let report = run.evaluationPath + "/report.json"
        let evaluation =
            fileKind(report, following: true) == .file ? try EvaluationReport(contentsOf: report) : nil
        let shown = Shown(
            run: run.path, state: record.state, tags: record.tags, bytes: Self.size(of: run.path),
            manifest: run.manifest, evaluation: evaluation, claims: try ClaimLedger.lines(of: run.path))
        try Output.write(printsJSON ? JSONEncoder.indented.text(of: shown) : text(shown, record))
    }

    private func text(_ shown: Shown, _ record: RunRecord) -> String {
        let rows = Self.facts(record, shown.manifest, bytes: shown.bytes)
        let claims = shown.claims.map { line -> (name: String, value: String) in
            let bound = line.claim?.bound.map { ", bound \(String(format: "%.4g", $0))" } ?? ""
            return ("Claim", line.verdict + bound + (line.claim.map { ": \($0.statement)" } ?? ""))
        }
        let facts = aligned((rows + claims).map { ($0.name, $0.value) })
        guard let evaluation = shown.evaluation else {
            return facts + "\nNot evaluated: saferl evaluate \(shellWord(shown.run))\n"
        }
        let step = evaluation.origin.map { " after \($0.step) updates" } ?? ""
        return facts + "\nEvaluation\(step):\n" + evaluation.table
    }

    /// What a run is and where it stands, as names and values.
    ///
    /// - Parameters:
    ///   - record: of the run.
    ///   - manifest: of the run.
    ///   - bytes: of its files; nil where nobody asks for them.
    /// - Returns: those that have a value.
    static func facts(_ record: RunRecord, _ manifest: RunManifest, bytes: Int?) -> [(
        name: String, value: String
    )] {
        let steps = record.number("config", "schedule", "steps").map { " of \(Int($0))" } ?? ""
        let program = [manifest.saferl, manifest.commit.map { "commit \($0.prefix(12))" }].compactMap { $0 }
        let rows: [(name: String, value: String)] = [
            ("Run", oneLine(record.path)), ("State", record.state.rawValue),
            ("Algorithm", manifest.algorithm),
            ("Subject", record.subject.map { oneLine($0) } ?? ""), ("Seed", "\(manifest.seed)"),
            ("Updates", "\(manifest.step)\(steps)"),
            ("Started", "\(manifest.started), \(String(format: "%.1f", manifest.wallSeconds / 60)) min"),
            ("Data", "\(oneLine(manifest.data.path)), SHA-256 \(manifest.data.sha256.prefix(12))"),
            ("Program", program.joined(separator: ", ")),
            ("Processor", "\(manifest.blas.kernel), \(manifest.blas.threads) threads"),
            ("Size", bytes.map { String(format: "%.1f MB", Double($0) / 1e6) } ?? ""),
            ("Tags", record.tags.joined(separator: ", ")),
        ]
        return rows.filter { !$0.value.isEmpty }
    }

    /// Bytes of all files below, links not followed.
    static func size(of path: String) -> Int {
        let files = FileManager.default.enumerator(
            at: URL(fileURLWithPath: path), includingPropertiesForKeys: [.fileSizeKey, .isRegularFileKey])
        return (files?.compactMap { $0 as? URL } ?? []).reduce(0) { sum, file in
            let values = try? file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
            return sum + (values?.isRegularFile == true ? values?.fileSize ?? 0 : 0)
        }
    }
}
