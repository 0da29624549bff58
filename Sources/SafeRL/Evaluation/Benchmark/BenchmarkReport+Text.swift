import Foundation

extension BenchmarkReport {
    /// The report as lines for a person: runs, their mean, published rows, and what is not as the benchmark has it.
    public var table: String {
        let limits = costLimits.map { String(format: "cost/%g", $0) }
        let head = ["", "seed, episodes' seed", "return", "cost", "norm. return"] + limits
        var rows = runs.map(row)
        if runs.count > 1 { rows += [means, deviations, intervals, standings] }
        let scores = published.map { score in
            [score.method + ", published", "", "", "", number(score.normalizedReturn, 2)]
                + [number(score.normalizedCost, 2)]
        }
        let all = [head] + rows + scores
        let widths = head.indices.map { column in
            all.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        let lines = all.map { aligned($0, widths) }
        let title =
            "\(task) by DSRL's protocol in \(environment): at most \(timeLimit) steps, \(episodes) episodes a run\n"
        return title + lines.prefix(1 + rows.count).map { $0 + "\n" }.joined()
            + publishedBlock(lines.suffix(scores.count)) + departureBlock
    }

    private func row(_ run: BenchmarkRun) -> [String] {
        ["\(run.algorithm) \(run.run)", "\(run.trainingSeed), \(run.report.seed)"]
            + [run.report.returnMean, run.report.costMean, run.report.normalizedReturn ?? 0].map {
                number($0)
            }
            + run.normalizedCosts.map { number($0.normalizedCost) }
    }

    private var spreads: [Spread] {
        [summary.totalReturn, summary.cost, summary.normalizedReturn]
            + summary.normalizedCosts.map(\.normalizedCost)
    }

    private var means: [String] { ["mean", "\(runs.count) runs"] + spreads.map { number($0.mean) } }
    private var deviations: [String] {
        ["± sd over runs", ""] + spreads.map { $0.deviation.map { number($0) } ?? "" }
    }

    /// Empty where all runs have the same mean, whose spread says nothing.
    private var intervals: [String] {
        [String(format: "%g %% interval", 100 * confidence), "approximate"]
            + spreads.map { spread in
                spread.interval.map { "\(number($0[0])) … \(number($0[1]))" } ?? "–"
            }
    }

    private var standings: [String] {
        ["cost limit", "", "", "", ""] + summary.normalizedCosts.map(\.standing.rawValue)
    }

    private func publishedBlock(_ lines: some Collection<String>) -> String {
        if lines.isEmpty { return "No published row for this task in the table of FISOR's authors.\n" }
        return "Not measured here, \(publishedSource):\n" + lines.map { $0 + "\n" }.joined()
    }

    private var departureBlock: String {
        if departures.isEmpty { return "Protocol and data are the benchmark's.\n" }
        let comparison = published.isEmpty ? "" : " Published rows are not comparable one to one."
        return "Not as the benchmark has it.\(comparison)\n" + departures.map { "  \($0)\n" }.joined()
    }

    private func number(_ value: Double, _ digits: Int = 3) -> String {
        String(format: "%.\(digits)f", value)
    }

    /// First column to the left, numbers to the right.
    private func aligned(_ row: [String], _ widths: [Int]) -> String {
        row.indices.map { column in
            let padding = String(repeating: " ", count: widths[column] - row[column].count)
            return column == 0 ? row[column] + padding : "  " + padding + row[column]
        }.joined()
    }
}
