import Replay
import TestSupport
import Testing

@Suite struct FilterGoldenTests {
    private let golden: GoldenData

    init() throws { golden = try GoldenData() }

    @Test func densityKeepsTheReferencesEpisodes() throws {
        let reference = golden.facts.filters.density
        var filters = golden.filters
        filters.density = EpisodeGrid(
            costBins: reference.cbins, returnBins: reference.rbins, most: reference.max_npb,
            least: reference.min_npb)
        var draws = GoldenDraws(reference.draws)
        let result = try filters.applied(to: golden.dataset, using: &draws)
        #expect(result.kept == reference.kept)
        #expect(draws.isUsedUp)
    }

    @Test func outliersHaveTheReferencesRewardsAndCosts() throws {
        let reference = golden.facts.filters.outliers
        var filters = golden.filters
        filters.outliers = reference.percent
        var draws = GoldenDraws(reference.draws)
        let result = try filters.applied(to: golden.dataset, using: &draws)
        #expect(Array(result.dataset.costs) == (try golden.arrays.floats("outliers.costs")))
        #expect(
            relativeError(result.dataset.rewards, try golden.arrays.floats("outliers.rewards")) < 1e-6)
        #expect(draws.isUsedUp)
    }

    @Test func inpaintingKeepsTheReferencesEpisodes() throws {
        let reference = golden.facts.filters.inpaint
        let shares = reference.range
        var filters = golden.filters
        filters.gaps = [OutcomeRegion(cost: shares[0]...shares[1], reward: shares[2]...shares[3])]
        var draws = GoldenDraws()
        #expect(try filters.applied(to: golden.dataset, using: &draws).kept == reference.kept)
    }

    @Test func epsilonKeepsTheReferencesEpisodes() throws {
        #expect(!golden.facts.filters.epsilon.isEmpty)
        for reference in golden.facts.filters.epsilon {
            var filters = golden.filters
            filters.epsilon = reference.epsilon
            var draws = GoldenDraws()
            #expect(try filters.applied(to: golden.dataset, using: &draws).kept == reference.kept)
        }
    }

    @Test func noiseGivesTheReferencesStates() throws {
        let arrays = golden.arrays
        var filters = golden.filters
        filters.noise = golden.facts.filters.noise.scale
        var draws = GoldenDraws(
            normals: try arrays.floats("noise.z_observations") + arrays.floats("noise.z_next_observations"))
        let noisy = try filters.applied(to: golden.dataset, using: &draws).dataset
        #expect(relativeError(noisy.observations, try arrays.floats("noise.observations")) < 1e-6)
        #expect(relativeError(noisy.nextObservations, try arrays.floats("noise.next_observations")) < 1e-6)
        #expect(draws.isUsedUp)
    }

    @Test func scoresAreTheReferences() {
        let ranges = golden.facts.filters.ranges
        let task = DSRLTask(
            "OfflineGolden-v0", .bullet, golden.dataset.observationSize, golden.dataset.actionSize, steps: 1,
            rewards: ranges.min_episode_reward...ranges.max_episode_reward,
            costs: ranges.min_episode_cost...ranges.max_episode_cost, trajectories: 1, "")
        for score in golden.facts.filters.scores {
            #expect(task.normalizedReturn(score.reward).isWithin(1e-12, of: score.normalised_reward))
            let cost = task.normalizedCost(score.cost, limit: score.target_cost)
            #expect(cost.isWithin(1e-12, of: score.normalised_cost))
        }
    }

    @Test func selectionsByCostHaveTheReferencesRows() {
        let limit = Float(golden.facts.filters.ranges.target_cost)
        func rows(_ selection: CostSelection) -> Int {
            golden.dataset.episodes(selection, limit: limit).reduce(0) {
                $0 + golden.dataset.episodes[$1].length
            }
        }
        let reference = golden.facts.sequences.bc
        #expect(rows(.safe) == reference.safe)
        #expect(rows(.risky) == reference.risky)
        #expect(rows(.boundary) == reference.boundary)
        #expect(rows(.unsafe) == golden.dataset.count - reference.safe)
    }
}
