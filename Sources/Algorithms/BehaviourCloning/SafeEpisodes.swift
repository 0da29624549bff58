import SafeRL

/// The episodes of a data set whose costs sum up to a limit at most: what BC-Safe learns from.
///
/// Sums are undiscounted. They are taken in double precision and compared in single precision, that of stored costs, so
/// that ten costs of 0.1 are within a limit of 1. A row after the last end belongs to no episode and is never kept.
struct SafeEpisodes {
    /// Their rows, in rising order; not empty.
    let rows: [Int32]
    /// One line for the user.
    let summary: String

    /// Selects the episodes.
    ///
    /// - Parameters:
    ///   - data: where they are from.
    ///   - limit: the largest cost that is kept, at least 0.
    /// - Throws: `OptionIssue` naming the smallest cost there is when no episode is kept.
    init(of data: TransitionDataset, within limit: Float) throws {
        let kept = data.episodes.filter { Float($0.totalCost) <= limit }
        if kept.isEmpty {
            let smallest = data.episodes.map(\.totalCost).min() ?? 0
            throw OptionIssue(
                "episodes.costLimit",
                "none of the \(data.episodes.count) episodes costs so little: the smallest cost is "
                    + "\(plain(Float(smallest))). Raise it to that or more, or set episodes to \"all\".")
        }
        rows = kept.flatMap { $0.rows.map { Int32($0) } }
        let tail = data.unendedTail.map { "; \($0.count) after the last end are left out" } ?? ""
        summary =
            "\(kept.count) of \(data.episodes.count) episodes, \(rows.count) of \(data.count) transitions: "
            + "those whose cost is at most \(plain(limit))\(tail)"
    }
}

/// A number as a person writes it: 5 for 5.0, and enough digits to read the same number again.
private func plain(_ number: Float) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
