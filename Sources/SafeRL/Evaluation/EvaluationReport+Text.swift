import Assurance
import Foundation

extension EvaluationReport {
    /// The report as lines for a person; what the episodes cannot give is left out.
    public var table: String {
        var rows: [(String, String)] = [
            ("Episodes", "\(episodes), seed \(seed), mean length \(String(format: "%.1f", lengthMean))"),
            ("Return", mean(returnMean, returnDeviation, returnInterval, isApproximate: true)),
            ("Cost", meanCost(cost)), ("Cost per episode", spread(cost)),
        ]
        if let value = normalizedReturn { rows.append(("Normalised return", number(value))) }
        if let value = normalizedCost {
            rows.append(("Normalised cost", number(value) + (costStanding.map { " (\(words($0)))" } ?? "")))
        }
        rows.append(("Without violation", share(cost.violationFreeShare, cost.violationFreeInterval)))
        rows.append(
            ("Violation bound", "at most \(percent(cost.violationUpperBound)) at \(level) confidence"))
        if let step = cost.firstViolationMedian {
            rows.append(("First violation", "step \(String(format: "%g", step)) (median)"))
        }
        rows += (channels ?? []).map { channel in
            let share = percent(channel.violationFreeShare)
            let bound = percent(channel.violationUpperBound)
            let cost = meanCost(channel.cost)
            return ("Cost \(channel.name)", "\(cost); without violation \(share), bound \(bound)")
        }
        if let reached = goalShare, let interval = goalInterval {
            rows.append(("Reached the goal", share(reached, interval)))
        }
        rows.append(("Ended by the task", share(terminatedShare, terminatedInterval)))
        rows += exactRows
        rows += (feasibility?.rows ?? []).map { ($0.name, $0.text) }
        if let guarded { rows.append(("Guard", guarded.text)) }
        if let shield {
            rows.append(("Shield", shield.text))
            if shield.rules != nil {
                rows.append(
                    ("Rules broken", "in \(shield.brokenSteps) of \(shield.stepsDone) steps that were done"))
            }
            if let watch = shield.watch { rows.append(("Monitor", watch.text)) }
            if let router = shield.router { rows.append(("Router", router.text)) }
        }
        let width = rows.reduce(0) { max($0, $1.0.count) } + 2
        return rows.map { $0.0.padding(toLength: width, withPad: " ", startingAt: 0) + $0.1 + "\n" }.joined()
    }

    private var exactRows: [(String, String)] {
        guard let exact else { return [] }
        return [("Exact return", number(exact.value))]
            + zip(exact.costNames, exact.costs).map { ("Exact cost \($0)", number($1)) }
            + [("Exact length", number(exact.length))]
    }

    private var level: String { String(format: "%g %%", 100 * confidence) }

    private func number(_ value: Double) -> String { String(format: "%.3f", value) }

    private func percent(_ value: Double) -> String { String(format: "%.1f %%", 100 * value) }

    private func meanCost(_ cost: CostFigures) -> String {
        mean(
            cost.costMean, cost.costDeviation, cost.costInterval,
            isApproximate: cost.costIntervalMethod == .studentT)
    }

    private func mean(
        _ mean: Double, _ deviation: Double?, _ interval: [Double]?, isApproximate: Bool
    ) -> String {
        let range = interval.map {
            ", \(level) interval \(number($0[0])) to \(number($0[1]))\(isApproximate ? " (approximate)" : "")"
        }
        return number(mean) + (deviation.map { " ± \(number($0))" } ?? "") + (range ?? "")
    }

    private func share(_ share: Double, _ interval: [Double]) -> String {
        "\(percent(share)), \(level) interval \(String(format: "%.1f", 100 * interval[0])) to \(percent(interval[1]))"
    }

    private func spread(_ cost: CostFigures) -> String {
        func short(_ value: Double) -> String { String(format: "%.4g", value) }
        let quantiles = [
            ("10", cost.costTenth), ("50", cost.costMedian), ("90", cost.costNinetieth),
            ("99", cost.costNinetyNinth),
        ]
        return quantiles.map { "\($0) % ≤ \(short($1))" }.joined(separator: ", ")
            + ", largest \(short(cost.costLargest)), mean of the worst 5 % \(short(cost.costTailMean))"
    }

    /// What can be said about the limit, and what it would take where nothing can.
    private func words(_ standing: LimitStanding) -> String {
        let limit = String(format: "%g", standing.limit)
        switch standing.verdict {
        case .within: return "within the limit of \(limit) at \(level)"
        case .over: return "over the limit of \(limit) at \(level)"
        case .undecided:
            let remedy = standing.drawsToDecide.map { "; about \($0) episodes would decide" } ?? ""
            return "undecided at \(level) about the limit of \(limit)\(remedy)"
        }
    }
}
