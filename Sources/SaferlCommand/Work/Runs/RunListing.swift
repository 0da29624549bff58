import AssuranceCases
import Foundation
import SafeRL

/// What `saferl runs list` does.
struct RunListing {
    let folders: [String]
    let condition: String?
    let tags: [String]
    let printsJSON: Bool

    private static let documents = ["manifest", "config", "evaluation", "certificate"]

    /// A line of the list.
    private struct Line: Encodable {
        let run: String
        let algorithm, subject, started: String?
        let step: Int?
        let steps: Int?
        let state: RunRecord.State
        let returnMean, costMean: Double?
        let tags: [String]
        let fault: String?

        private enum CodingKeys: String, CodingKey {
            case run, algorithm, subject, started, step, steps, state, tags, fault
            case returnMean = "return_mean"
            case costMean = "cost_mean"
        }

        init(_ record: RunRecord) {
            (run, state, tags, fault) = (record.path, record.state, record.tags, record.fault)
            (algorithm, started) = (record.run?.manifest.algorithm, record.run?.manifest.started)
            (subject, step) = (record.subject, record.run?.manifest.step)
            steps = record.number("config", "schedule", "steps").map { Int($0) }
            returnMean = record.number("evaluation", "return_mean")
            costMean = record.number("evaluation", "cost_mean")
        }

        var cells: [String] {
            func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "" }
            let updates = step.map { "\($0)" + (steps.map { "/\($0)" } ?? "") } ?? ""
            return [
                oneLine(run), algorithm ?? "", subject.map { oneLine($0) } ?? "", updates, state.rawValue,
                number(returnMean), number(costMean), started.map { String($0.prefix(16)) } ?? "",
                tags.joined(separator: " "),
            ]
        }
    }

    func run() throws {
        let predicate = try condition.map {
            try EvidencePredicate($0, of: "--where", over: "a run", Self.documents)
        }
        let records = try RunSearch.runs(below: folders).filter { record in
            tags.allSatisfy(record.tags.contains)
                && (predicate?.truth { record.documents[$0] } ?? .yes) == .yes
        }
        let lines = records.map(Line.init)
        if printsJSON { return try Output.write(json: lines) }
        guard !lines.isEmpty else { return try Output.write("no run") }
        let heads = ["run", "algorithm", "subject", "updates", "state", "return", "cost", "started", "tags"]
        let rows = [heads] + lines.map(\.cells)
        let kept = heads.indices.filter { column in lines.contains { $0.cells[column] != "" } }
        let widths = kept.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(kept, widths).map { row[$0].padding(toLength: $1, withPad: " ", startingAt: 0) }
            let line = cells.joined(separator: "  ")
            try Output.write(String(line.reversed().drop { $0 == " " }.reversed()))
        }
        for line in lines {
            if let fault = line.fault { try Output.write("\(oneLine(line.run)): \(oneLine(fault))") }
        }
    }
}
