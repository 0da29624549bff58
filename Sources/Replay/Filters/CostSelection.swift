/// Which episodes are chosen by their cost, given a limit κ: the selections of OSRL's behaviour cloning.
public enum CostSelection: String, Codable, Sendable, CaseIterable {
    /// Cost at most κ.
    case safe
    /// Cost above κ.
    case unsafe
    /// Cost at least 2κ.
    case risky
    /// Cost above κ/2 and at most 3κ/2.
    case boundary

    /// Whether an episode of that cost is chosen.
    ///
    /// - Parameters:
    ///   - cost: undiscounted sum; costs are recorded in single precision, so they are compared in it.
    ///   - limit: κ, at least 0.
    /// - Returns: whether it is.
    public func includes(_ cost: Double, limit: Float) -> Bool {
        let cost = Float(cost)
        return switch self {
        case .safe: cost <= limit
        case .unsafe: !(cost <= limit)
        case .risky: cost >= 2 * limit
        case .boundary: cost > 0.5 * limit && cost <= 1.5 * limit
        }
    }
}

extension TransitionDataset {
    /// Positions in `episodes` of those that a selection chooses, in their order.
    public func episodes(_ selection: CostSelection, limit: Float) -> [Int] {
        episodes.indices.filter { selection.includes(episodes[$0].totalCost, limit: limit) }
    }

    /// The whole episodes of several data sets, one after the other.
    ///
    /// - Parameter datasets: at least one; all of equal sizes, choices, cost channels, and with constraint values or without.
    /// - Returns: a copy in memory; unended tails are left out.
    /// - Throws: `DatasetFilterError.differs`; `DatasetError.tooLarge`.
    public static func merging(_ datasets: [TransitionDataset]) throws -> TransitionDataset {
        guard let first = datasets.first else { preconditionFailure("merging no data set") }
        for other in datasets.dropFirst() { try other.requireKind(of: first) }
        var columns = first.emptyColumns()
        columns.reserveCapacity(datasets.reduce(0) { $0 + $1.count })
        for dataset in datasets {
            let channels = dataset.costChannels
            for row in dataset.episodes.flatMap(\.rows) { dataset.append(row, of: channels, to: &columns) }
        }
        return try TransitionDataset(columns)
    }

    private func requireKind(of first: TransitionDataset) throws(DatasetFilterError) {
        func channels(_ data: TransitionDataset) -> String {
            data.costChannels.map(\.name).joined(separator: ", ")
        }
        func values(_ data: TransitionDataset) -> String { data.constraintValues == nil ? "none" : "present" }
        func choices(_ data: TransitionDataset) -> String { data.actionChoices.map { "\($0)" } ?? "none" }
        let facts = [
            ("values of an observation", "\(observationSize)", "\(first.observationSize)"),
            ("values of an action", "\(actionSize)", "\(first.actionSize)"),
            ("choices of an action", choices(self), choices(first)),
            ("cost channels", channels(self), channels(first)),
            ("constraint values", values(self), values(first)),
        ]
        for (what, found, expected) in facts where found != expected {
            throw .differs(
                path ?? Self.inMemory, other: first.path ?? Self.inMemory, what: what, found: found,
                expected: expected)
        }
    }
}
