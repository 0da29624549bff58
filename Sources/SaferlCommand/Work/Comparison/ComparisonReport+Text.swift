import Foundation

extension ComparisonReport {
    /// A Markdown table of the methods, and sentences about pairs and order.
    var text: String {
        var lines = [
            "\(count(tasks.count, "task")): \(tasks.joined(separator: ", ")); \(count(episodes, "episode")) of each run."
        ]
        if let halfWidth, let seeds = methods.map(\.seeds.count).min() {
            lines.append(
                "\(count(seeds, "seed")): a Student interval of their mean would be ± \(number(halfWidth)) standard deviations wide."
            )
        }
        lines += ["", table]
        if !pairs.isEmpty { lines.append("") }
        for pair in pairs {
            let figure = "P(\(pair.first) returns more than \(pair.second)) = \(said(pair.probability))"
            lines.append(figure + (pair.isShown ? "" : ": not shown to differ"))
        }
        if let order {
            let unsafe = methods.map(\.name).filter { !order.contains($0) }
            let ranked = order.enumerated().map { "\($0 + 1). \($1)" }
            let last = unsafe.isEmpty ? [] : ["no run within its limit: \(unsafe.joined(separator: ", "))"]
            lines += ["", "Safety first: " + (ranked + last).joined(separator: "; ")]
        } else if methods.contains(where: { $0.costs == nil }) {
            lines += ["", "No order: there is no cost limit. Name one with --limit."]
        } else {
            lines += ["", "No order: too few seeds; \(Self.fewestSeeds) of each method are needed."]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var table: String {
        let scale = isNormalized ? "normalised return" : "return"
        let heads = [
            "method", "runs", "IQM of the \(scale)", "mean", "median", "optimality gap", "cost, limits",
            "violated", "within the limit", "their IQM", "certified",
        ]
        let rows = methods.map { method in
            [
                method.name, "\(method.seeds.count) × \(tasks.count)", said(method.returnFigures["iqm"]),
                said(method.returnFigures["mean"]), said(method.returnFigures["median"]),
                said(method.returnFigures["optimality_gap"]), said(method.costFigures["mean"]),
                percent(method.violationShare.value), method.withinLimit.map(percent) ?? "",
                method.safeReturn.map(number) ?? "", percent(method.certifiedShare),
            ]
        }
        let kept = heads.indices.filter { column in column == 0 || rows.contains { $0[column] != "" } }
        let all = ([heads] + rows).map { row in kept.map { row[$0] } }
        let widths = kept.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let lines = all.map { row in
            "| "
                + zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(
                    separator: " | ")
                + " |"
        }
        let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
        return ([lines[0], rule] + lines.dropFirst()).joined(separator: "\n")
    }

    private func said(_ figure: ComparedFigure?) -> String {
        guard let figure else { return "" }
        guard let interval = figure.interval else { return number(figure.value) }
        return "\(number(figure.value)) (\(number(interval[0])) … \(number(interval[1])))"
    }

    private func number(_ value: Double) -> String { String(format: "%.2f", value) }
    private func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }
    private func count(_ number: Int, _ what: String) -> String {
        "\(number) \(what)\(number == 1 ? "" : "s")"
    }
}
