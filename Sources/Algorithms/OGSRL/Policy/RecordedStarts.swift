import Dynamics
import SafeRL

/// The recorded states in which roll-outs of the model begin.
struct RecordedStarts {
    /// Rows of the data; never none.
    let rows: [Int]

    /// Finds them.
    ///
    /// A policy within the budgets visits what episodes within the budgets visit. Begun in all recorded states it would mostly learn
    /// to end what it would never have begun, and pay for it: where most of what was recorded is dear, no policy from there is
    /// within the budgets.
    ///
    /// - Throws: `OptionIssue` where no episode is within the budgets.
    init(_ options: OGSRL.Configuration, _ data: ModelData) throws {
        switch options.starts {
        case .first: rows = data.firstRows
        case .recorded: rows = Array(0..<data.count)
        case .withinBudgets:
            rows = data.episodeRows.filter { Self.isWithin(options, data, $0) }.flatMap { $0 }
            guard rows.isEmpty else { return }
            throw OptionIssue(
                "starts", "no recorded episode is within the budgets. Raise them, or write \"recorded\".")
        }
    }

    /// Whether an episode's sums are at most the budgets, or its share of them where those are for the horizon.
    private static func isWithin(_ options: OGSRL.Configuration, _ data: ModelData, _ rows: Range<Int>)
        -> Bool
    {
        let spans = options.budgetsPer == .rollout ? Double(rows.count) / Double(options.horizon) : 1
        return data.costs.allSatisfy { column in
            guard let budget = options.budgets[column.name] else { return true }
            return column.values[rows].reduce(0, +) <= budget * max(spans, 1)
        }
    }
}
