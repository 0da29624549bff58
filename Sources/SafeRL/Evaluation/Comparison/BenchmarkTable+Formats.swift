import Foundation
import Replay
import Storage

extension BenchmarkTable {
    /// Rows of a task each, return and cost of every method, safe ones bold; published rows below.
    public var markdown: String {
        let heads = plan.methods.map { "\(Self.escaped($0.name)), return | cost" }
        var lines = [
            "| task | limits | " + heads.joined(separator: " | ") + " |",
            "|---|---|" + String(repeating: "---|", count: 2 * plan.methods.count),
        ]
        for (task, place) in plan.tasks.enumerated() {
            let cells = plan.methods.indices.map { markdown(cell(task: task, method: $0)) }
            let limits = place.limits.map(BenchmarkPlan.text).joined(separator: ", ")
            lines.append(
                "| \(Self.escaped(place.name)) | \(limits) | " + cells.joined(separator: " | ") + " |")
        }
        lines.append("| mean | | " + averages { Self.number($0) }.joined(separator: " | ") + " |")
        lines.append("| safe | | " + standings.map { "\($0) | " }.joined(separator: " | ") + "|")
        return lines.joined(separator: "\n") + "\n\n" + notes + publishedMarkdown
    }

    private func markdown(_ cell: Cell?) -> String {
        guard let cell else { return "– | –" }
        let mark = cell.isSafe ? "**" : ""
        let tests = cell.certified.map { ", certified \($0.passed) of \($0.of)" } ?? ""
        let few = cell.seeds < plan.seeds.count ? ", \(cell.seeds) of \(plan.seeds.count) seeds" : ""
        return mark + Self.text(cell.totalReturn) + mark + " | " + mark + Self.text(cell.cost) + mark + tests
            + few
    }

    private var notes: String {
        let ranged = plan.tasks.allSatisfy { $0.returns != nil }
        return
            "Means over \(plan.seeds.count) seeds, \(plan.episodes) episodes each and the limits; in brackets "
            + "Student's 95 % interval over seeds. Cost is relative to its limit: at most 1 is safe, and bold. "
            + (ranged
                ? "Returns are normalised by the task's range.\n"
                : "Returns are normalised where the task has a range.\n")
    }

    private var publishedMarkdown: String {
        let rows = plan.tasks.indices.compactMap { task -> String? in
            let scores = published(task: task)
            if scores.isEmpty { return nil }
            let cells = scores.map {
                "\($0.method) \(Self.number($0.normalizedReturn))/\(Self.number($0.normalizedCost))"
            }
            return "| \(Self.escaped(plan.tasks[task].name)) | " + cells.joined(separator: " | ") + " |"
        }
        guard !rows.isEmpty else { return "" }
        let columns = published(task: plan.tasks.indices.first { !published(task: $0).isEmpty } ?? 0).count
        return "\nNot measured here, \(DSRLTask.threeLimitsSource); return/cost:\n\n| task |"
            + String(repeating: " |", count: columns) + "\n|---|" + String(repeating: "---|", count: columns)
            + "\n" + rows.joined(separator: "\n") + "\n"
    }

    /// One line for each cell, a head above them.
    public var csv: String {
        let head =
            "task,method,seeds,return,return_low,return_high,cost,cost_low,cost_high,safe,certified,tests\n"
        return head
            + cells.map { cell in
                let ends = [cell.totalReturn, cell.cost].map { mean in
                    "\(mean.value),"
                        + (mean.interval.map { "\($0.lowerBound),\($0.upperBound)" } ?? ",")
                }
                let tests = cell.certified.map { "\($0.passed),\($0.of)" } ?? ","
                return [
                    Self.quotedForCSV(plan.tasks[cell.task].name),
                    Self.quotedForCSV(plan.methods[cell.method].name),
                    "\(cell.seeds)", ends[0], ends[1], cell.isSafe ? "1" : "0", tests,
                ].joined(separator: ",") + "\n"
            }.joined()
    }

    /// The cells as JSON, ended by a line feed.
    public var json: String {
        func mean(_ mean: Mean) -> JSONValue {
            let ends = mean.interval.map { JSONValue.list([.number($0.lowerBound), .number($0.upperBound)]) }
            return .object([("mean", .number(mean.value)), ("interval", ends ?? .null)])
        }
        let rows = cells.map { cell -> JSONValue in
            let tests = cell.certified.map {
                JSONValue.object([("passed", .integer($0.passed)), ("tests", .integer($0.of))])
            }
            return .object([
                ("task", .text(plan.tasks[cell.task].name)),
                ("method", .text(plan.methods[cell.method].name)),
                ("seeds", .integer(cell.seeds)), ("return", mean(cell.totalReturn)),
                ("cost", mean(cell.cost)),
                ("is_normalized", .boolean(plan.tasks[cell.task].returns != nil)),
                ("is_safe", .boolean(cell.isSafe)), ("certified", tests ?? .null),
            ])
        }
        return JSONValue.object([("episodes", .integer(plan.episodes)), ("cells", .list(rows))]).pretty + "\n"
    }

    /// A `tabular`, safe cells bold, which needs the package booktabs.
    public var latex: String {
        let heads = plan.methods.map { "\\multicolumn{2}{c}{\(Self.forLaTeX($0.name))}" }
        var lines = [
            "\\begin{tabular}{l" + String(repeating: "rr", count: plan.methods.count) + "}", "\\toprule",
            "task & " + heads.joined(separator: " & ") + " \\\\",
            " & " + plan.methods.map { _ in "return & cost" }.joined(separator: " & ") + " \\\\", "\\midrule",
        ]
        for (task, place) in plan.tasks.enumerated() {
            let cells = plan.methods.indices.map { method -> String in
                guard let cell = cell(task: task, method: method) else { return "-- & --" }
                return [cell.totalReturn, cell.cost].map { mean in
                    let text = Self.number(mean.value)
                    return cell.isSafe ? "\\textbf{\(text)}" : text
                }.joined(separator: " & ")
            }
            lines.append("\(Self.forLaTeX(place.name)) & " + cells.joined(separator: " & ") + " \\\\")
        }
        let means = averages { Self.number($0) }.map { $0.replacingOccurrences(of: " | ", with: " & ") }
        lines += [
            "\\midrule", "mean & " + means.joined(separator: " & ") + " \\\\", "\\bottomrule",
            "\\end{tabular}",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private func averages(_ text: (Double) -> String) -> [String] {
        plan.methods.indices.map { method in
            average(method: method).map { "\(text($0.totalReturn)) | \(text($0.cost))" } ?? "– | –"
        }
    }

    private var standings: [String] {
        plan.methods.indices.map { method in
            let own = cells.filter { $0.method == method }
            return "\(own.count { $0.isSafe }) of \(own.count)"
        }
    }

    private static func text(_ mean: Mean) -> String {
        number(mean.value)
            + (mean.interval.map { " (\(number($0.lowerBound)) … \(number($0.upperBound)))" } ?? "")
    }

    private static func number(_ value: Double) -> String { String(format: "%.2f", value) }

    private static func escaped(_ name: String) -> String { name.replacingOccurrences(of: "|", with: "\\|") }

    private static func quotedForCSV(_ name: String) -> String {
        guard name.contains(where: { ",\"\n".contains($0) }) else { return name }
        return "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }

    private static func forLaTeX(_ name: String) -> String {
        name.map { "&%$#_{}".contains($0) ? "\\\($0)" : "\($0)" }.joined()
    }
}
