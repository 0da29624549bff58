import SafeRL

extension AvailabilityReport {
    private var heads: [String] {
        [
            "Poison", "Rows", "Handed over", "With the trigger", "Return", "With the trigger", "Success",
            "With the trigger", "Load", "Found", "Alarm after", "Vote", "Second filter",
        ]
    }

    private func row(_ own: AvailabilityCase) -> [String] {
        func share(_ figures: HandOverFigures) -> String {
            let range = figures.handedOver.interval(confidence: HandOverFigures.confidence)
            return "\(short(100 * figures.handedOver.share)) % "
                + "(\(short(100 * range.lowerBound)) to \(short(100 * range.upperBound)))"
        }
        func mean(_ figures: HandOverFigures) -> String {
            short(figures.mean.mean)
                + interval(figures.mean.interval(confidence: HandOverFigures.confidence))
        }
        let median = own.alarm.map { $0.median.map { "\($0)" } ?? "never" }
        return [
            own.name, "\(own.rows)", share(own.clean), share(own.triggered), mean(own.clean),
            mean(own.triggered), percent(own.clean.success.share), percent(own.triggered.success.share),
            percent(own.triggered.load), own.search.map { percent($0.best) } ?? "-", median ?? "-",
            own.mitigations?.vote.map { percent($0.triggered) } ?? "-",
            own.mitigations?.second.map { percent($0.triggered) } ?? "-",
        ]
    }

    private var remarks: [(String, String)] {
        var rows: [(String, String)] = [
            (
                "Trigger",
                "columns \(dimensions.map(String.init).joined(separator: ", ")), \(short(plan.value)) deviations, jitter \(short(plan.jitter))"
            )
        ]
        if let alone = fallbackAlone, let fallback = run.fallback {
            rows.append(
                (
                    "Fallback alone",
                    "\(fallback.name): success \(percent(alone.success.share)), return \(short(alone.mean.mean))"
                ))
        }
        for own in cases {
            if let alarm = own.alarm, alarm.falseAlarms > 0 {
                rows.append(
                    (
                        "False alarms",
                        "\(own.name): \(alarm.falseAlarms) in \(alarm.watched) usual steps, by episodes "
                            + "\(alarm.episodeFalseAlarms)"
                    ))
            }
            if own.construction != nil, let vote = own.mitigations?.vote {
                rows.append(
                    (
                        "Cost of the vote",
                        "\(own.name): \(percent(vote.clean)) handed over without the trigger; \(vote.tolerated) altered rows tolerated"
                    ))
            }
            if own.construction != nil, let second = own.mitigations?.second {
                rows.append(
                    (
                        "Cost of a second",
                        "\(own.name): of violated rows \(percent(second.caughtAlone)) caught alone, \(percent(second.caughtByBoth)) by both"
                    ))
            }
            rows += own.unavailable.map { ("Not available", "\(own.name), \($0)") }
        }
        return rows + unavailable.map { ("Not available", $0) }
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
        var page = "# Availability\n\nPolicy `\(run.policy.identity)`, step \(run.step), in "
        page += "`\(oneLine(run.judgement.environment.name))`: \(plan.episodes) episodes, seed \(plan.seed), "
        page += "layer \(layer.rawValue), budget \(short(plan.budget)).\n\n"
        page += lines.map { "- \(oneLine($0))\n" }.joined() + "\n" + line(heads)
        page += line(heads.map { _ in "---" }) + cases.map { line(row($0)) }.joined() + "\n"
        page += remarks.map { "- \($0.0): \(oneLine($0.1))\n" }.joined()
        return page + "\n**\(Self.scope)**\n"
    }
}
