import Tensors

/// What a guardian is fitted on, and what is kept from the fit to calibrate and to certify it.
public struct GuardianData: Sendable {
    /// The columns.
    public let features: GuardianFeatures
    /// Points to fit on, `[n, features.count]`.
    public let points: Matrix
    /// One random step of each episode held out, `[m, features.count]`; nothing if none was.
    public let heldOut: Matrix?
    /// Range that each feature has at least, whatever the points say; nil for theirs.
    public private(set) var smallestRanges: [Double]?

    /// Takes points that are already split.
    ///
    /// - Parameters:
    ///   - points: to fit on, at least one row.
    ///   - heldOut: one step of each held-out episode; more steps of an episode would not be independent.
    ///   - features: the columns; without names by default.
    /// - Throws: `noPoints`, `notFinite`, `otherSize`.
    public init(
        points: Matrix, heldOut: Matrix? = nil, features: GuardianFeatures? = nil
    ) throws(GuardianError) {
        guard points.rows > 0 && points.columns > 0 else { throw .noPoints }
        let features = features ?? GuardianFeatures(points.columns)
        try features.check(columns: points.columns, of: "to be fitted")
        try points.mustHoldFinitePoints()
        if let heldOut {
            guard heldOut.rows > 0 else { throw .noHeldOutPoints }
            try features.check(columns: heldOut.columns, of: "to be calibrated")
            try heldOut.mustHoldFinitePoints()
        }
        (self.features, self.points, self.heldOut) = (features, points, heldOut)
    }

    /// Splits episodes: a share of them is held out, of which one random step each is kept; the rest is fitted on.
    ///
    /// - Parameters:
    ///   - points: all rows.
    ///   - episodes: the rows of each episode; empty ones and rows of no episode do not count.
    ///   - share: of the episodes to hold out, in (0, 1); at least one, and never all.
    ///   - seed: chooses the episodes and the steps.
    ///   - features: the columns; without names by default.
    /// - Throws: `oneEpisode` if nothing can be held out, and as the other initialiser.
    public init(
        points: Matrix, episodes: [Range<Int>], holdingOut share: Double, seed: UInt64,
        features: GuardianFeatures? = nil
    ) throws(GuardianError) {
        guard share > 0 && share < 1 else {
            throw .outOfRange(option: "the held-out share", value: share, range: "(0, 1)")
        }
        precondition(
            episodes.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= points.rows },
            "an episode goes beyond the \(points.rows) rows")
        var episodes = episodes.filter { !$0.isEmpty }
        guard !episodes.isEmpty else { throw .noPoints }
        guard episodes.count > 1 else { throw .oneEpisode }
        let count = min(episodes.count - 1, max(1, Int((share * Double(episodes.count)).rounded())))
        var stream = RandomStream(seed: seed, for: .splitting)
        var steps: [Int] = []
        for place in 0..<count {
            episodes.swapAt(place, place + stream.nextInteger(below: episodes.count - place))
            steps.append(episodes[place].lowerBound + stream.nextInteger(below: episodes[place].count))
        }
        let rest = episodes.dropFirst(count).sorted { $0.lowerBound < $1.lowerBound }.flatMap { $0 }
        try self.init(points: points.rows(at: rest), heldOut: points.rows(at: steps), features: features)
    }

    /// The same, with features that nobody can tell apart in what is judged counting as constant.
    ///
    /// A feature whose range on the points to fit on is within ± its error says nothing about what is judged with such errors, and would
    /// call all of it outside. Its range is widened to a million errors.
    ///
    /// - Parameter errors: how far off each feature is in what will be judged, at least 0; 0 where it is exact.
    /// - Returns: these points.
    public func resolving(_ errors: [Double]) -> GuardianData {
        precondition(errors.count == points.columns, "\(errors.count) errors of \(points.columns) features")
        let ends = errors.indices.map { column in
            (0..<points.rows).reduce(into: (low: Double.infinity, high: -Double.infinity)) {
                $0 = (min($0.low, points[$1, column]), max($0.high, points[$1, column]))
            }
        }
        var result = self
        result.smallestRanges = zip(errors, ends).map { error, end in
            error > 0 && error >= end.high / 2 - end.low / 2 ? 2e6 * error : 0
        }
        return result
    }
}
