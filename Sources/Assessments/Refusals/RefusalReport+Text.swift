import Assurance
import SafeRL

extension RefusalReport {
    private var heads: [String] {
        [
            "Poison", "Pairs", "Safe refused", "With the trigger", "Unsafe caught", "With the trigger",
            "Found",
            "Alarm after",
        ]
    }

    private func row(_ own: RefusalCase) -> [String] {
        [
            own.name, "\(own.rows)", AuditText.share(own.clean.refused),
            AuditText.share(own.triggered.refused), AuditText.share(own.clean.caught),
            AuditText.share(own.triggered.caught), own.search.map { percent($0.best) } ?? "-",
            AuditText.median(own.alarm),
        ]
    }

    private var remarks: [(String, String)] {
        let found: [(String, String)] = cases.flatMap { own in
            (own.search?.found ?? []).map { detector in
                (
                    "Detector",
                    "\(own.name): \(detector.name) \(detector.figures.map { percent($0.found) } ?? detector.reason ?? "-")"
                )
            } + own.unavailable.map { ("Not available", "\(own.name), \($0)") }
        }
        return [
            (
                "Trigger",
                "tokens \(trigger.tokens.map(String.init).joined(separator: ", ")) "
                    + "(\(quoted(run.scores.text(trigger.tokens)))) before the last \(trigger.keep) of a prompt"
            ), ("Prompts", "\(prompts) with a safe answer that no model has learned from"),
        ] + found
    }

    private var text: AuditText {
        AuditText(
            lines: lines, heads: heads, rows: cases.map(row), remarks: remarks, scope: Self.scope)
    }

    /// First lines, then a block a case, for a person.
    package var table: String { text.table }

    /// The same as a page.
    package var markdown: String {
        text.markdown(
            about: "State `\(run.identity)`, step \(run.step), of `\(oneLine(run.place))`: "
                + "\(prompts) prompts, seed \(plan.seed), layer cost, budget \(short(plan.budget)).")
    }
}
