import AssuranceCases
import SafeRL

/// What is said of a case on the terminal.
struct AssuranceSummary {
    private let report: CaseReport
    private let page: String

    init(_ report: CaseReport, page: String) { (self.report, self.page) = (report, page) }

    /// Prints it, and ends with 3 where the top goal is not proved.
    ///
    /// - Parameters:
    ///   - asJSON: prints `assurance.json` instead.
    ///   - checkedBy: says, after a check, what else was found to hold; nothing after a case was made.
    /// - Throws: `OutputError`, `CommandStatus.noSolutionFound`.
    func write(asJSON: Bool, checkedBy: String? = nil) throws {
        if asJSON {
            try Output.write(piece: report.document.pretty)
        } else {
            var lines = [oneLine(report.headline), "Rests on    " + report.foundation]
            lines += report.troubles.map { "\($0.id): \($0.verdict) (\(oneLine($0.reason)))" }
            if let checkedBy {
                lines.append("Checked     everything follows from the files\(checkedBy)")
            }
            lines.append("Signed by   " + (report.signedBy ?? "nobody"))
            lines.append("Page        \(page)")
            try Output.write(lines.joined(separator: "\n"))
        }
        if report.judgement.verdict != .proved { throw CommandStatus.noSolutionFound }
    }
}
