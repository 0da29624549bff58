import Foundation

extension FalseSafeLevel {
    /// One line for a person.
    public var text: String {
        guard let level else {
            return "no level: \(counted(violating, "violating start")), "
                + "\(needed) are needed at \(percent(alpha))"
        }
        return "V_h below \(short(level)): at most \(percent(alpha)) of the starts that lead to a violation, "
            + "by \(counted(violating, "violating start"))"
    }
}

extension CalledSafeRisk {
    /// One line for a person.
    public var text: String {
        let sure = "at \(percent(1 - delta)) confidence"
        if let accepted {
            let seen = "\(accepted.violations) of \(accepted.kept)"
            let bound = accepted.upperBound.map { ", bound \(percent($0))" } ?? ""
            return "V_h at most \(short(accepted.level)): at most \(percent(alpha)) lead to a violation "
                + "\(sure) (\(seen)\(bound))"
        }
        guard let first = levels.first(where: { $0.kept >= needed }) else {
            let most = levels.last?.kept ?? 0
            return "no level: \(counted(most, "start")) with V_h at most 0, \(needed) are needed for "
                + "\(percent(alpha)) \(sure)"
        }
        return "no level: with V_h at most \(short(first.level)), \(first.violations) of \(first.kept) "
            + "led to a violation, too many for \(percent(alpha)) \(sure)"
    }
}

extension FeasibilityStatements {
    /// Lines for a person, each with its heading.
    public var rows: [(name: String, text: String)] {
        [
            ("Seldom false-safe", falseSafe.text), ("Risk if called safe", calledSafe.text),
            ("", "both of starts, environment and policy as evaluated"),
        ]
    }
}

private func percent(_ share: Double) -> String { String(format: "%.3g %%", 100 * share) }

private func short(_ value: Double) -> String { String(format: "%.4g", value) }

private func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
}
