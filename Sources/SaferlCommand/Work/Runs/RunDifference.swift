import Foundation
import SafeRL

/// What `saferl runs diff` does.
struct RunDifference {
    let first: String
    let second: String
    let printsJSON: Bool

    /// A thing of which two runs have different values.
    private struct Entry: Encodable {
        let name: String
        /// Nothing where the run does not have it.
        let first, second: String?
    }

    private struct Differences: Encodable {
        let first, second: String
        let configuration, facts, figures: [Entry]
    }

    func run() throws {
        let runs = (try RunDirectory.inspect(first), try RunDirectory.inspect(second))
        let differences = Differences(
            first: runs.0.path, second: runs.1.path,
            configuration: Self.entries(try Self.values(runs.0), try Self.values(runs.1)),
            facts: Self.entries(Self.facts(runs.0.manifest), Self.facts(runs.1.manifest)),
            figures: Self.entries(try Self.figures(runs.0), try Self.figures(runs.1)))
        try Output.write(
            printsJSON ? JSONEncoder.indented.text(of: differences) : Self.text(differences))
    }

    private static func values(_ run: RunDirectory) throws -> [String: String] {
        try ConfigurationFingerprint(resolved: try run.resolvedConfiguration(), changeable: []).values
    }

    private static func facts(_ manifest: RunManifest) -> [String: String] {
        [
            "data": "\(oneLine(manifest.data.path)), SHA-256 \(manifest.data.sha256.prefix(12))",
            "saferl": manifest.saferl, "commit": String(manifest.commit?.prefix(12) ?? "unknown"),
            "swift": manifest.swift, "processor": manifest.blas.kernel,
            "threads": "\(manifest.blas.threads)",
            "mathematics": manifest.mathematics.map { "\($0.library), \($0.level)" } ?? "unknown",
            "updates": "\(manifest.step)\(manifest.finished ? "" : ", not finished")",
        ]
    }

    private static func figures(_ run: RunDirectory) throws -> [String: String] {
        let path = run.evaluationPath + "/report.json"
        guard fileKind(path, following: true) == .file else { return ["evaluation": "none"] }
        let report = try EvaluationReport(contentsOf: path)
        func number(_ value: Double, _ interval: [Double]?) -> String {
            String(format: "%.3f", value)
                + (interval.map { String(format: " (%.3f to %.3f)", $0[0], $0[1]) } ?? "")
        }
        var figures = [
            "evaluation": "\(report.episodes) episodes, seed \(report.seed)",
            "return": number(report.returnMean, report.returnInterval),
            "cost": number(report.costMean, report.cost.costInterval),
            "without violation": number(
                report.cost.violationFreeShare, report.cost.violationFreeInterval),
        ]
        if let goal = report.goalShare { figures["goal"] = number(goal, report.goalInterval) }
        if let value = report.normalizedReturn { figures["normalised return"] = number(value, nil) }
        if let value = report.normalizedCost { figures["normalised cost"] = number(value, nil) }
        return figures
    }

    private static func entries(_ first: [String: String], _ second: [String: String]) -> [Entry] {
        Set(first.keys).union(second.keys).sorted().compactMap { name in
            first[name] == second[name]
                ? nil : Entry(name: name, first: first[name], second: second[name])
        }
    }

    private static func text(_ differences: Differences) -> String {
        let parts = [
            ("configuration", differences.configuration), ("facts", differences.facts),
            ("figures", differences.figures),
        ]
        let all = parts.flatMap(\.1)
        guard !all.isEmpty else { return "no difference\n" }
        var rows = [("", oneLine(differences.first), oneLine(differences.second))]
        rows += all.map { ($0.name, oneLine($0.first ?? "-"), oneLine($0.second ?? "-")) }
        let widths = (rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0)
        return rows.map { name, one, other in
            name.padding(toLength: widths.0 + 2, withPad: " ", startingAt: 0)
                + one.padding(toLength: widths.1 + 2, withPad: " ", startingAt: 0) + other + "\n"
        }.joined()
    }
}
