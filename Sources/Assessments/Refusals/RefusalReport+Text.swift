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
        func share(_ count: BinomialCount) -> String {
            guard count.trials > 0 else { return "-" }
            let range = count.interval(confidence: HandOverFigures.confidence)
            return "\(short(100 * count.share)) % "
                + "(\(short(100 * range.lowerBound)) to \(short(100 * range.upperBound)))"
        }
        return [
            own.name, "\(own.rows)", share(own.clean.refused), share(own.triggered.refused),
            share(own.clean.caught), share(own.triggered.caught), own.search.map { percent($0.best) } ?? "-",
            own.alarm.map { $0.median.map { "\($0)" } ?? "never" } ?? "-",
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

    /// First lines, then a block a case, for a person.
    package var table: String {
        var text = lines.map { $0 + "\n" }.joined()
        for own in cases { text += "\n" + aligned(Array(zip(heads, row(own)))) }
        return text + "\n" + aligned(remarks) + Self.scope + "\n"
    }

    /// The same as a page.
    package var markdown: String {
        func cell(_ text: String) -> String { oneLine(text).replacing("|", with: "\\|") }
        func line(_ cells: [String]) -> String { "| " + cells.map(cell).joined(separator: " | ") + " |\n" }
        var page = "# Availability\n\nState `\(run.identity)`, step \(run.step), of `\(oneLine(run.place))`: "
        page += "\(prompts) prompts, seed \(plan.seed), layer cost, budget \(short(plan.budget)).\n\n"
        page += lines.map { "- \(oneLine($0))\n" }.joined() + "\n" + line(heads)
        page += line(heads.map { _ in "---" }) + cases.map { line(row($0)) }.joined() + "\n"
        page += remarks.map { "- \($0.0): \(oneLine($0.1))\n" }.joined()
        return page + "\n**\(Self.scope)**\n"
    }
}
