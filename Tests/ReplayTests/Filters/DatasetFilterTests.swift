import Replay
import Tensors
import Testing

/// Episodes of two steps with the given costs and returns: half of the return a step, the cost in the first.
private func dataset(_ outcomes: [(cost: Float, reward: Float)]) throws -> TransitionDataset {
    var columns = TransitionColumns(observationSize: 1, actionSize: 1)
    for (episode, outcome) in outcomes.enumerated() {
        for step in 0..<2 {
            columns.append(
                observation: [Float(episode)], action: [0], nextObservation: [Float(episode)],
                reward: outcome.reward / 2, cost: step == 0 ? outcome.cost : 0, terminated: false,
                truncated: step == 1)
        }
    }
    return try TransitionDataset(columns)
}

@Suite struct DatasetFilterTests {
    private var random = RandomStream(seed: 3, for: .splitting)

    @Test mutating func filtersThatAreNotSetKeepEveryEpisode() throws {
        let data = try TransitionDataset(sampleColumns(tail: 2))
        let result = try DatasetFilters().applied(to: data, using: &random)
        #expect(result.kept == [0, 1, 2])
        #expect(Array(result.dataset.rewards) == Array(data.rewards.prefix(12)))
        #expect(result.dataset.unendedTail == nil)
    }

    @Test mutating func gapsAreCutOneAfterTheOther() throws {
        let data = try dataset([(0, 0), (0, 4), (0, 10), (4, 0), (4, 9), (4, 10)])
        var filters = DatasetFilters()
        filters.gaps = [
            OutcomeRegion(cost: 0...0, reward: 0.5...1), OutcomeRegion(cost: 0...1, reward: 0.95...1),
        ]
        #expect(try filters.applied(to: data, using: &random).kept == [0, 1, 3, 4])
    }

    @Test mutating func epsilonJudgesWhatTheGapsLeave() throws {
        let data = try dataset([(0, 10), (0, 4), (0, 3), (9, 20), (9, 19)])
        var filters = DatasetFilters()
        filters.gaps = [OutcomeRegion(cost: 0...0, reward: 1...1)]
        (filters.epsilon, filters.costLimit) = (0.5, 1)
        #expect(try filters.applied(to: data, using: &random).kept == [2, 3, 4])
        filters.epsilon = -0.5
        #expect(try filters.applied(to: data, using: &random).kept == [1, 2, 4])
    }

    @Test mutating func outliersThatAGapCutsComeBackAtTheEnd() throws {
        let data = try dataset([(2, 10), (0, 2), (0, 1)])
        var filters = DatasetFilters()
        (filters.outliers, filters.costLimit) = (0.4, 1)
        filters.gaps = [OutcomeRegion(cost: 0...0, reward: 0.9...1)]
        let result = try filters.applied(to: data, using: &random)
        #expect(result.outliers == [0])
        #expect(result.kept == [1, 2, 0])
        #expect(Array(result.dataset.rewards.suffix(2)) == [7.5, 7.5])
        #expect(Array(result.dataset.costs.suffix(2)) == [0, 0])
    }

    @Test mutating func aGridKeepsAtMostSoManyOfACellAndNoneOfNearlyEmptyOnes() throws {
        let data = try dataset(
            (0..<20).map { _ in (0, 0) } + [(5, 5), (5, 5)] + (0..<3).map { _ in (9, 9) })
        var filters = DatasetFilters()
        filters.density = EpisodeGrid(costBins: 3, returnBins: 3, most: 6, least: 2)
        let kept = try filters.applied(to: data, using: &random).kept
        #expect(kept.count == 9)
        #expect(Set(kept).count == 9)
        #expect(kept.prefix(6).allSatisfy { $0 < 20 })
        #expect(Array(kept.suffix(3)) == [22, 23, 24])
    }

    @Test mutating func equalSeedsGiveEqualData() throws {
        let data = try TransitionDataset(sampleColumns())
        var filters = DatasetFilters()
        (filters.noise, filters.outliers, filters.costLimit) = (0.1, 0.5, 2)
        filters.ranges = OutcomeRanges(cost: 0...1, reward: 0...1)
        var again = random
        let first = try filters.applied(to: data, using: &random).dataset
        #expect(first.identity == (try filters.applied(to: data, using: &again)).dataset.identity)
        #expect(first.identity != (try filters.applied(to: data, using: &again)).dataset.identity)
    }

    @Test func sumsAreTakenInNumPysOrder() throws {
        let data = try dataset([(3, 7)])
        #expect(data.outcomes == [EpisodeOutcome(cost: 3, reward: 7)])
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        for row in 0..<300 {
            columns.append(
                observation: [0], action: [0], nextObservation: [0], reward: Float(row * row) / 11, cost: 0,
                terminated: false, truncated: row == 299)
        }
        // What numpy.sum gives; one after the other they sum up to 814095.25, in double precision to 814095.4375.
        #expect(try TransitionDataset(columns).outcomes[0].reward == 814095.5)
    }

