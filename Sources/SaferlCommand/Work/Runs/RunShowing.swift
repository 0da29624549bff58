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
        let manifest = shown.manifest
        let steps = record.number("config", "schedule", "steps").map { " of \(Int($0))" } ?? ""
        let program = [manifest.saferl, manifest.commit.map { "commit \($0.prefix(12))" }].compactMap { $0 }
        var rows = [
            ("Run", oneLine(shown.run)), ("State", shown.state.rawValue), ("Algorithm", manifest.algorithm),
            ("Subject", record.subject.map { oneLine($0) } ?? ""), ("Seed", "\(manifest.seed)"),
            ("Updates", "\(manifest.step)\(steps)"),
            ("Started", "\(manifest.started), \(String(format: "%.1f", manifest.wallSeconds / 60)) min"),
            ("Data", "\(oneLine(manifest.data.path)), SHA-256 \(manifest.data.sha256.prefix(12))"),
            ("Program", program.joined(separator: ", ")),
            ("Processor", "\(manifest.blas.kernel), \(manifest.blas.threads) threads"),
            ("Size", String(format: "%.1f MB", Double(shown.bytes) / 1e6)),
            ("Tags", shown.tags.joined(separator: ", ")),
        ]
        for line in shown.claims {
            let bound = line.claim?.bound.map { ", bound \(String(format: "%.4g", $0))" } ?? ""
            rows.append(("Claim", line.verdict + bound + (line.claim.map { ": \($0.statement)" } ?? "")))
        }
        let facts = aligned(rows.filter { !$0.1.isEmpty })
        guard let evaluation = shown.evaluation else {
            return facts + "\nNot evaluated: saferl evaluate \(shellWord(shown.run))\n"
        }
        let step = evaluation.origin.map { " after \($0.step) updates" } ?? ""
        return facts + "\nEvaluation\(step):\n" + evaluation.table
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
