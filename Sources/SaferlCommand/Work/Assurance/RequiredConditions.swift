import AssuranceCases
import SafeRL

extension [EvidencePredicate] {
    /// Refuses a report of which one of them is not true, each on a line.
    ///
    /// - Parameters:
    ///   - report: whose members they are about.
    ///   - isQuiet: whether standard output is kept for the report, so that they go to standard error.
    /// - Throws: `CommandStatus.noSolutionFound`.
    func require(of report: JSONValue, isQuiet: Bool) throws {
        let unmet = compactMap { condition -> String? in
            let truth = condition.truth { report[$0] }
            return truth == .yes
                ? nil : "not met: \(oneLine(condition.text)) is \(truth == .no ? "false" : "unknown")"
        }
        if !unmet.isEmpty { try Output.refuse(unmet.joined(separator: "\n"), isQuiet: isQuiet) }
    }
}
