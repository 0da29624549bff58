/// The episodes that filters have left so far, with the costs and rewards that outliers were given.
struct EpisodeSelection {
    private let dataset: TransitionDataset
    private let place: String
    private let ranges: OutcomeRanges
    /// Episodes of the data set that the density left; positions below refer to this list.
    private var episodes: [Int]
    /// Outcomes of `episodes`, those of outliers as changed.
    private var outcomes: [EpisodeOutcome]
    /// Positions that are left, in order.
    private var left: [Int]
    /// Positions of outliers, in the order drawn, each with the steps that cost.
    private var outliers: [(position: Int, steps: [Int])] = []
    /// What was done.
    private(set) var changes: [String] = []

    init(of dataset: TransitionDataset, ranges: OutcomeRanges?) {
        self.dataset = dataset
        place = dataset.path ?? TransitionDataset.inMemory
        episodes = Array(dataset.episodes.indices)
        outcomes = dataset.outcomes
        left = episodes
        self.ranges = ranges ?? OutcomeRanges(of: outcomes)
    }

    /// The episodes of the data set that are left, in order.
    var kept: [Int] { left.map { episodes[$0] } }
    /// The episodes of the data set that became outliers, in the order drawn.
    var outlierEpisodes: [Int] { outliers.map { episodes[$0.position] } }

    mutating func note(_ change: String) { changes.append(change) }

    /// The density filter.
    mutating func thin(_ grid: EpisodeGrid, using draws: inout some DataDraws) throws(DatasetFilterError) {
        let thinned = grid.kept(of: outcomes, within: ranges, using: &draws)
        guard !thinned.isEmpty else { throw .nothingLeft(place, filter: "the density filter") }
        note(
            "density, \(grid.costBins) × \(grid.returnBins) cells, \(grid.least + 1) to \(grid.most) each: "
                + "\(thinned.count) of \(episodes.count) episodes")
        (episodes, outcomes) = (thinned, thinned.map { outcomes[$0] })
        left = Array(episodes.indices)
    }

    /// Makes outliers that cost less than `bound` steps.
    mutating func addOutliers(
        _ share: Double, below bound: Int, using draws: inout some DataDraws
    ) throws(DatasetFilterError) {
        precondition(bound >= 1, "outliers that cost less than \(bound) steps")
        guard !dataset.hasNamedCosts && dataset.constraintValues == nil else {
            throw .costsHaveParts(place)
        }
        let wanted = max(Int(share * Double(episodes.count)), 1)
        let (cost, reward) = (ranges.cost.upperBound / 2, ranges.reward.upperBound / 2)
        let candidates = outcomes.indices.filter {
            Double(outcomes[$0].cost) >= cost && Double(outcomes[$0].reward) >= reward
        }
        guard candidates.count >= wanted else {
            throw .tooFewCandidates(
                place, wanted: wanted, found: candidates.count, cost: cost, reward: reward)
        }
        let drawn = draws.sample(wanted, of: candidates)
        let costs = draws.integers(wanted, below: bound)
        for (position, cost) in zip(drawn, costs) {
            let length = dataset.episodes[episodes[position]].length
            guard cost <= length else {
                throw .outlierTooShort(place, episode: episodes[position], steps: length, cost: cost)
            }
            outliers.append((position, draws.sample(cost, of: Array(0..<length))))
            outcomes[position] = EpisodeOutcome(cost: Float(cost), reward: 1.5 * outcomes[position].reward)
        }
        note("outliers: \(wanted) of \(candidates.count) costly and rewarding episodes")
    }

    /// Inpainting: cuts out the episodes of a region.
    mutating func cut(_ region: OutcomeRegion) throws(DatasetFilterError) {
        let band = ranges.cost.part(region.cost)
        let returns = left.filter { band.contains(Double(outcomes[$0].cost)) }.map {
            Double(outcomes[$0].reward)
        }
        guard let low = returns.min(), let high = returns.max() else {
            throw .emptyBand(place, lower: band.lowerBound, upper: band.upperBound)
        }
        let cut = (low...high).part(region.reward)
        let before = left.count
        left.removeAll {
            band.contains(Double(outcomes[$0].cost)) && cut.contains(Double(outcomes[$0].reward))
        }
        guard !left.isEmpty else { throw .nothingLeft(place, filter: "inpainting") }
        note(
            "inpainting, costs of \(band.lowerBound) to \(band.upperBound), returns of \(cut.lowerBound) to "
                + "\(cut.upperBound): without \(before - left.count) episodes")
    }

    /// Outliers that inpainting cut out, at the end.
    mutating func putOutliersBack() {
        let present = Set(left)
        left += outliers.map(\.position).filter { !present.contains($0) }
    }

    /// Epsilon: drops the best of the episodes within the limit, for a negative width of those beyond it.
    ///
    /// Of the episodes that are left: the released code looks them up by their positions in the full list, which is the
    /// same where nothing was cut out before.
    mutating func dropBest(within width: Double, limit: Double) throws(DatasetFilterError) {
        let group = left.filter { (Double(outcomes[$0].cost) <= limit) == (width > 0) }
        guard let best = group.map({ outcomes[$0].reward }).max() else {
            throw .emptyGroup(place, isWithin: width > 0, limit: limit)
        }
        let dropped = Set(group.filter { Double(outcomes[$0].reward) >= Double(best) - abs(width) })
        left = left.filter { !dropped.contains($0) }.sorted()
        guard !left.isEmpty else { throw .nothingLeft(place, filter: "epsilon") }
        note(
            "epsilon: without \(dropped.count) episodes whose cost is \(width > 0 ? "within" : "beyond") \(limit) and "
                + "whose return is within \(abs(width)) of their best, \(best)")
    }

    /// The rows of what is left.
    func columns() -> TransitionColumns {
        let costly = Dictionary(uniqueKeysWithValues: outliers.map { ($0.position, Set($0.steps)) })
        var columns = dataset.emptyColumns()
        columns.reserveCapacity(left.reduce(0) { $0 + dataset.episodes[episodes[$1]].length })
        let channels = dataset.costChannels
        for position in left {
            let rows = dataset.episodes[episodes[position]].rows
            for row in rows {
                guard let steps = costly[position] else {
                    dataset.append(row, of: channels, to: &columns)
                    continue
                }
                dataset.append(
                    row, reward: 1.5 * dataset.rewards[row],
                    costs: [steps.contains(row - rows.lowerBound) ? 1 : 0], to: &columns)
            }
        }
        return columns
    }
}
