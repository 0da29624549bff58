import Foundation
import SafeRL

/// The rounds of a repair.
struct RepairTable {
    /// A policy, and what was found of it.
    struct Round {
        let number: Int
        /// The run that holds it; nothing for the one that was given.
        let run: String?
        let verdict: String
        let shares: [(name: String, share: Double)]
        /// Counter-examples that it learned from more than the round before, and rows of data with their neighbours and copies.
        let examples, rows: Int
        let step: Int
        let returnMean: Double
        let violationFree: Double
    }

    /// Share of the first policy's held-out return that may be lost.
    let limit: Double
    private(set) var rounds: [Round] = []

    init(limit: Double) { self.limit = limit }

    mutating func add(_ round: Round) { rounds.append(round) }

    /// Whether the latest policy lost more than that.
    var hasLost: Bool {
        guard let first = rounds.first, let last = rounds.last else { return false }
        return last.returnMean < first.returnMean - limit * abs(first.returnMean)
    }

    /// Whether another round is worth a try.
    var goesOn: Bool { rounds.last?.verdict != "holds" && !hasLost }
    /// Whether the latest policy has the property, and is as good as the first.
    var isRepaired: Bool { rounds.last?.verdict == "holds" && !hasLost }

    /// What came of it, in one line.
    private var conclusion: String {
        if isRepaired { return rounds.count == 1 ? "holds already" : "repaired" }
        if hasLost {
            return String(format: "not repaired: the held-out return fell by more than %g %%", 100 * limit)
        }
        if rounds.last?.verdict == "unknown" { return "not repaired: open, without a counter-example" }
        return "not repaired within the rounds"
    }

    /// A line for each round, and what came of it.
    var text: String {
        let names = rounds.first?.shares.map(\.name) ?? []
        var lines: [[String]] = [["round", "verdict"]]
        lines[0] += names
        lines[0] += ["examples", "rows", "updates", "return", "without violation"]
        for round in rounds {
            var line = ["\(round.number)", round.verdict]
            line += round.shares.map { String(format: "%.4f", $0.share) }
            line += ["\(round.examples)", "\(round.rows)", "\(round.step)"]
            line.append(String(format: "%.3f", round.returnMean))
            line.append(String(format: "%.1f %%", 100 * round.violationFree))
            lines.append(line)
        }
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        var text = ""
        for line in lines {
            let cells = zip(line, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            text += cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces) + "\n"
        }
        return text + conclusion + (rounds.last?.run.map { ": \($0)" } ?? "") + "\n"
    }

    /// The same as an object.
    var json: JSONValue {
        .object([
            ("repaired", .boolean(isRepaired)), ("conclusion", .text(conclusion)),
            ("rounds", .list(rounds.map(\.json))),
        ])
    }
}

extension RepairTable.Round {
    fileprivate var json: JSONValue {
        var members: [(String, JSONValue)] = [
            ("round", .integer(number)), ("run", run.map { JSONValue.text($0) } ?? .null),
            ("verdict", .text(verdict)),
        ]
        for (name, share) in shares { members.append((name, .number(share))) }
        members.append(("examples", .integer(examples)))
        members.append(("rows", .integer(rows)))
        members.append(("updates", .integer(step)))
        members.append(("return_mean", .number(returnMean)))
        members.append(("violation_free_share", .number(violationFree)))
        return .object(members)
    }
}
