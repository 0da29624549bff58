import SafeRL

extension AvailabilityReport {
    private var heads: [String] {
        [
            "Poison", "Rows", "Handed over", "With the trigger", "Return", "With the trigger", "Success",
            "With the trigger", "Load", "Found", "Alarm after", "Vote", "Second filter",
        ]
    }

    private func row(_ own: AvailabilityCase) -> [String] {
        func mean(_ figures: HandOverFigures) -> String {
            short(figures.mean.mean)
                + interval(figures.mean.interval(confidence: HandOverFigures.confidence))
        }
        return [
            own.name, "\(own.rows)", AuditText.share(own.clean.handedOver),
            AuditText.share(own.triggered.handedOver), mean(own.clean),
            mean(own.triggered), percent(own.clean.success.share), percent(own.triggered.success.share),
            percent(own.triggered.load), own.search.map { percent($0.best) } ?? "-",
            AuditText.median(own.alarm),
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

    private var text: AuditText {
        AuditText(
            lines: lines, heads: heads, rows: cases.map(row), remarks: remarks, scope: Self.scope)
    }

    /// First lines, then a block a case, for a person.
    package var table: String { text.table }

    /// The same as a page.
    package var markdown: String {
        text.markdown(
            about: "Policy `\(run.policy.identity)`, step \(run.step), in "
                + "`\(oneLine(run.judgement.environment.name))`: \(plan.episodes) episodes, seed \(plan.seed), "
                + "layer \(layer.rawValue), budget \(short(plan.budget)).")
    }
}
