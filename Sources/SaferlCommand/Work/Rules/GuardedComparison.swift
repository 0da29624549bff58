import Foundation
import SafeRL

/// An evaluation and, of a shielded policy, the same episodes without the shield.
struct GuardedComparison: Encodable {
    private let report: EvaluationReport
    private let unguarded: EvaluationReport?

    private enum CodingKeys: String, CodingKey { case unguarded }

    init(_ report: EvaluationReport, unguarded: EvaluationReport?) {
        (self.report, self.unguarded) = (report, unguarded)
    }

    /// The report's object, with the other as `unguarded`.
    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(unguarded, forKey: .unguarded)
    }

    func json() throws -> String { try JSONEncoder.indented.text(of: self) + "\n" }

    /// The report as lines and, where there is another, both side by side.
    var table: String {
        guard let unguarded else { return report.table + routing }
        func percent(_ share: Double?) -> String? { share.map { String(format: "%.1f %%", 100 * $0) } }
        func number(_ value: Double?) -> String? { value.map { String(format: "%.3f", $0) } }
        let rows: [(String, (EvaluationReport) -> String?)] = [
            ("Return", { number($0.returnMean) }), ("Cost", { number($0.costMean) }),
            ("Normalised return", { number($0.normalizedReturn) }),
            ("Normalised cost", { number($0.normalizedCost) }),
            ("Without violation", { percent($0.violationFreeShare) }),
            ("Violation bound", { percent($0.violationUpperBound) }),
            ("Reached the goal", { percent($0.goalShare) }), ("Mean length", { number($0.lengthMean) }),
            ("Flagged in time", { percent($0.shield?.watch?.measures.beforeViolation) }),
            ("False alarms", { percent($0.shield?.watch?.measures.falseAlarm) }),
            ("Median delay", { $0.shield?.watch?.measures.medianDelay.map { "\($0)" } }),
            ("Risk of act", { percent($0.shield?.router?.report.rows.first?.risk.share) }),
            ("Handed over", { percent($0.shield?.router?.handedOver) }),
            ("Not grounded", { percent($0.shield?.router?.ungroundedShare) }),
        ]
        var lines = [["", "unguarded", "guarded"]]
        for (name, figure) in rows {
            guard let one = figure(unguarded), let other = figure(report) else { continue }
            lines.append([name, one, other])
        }
        let widths = (0..<3).map { column in lines.map { $0[column].count }.max() ?? 0 }
        let both = lines.map { line in
            line[0].padding(toLength: widths[0] + 2, withPad: " ", startingAt: 0)
                + (1..<3).map { line[$0].leftPadded(to: widths[$0] + ($0 == 2 ? 3 : 0)) }.joined() + "\n"
        }
        return both.joined() + "\nGuarded:\n" + report.table + routing
    }

    /// What a router did, class by class: of the policy alone, and behind the shield.
    private var routing: String {
        let columns: [(String, EvaluationReport?)] = [("as proposed", unguarded), ("as handled", report)]
        return columns.compactMap { name, report in
            report?.shield?.router.map {
                "\nRouter, \(name), one random step of each episode, intervals at 95 %:\n\($0.report.text)\n"
            }
        }.joined()
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
