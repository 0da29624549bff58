import Foundation

extension DatasetSummary {
    /// The summary as aligned lines for people, each ended by a line feed.
    public func text() -> String {
        var lines = [
            ("file", file ?? TransitionDataset.inMemory),
            ("sha256", sha256),
            ("transitions", "\(transitions)"),
            (
                "values",
                "\(observationSize) a state, "
                    + (actionChoices.map { "an action is one of \($0) choices" } ?? "\(actionSize) an action")
                    + (hasConstraintValues ? ", real-valued constraint" : "")
            ),
            ("episodes", "\(episodes): \(terminated) terminated, \(truncated) truncated"),
            ("length", line(length)),
            ("return", line(totalReward)),
            ("cost", line(totalCost)),
            ("cost rate", "\(percent(costRate)) of transitions have a positive cost"),
            ("cost-free", "\(percent(costFreeShare)) of episodes" + bestText),
        ]
        lines += clippedLines + channelLines + taskLines
        if let normalizedReturn {
            lines.append(("normalised", "return \(number(normalizedReturn)) in the mean"))
        }
        lines += warnings.map { ("warning", $0) }
        let width = max(13, 2 + lines.reduce(0) { max($0, $1.0.count) })
        return lines.map { name, value in
            name.padding(toLength: width, withPad: " ", startingAt: 0) + value + "\n"
        }.joined()
    }

    private var clippedLines: [(String, String)] {
        guard let clippedActions else { return [] }
        let count = "\(clippedActions.values) action values in \(clippedActions.rows) transitions"
        return [("clipped", "\(count), the largest \(clippedActions.largest)")]
    }

    private var channelLines: [(String, String)] {
        (costChannels ?? []).map { channel in
            let shares =
                "\(percent(channel.costRate)) of transitions, \(percent(channel.costFreeShare)) of episodes without"
            return ("cost \(channel.name)", "\(line(channel.totalCost)); \(shares)")
        }
    }

    private var taskLines: [(String, String)] {
        guard let task else { return [] }
        let limits = task.costLimits.map(number).joined(separator: ", ")
        return [
            ("task", "\(task.id), \(task.stepLimit) steps"),
            ("  return", "\(number(task.rewardMin)) to \(number(task.rewardMax)) in the official data"),
            ("  cost", "\(number(task.costMin)) to \(number(task.costMax)) in the official data"),
            ("  limits", "\(limits); strict \(number(task.strictCostLimit))"),
        ]
    }

    private var bestText: String {
        bestCostFreeReturn.map { "; best return among them \(number($0))" } ?? ""
    }

    private func line(_ spread: Spread) -> String {
        "min \(number(spread.min)), median \(number(spread.median)), mean \(number(spread.mean)), max \(number(spread.max))"
    }

    private func number(_ value: Double) -> String { String(format: "%.6g", value) }

    private func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
}
