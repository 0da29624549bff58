import Foundation
import OffPolicyEvaluation
import SafeRL

extension PolicyEstimate {
    /// As JSON, ended by a line feed.
    ///
    /// - Throws: never for an estimate that was computed.
    public func json() throws -> String { try JSONEncoder.indented.text(of: self) + "\n" }

    /// Lines for a person.
    public var table: String {
        aligned(rows) + warnings.map { "warning: \($0)\n" }.joined()
    }

    /// A page in Markdown.
    public var markdown: String {
        let cells = rows.map { "| \($0.0) | \($0.1) |\n" }.joined()
        let remarks = warnings.isEmpty ? "" : "\n" + warnings.map { "- \($0)\n" }.joined()
        return "# Estimate from a recording\n\n\(statement) No certificate.\n\n| | |\n|---|---|\n" + cells
            + remarks
            + "\nPolicy SHA-256 `\(subject.policy)`, recording SHA-256 `\(subject.dataDigest)`.\n"
    }

    private var rows: [(String, String)] {
        var rows = [
            ("Estimate of", "\(subject.checkpoint)" + overridden),
            ("Recording", "\(subject.data): \(episodes) episodes, \(truncated) of them cut, \(steps) steps"),
            (
                "Summed over",
                "at most \(horizon) steps; fitted: \(fit), \(fittedSteps) steps, \(resamples) resamples"
            ),
        ]
        for figure in figures { rows += self.rows(of: figure) }
        rows += nearnessRows
        if let feasibleShare {
            rows.append(("Feasible by V_h", "\(percent(feasibleShare)) of the recorded states"))
        }
        return rows
    }

    private var overridden: String {
        subject.overrides.isEmpty ? "" : " with " + subject.overrides.joined(separator: ", ")
    }

    private func rows(of figure: Figures) -> [(String, String)] {
        let name =
            figure.signal == "reward"
            ? "Return" : figure.signal.prefix(1).uppercased() + figure.signal.dropFirst()
        var rows = figure.estimates.map { estimate in
            ("\(name), \(estimate.method.rawValue)", words(estimate))
        }
        if let normalized = figure.normalized {
            let interval = figure.normalizedInterval.map { ", \(number($0[0])) to \(number($0[1]))" } ?? ""
            rows.append(("  normalised", number(normalized) + interval))
        }
        rows.append(("  recorded", number(figure.recorded)))
        return rows
    }

    private func words(_ estimate: Estimate) -> String {
        guard let value = estimate.value else { return "refused: \(estimate.refusal ?? "")" }
        let interval = estimate.interval.map {
            String(format: ", %g %% interval ", 100 * confidence) + "\(number($0[0])) to \(number($0[1]))"
        }
        return number(value) + (interval ?? "") + " (approximate)"
    }

    private var nearnessRows: [(String, String)] {
        var rows: [(String, String)] = []
        if let share = nearness.equalShare {
            rows.append(("Agreement", "\(percent(share)) of the recorded actions"))
        }
        if let distance = nearness.meanDistance {
            rows.append(("Distance", "\(number(distance)) on the mean from the recorded action"))
        }
        rows.append(
            (
                "Outside the support",
                "\(percent(nearness.outsideShare)) of the policy's actions, \(percent(nearness.recordedOutsideShare)) of "
                    + "recorded ones"
            ))
        if let unseen = nearness.unseenShare {
            rows.append(("Never recorded there", "\(percent(unseen)) of the policy's actions"))
        }
        return rows
    }

    func number(_ value: Double) -> String { String(format: "%.4g", value) }
    func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}