    @Test func everyDensityIsOneOfATask() throws {
        let densities = DSRLTask.all.map(\.publishedDensities)
        #expect(densities.joined().count == 60)
        #expect(densities.allSatisfy { $0.isEmpty || $0.count == 2 })
        #expect(
            try DSRLTask.named("CarRun").grid(forDensity: 0.75)
                == EpisodeGrid(costBins: 10, returnBins: 20, most: 11, least: 2))
    }

    @Test mutating func aSampleHoldsNoCandidateTwice() {
        #expect(random.sample(5, of: [4, 8, 1, 9, 2]).sorted() == [1, 2, 4, 8, 9])
        let drawn = random.positions(200, weights: [0, 1, 0, 3])
        #expect(Set(drawn) == [1, 3])
        // Binomial(200, 1/4): beyond 25 … 80 with a chance below 1e-4.
        #expect(25...80 ~= drawn.count { $0 == 1 })
    }

    // MARK: Refusals

    @Test(arguments: Refusal.all) fileprivate func aFilterWithoutAnythingToWorkOnSaysSo(_ refusal: Refusal)
        throws
    {
        let data = try dataset([(4, 10), (0, 2), (0, 1)])
        var random = random
        let error = #expect(throws: DatasetFilterError.self) {
            _ = try refusal.filters.applied(to: data, using: &random)
        }
        #expect(error?.description == "data set in memory: " + refusal.message)
    }

    @Test mutating func outliersAreRefusedWhereCostsHaveParts() throws {
        var filters = DatasetFilters()
        (filters.outliers, filters.costLimit) = (0.5, 2)
        for columns in [channelColumns(), sampleColumns(constraint: true)] {
            #expect(throws: DatasetFilterError.costsHaveParts("data set in memory")) {
                _ = try filters.applied(to: TransitionDataset(columns), using: &random)
            }
        }
    }

    @Test func mergedDataAreOneAfterTheOtherWithoutTails() throws {
        let (first, second) = (
            try TransitionDataset(sampleColumns(tail: 2)), try TransitionDataset(sampleColumns(seed: 2))
        )
        let merged = try TransitionDataset.merging([first, second])
        #expect(merged.episodes.map(\.length) == [4, 3, 5, 4, 3, 5])
        #expect(Array(merged.rewards) == Array(first.rewards.prefix(12)) + Array(second.rewards))
    }

    @Test func dataOfAnotherKindAreNotMerged() throws {
        let data = try TransitionDataset(sampleColumns())
        #expect(
            throws: DatasetFilterError.differs(
                "data set in memory", other: "data set in memory", what: "values of an observation",
                found: "1", expected: "3")
        ) {
            _ = try TransitionDataset.merging([data, try dataset([(0, 0)])])
        }
        #expect(
            throws: DatasetFilterError.differs(
                "data set in memory", other: "data set in memory", what: "cost channels",
                found: "early, late", expected: "cost")
        ) {
            _ = try TransitionDataset.merging([data, try TransitionDataset(channelColumns())])
        }
    }

    @Test func safeAndUnsafeEpisodesAreAll() throws {
        let data = try dataset([(4, 10), (0, 2), (1, 1)])
        #expect(data.episodes(.safe, limit: 1) == [1, 2])
        #expect(data.episodes(.unsafe, limit: 1) == [0])
        #expect(try data.selecting(episodes: [2, 0]).episodes.map(\.totalReward) == [1, 10])
    }
}

/// Filters that three episodes of costs 4, 0, 0 and returns 10, 2, 1 do not stand.
private struct Refusal: Sendable, CustomTestStringConvertible {
    let message: String
    let filters: DatasetFilters
    var testDescription: String { message }

    init(_ message: String, limit: Double = 1, _ change: (inout DatasetFilters) -> Void) {
        var filters = DatasetFilters()
        filters.costLimit = limit
        change(&filters)
        (self.message, self.filters) = (message, filters)
    }

    static let all = [
        Refusal(
            "2 episodes cannot become outliers: 1 cost at least 2.0 and return at least 5.0. "
                + "Ask for a smaller share."
        ) { $0.outliers = 0.9 },
        Refusal(
            "inpainting finds no episode whose cost is in [1.6, 2.0]. "
                + "Widen that region, or name the file's task, whose constants it refers to."
        ) { $0.gaps = [OutcomeRegion(cost: 0.4...0.5, reward: 0...1)] },
        Refusal(
            "inpainting leaves no episode. Filter less, or name the file's task, whose constants it refers to."
        ) { $0.gaps = [OutcomeRegion(cost: 0...1, reward: 0...1)] },
        Refusal("no episode costs more than 8.0. Choose another cost limit.", limit: 8) { $0.epsilon = -1 },
        Refusal(
            "epsilon leaves no episode. Filter less, or name the file's task, whose constants it refers to.",
            limit: 8
        ) {
            $0.epsilon = 100
        },
        Refusal(
            "the density filter leaves no episode. "
                + "Filter less, or name the file's task, whose constants it refers to."
        ) { $0.density = EpisodeGrid(costBins: 2, returnBins: 2, most: 3, least: 2) },
    ]
}
