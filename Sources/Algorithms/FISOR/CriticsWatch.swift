import SafeRL

/// Whether the critics have settled: what they say of transitions that no update sees, compared from look to look.
///
/// A critic that bootstraps comes nearer to its fixed point by about one step of an episode in `1 / criticTargetRate`
/// updates. Its values move in one direction until they arrive, and the drift of their mean shows that; a loss does not,
/// because it compares the critic with its own moving target.
package struct CriticsWatch: StoredValue {
    /// What one look found, over the held-out transitions.
    package struct Look: Codable, Equatable {
        /// Mean and root mean square of V_r and of V_h.
        package var reward = 0.0, rewardSize = 1.0, feasibility = 0.0, feasibilitySize = 1.0
        /// Share of the states judged feasible.
        package var feasibleShare = 0.0
        /// Root mean squared error of Q_r and of Q_h against their targets, in root mean squares of V_r and V_h.
        package var rewardError = 0.0, feasibilityError = 0.0

        /// A look that found nothing.
        package init() {}
    }

    /// How far the critics moved over the last looks.
    package struct Drift: Equatable {
        /// Change of the means of V_r and V_h, in their root mean squares.
        package var reward, feasibility: Double
        /// Change of the share of the states judged feasible.
        package var feasibleShare: Double
        /// Rise or fall of the held-out errors of Q_r and Q_h, the larger of the two.
        package var error: Double

        /// The largest of the four.
        package var largest: Double { max(reward, feasibility, feasibleShare, error) }
    }

    /// Looks between the two that are compared: each is a mean of many states, but one step of an optimiser moves them all.
    static let span = 4

    /// The newest `span + 1` looks, the oldest first.
    private(set) var looks: [Look] = []

    /// No look yet.
    package init() {}

    /// The newest look; nothing before the first.
    package var latest: Look? { looks.last }

    /// The drift; nothing before `span + 1` looks.
    package var drift: Drift? {
        guard looks.count == Self.span + 1, let first = looks.first, let last = looks.last else { return nil }
        // Values that are all 0 have no size, and then no drift either unless they moved.
        func relative(_ change: Double, _ size: Double) -> Double { abs(change) / max(size, 1e-6) }
        return Drift(
            reward: relative(last.reward - first.reward, last.rewardSize),
            feasibility: relative(last.feasibility - first.feasibility, last.feasibilitySize),
            feasibleShare: abs(last.feasibleShare - first.feasibleShare),
            error: max(
                abs(last.rewardError - first.rewardError), abs(last.feasibilityError - first.feasibilityError)
            ))
    }

    /// Whether no part of the drift exceeds a tolerance.
    package func isSettled(within tolerance: Float) -> Bool {
        drift.map { $0.largest <= Double(tolerance) } ?? false
    }

    /// Adds a look.
    package mutating func add(_ look: Look) {
        looks = looks.suffix(Self.span) + [look]
    }

    /// Checks that the looks are numbers, and no more than are kept.
    package func check() throws(UnsoundValue) {
        try Sound.check(looks.count, "the number of looks", in: 0...Self.span + 1)
        for look in looks {
            try Sound.check(
                finite: [
                    look.reward, look.rewardSize, look.feasibility, look.feasibilitySize,
                    look.feasibleShare, look.rewardError, look.feasibilityError,
                ], "a look at the critics")
        }
    }
}

/// The rows of a data set, parted by whole episodes into those that are learned from and those that critics are judged by.
struct HeldOutRows {
    /// Most transitions that critics are judged by.
    static let most = 2048

    /// Rows to learn from, in rising order.
    let learned: [Int32]
    /// Rows to judge by, in rising order, spread evenly over the episodes kept apart.
    let judged: [Int]

    /// Keeps episodes apart, spread evenly over the data, at least one.
    ///
    /// - Parameters:
    ///   - share: of the episodes, in (0, 1).
    ///   - data: at least two whole episodes.
    /// - Throws: `DatasetError.tooFewEpisodes`.
    init(_ share: Float, of data: TransitionDataset) throws {
        try data.requireEpisodes(2, for: "judging critics")
        let count = data.episodes.count
        let kept = min(max(Int((Float(count) * share).rounded()), 1), count - 1)
        let apart = (0..<kept).map { data.episodes[(2 * $0 + 1) * count / (2 * kept)] }
        let rows = apart.flatMap(\.rows)
        let isJudged = Set(rows)
        learned = (0..<Int32(data.count)).filter { !isJudged.contains(Int($0)) }
        let size = min(rows.count, Self.most)
        judged = (0..<size).map { rows[$0 * rows.count / size] }
    }
}
