import Assurance
import SafeRL

/// An audit's report for a person.
struct AuditText {
    /// What is said first.
    let lines: [String]
    let heads: [String]
    /// A row a case, of as many cells as heads.
    let rows: [[String]]
    /// What else is to be known, by a word.
    let remarks: [(String, String)]
    /// What the figures are about.
    let scope: String

    /// First lines, then a block a case.
    var table: String {
        var text = lines.map { $0 + "\n" }.joined()
        for row in rows { text += "\n" + aligned(Array(zip(heads, row))) }
        return text + "\n" + aligned(remarks) + scope + "\n"
    }

    /// The same as a page.
    ///
    /// - Parameter subject: a sentence: what was audited, and how.
    /// - Returns: Markdown.
    func markdown(about subject: String) -> String {
        func cell(_ text: String) -> String { oneLine(text).replacing("|", with: "\\|") }
        func line(_ cells: [String]) -> String { "| " + cells.map(cell).joined(separator: " | ") + " |\n" }
        var page = "# Availability\n\n\(subject)\n\n"
        page += lines.map { "- \(oneLine($0))\n" }.joined() + "\n" + line(heads)
        page += line(heads.map { _ in "---" }) + rows.map(line).joined() + "\n"
        page += remarks.map { "- \($0.0): \(oneLine($0.1))\n" }.joined()
        return page + "\n**\(scope)**\n"
    }

    /// A share with its interval: `12 % (8 to 17)`; `-` of nothing.
    static func share(_ count: BinomialCount) -> String {
        guard count.trials > 0 else { return "-" }
        let range = count.interval(confidence: HandOverFigures.confidence)
        return "\(short(100 * count.share)) % "
            + "(\(short(100 * range.lowerBound)) to \(short(100 * range.upperBound)))"
    }

    /// Steps to an alarm, for a person.
    static func median(_ alarm: AlarmTrial?) -> String {
        alarm.map { $0.median.map { "\($0)" } ?? "never" } ?? "-"
    }
}
