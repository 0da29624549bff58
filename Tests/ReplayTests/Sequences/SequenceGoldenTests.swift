import Foundation
import Replay
import TestSupport
import Testing

/// Episodes as sequences, relabelled copies and windows against the reference implementation.
@Suite struct SequenceGoldenTests {
    private struct Facts: Decodable {
        struct Configuration: Decodable {
            let seq_len: Int
            let reward_scale: Float
            let deg: Int
            let augment: Double, max_reward: Double, min_reward: Double, max_rew_decrease: Double
            let beta: Double
        }
        struct Augmentation: Decodable {
            let grid_kept: [Int], nearest: [Int]
            let frontier: [Double]
            let draws: [GoldenDraw]
        }
        struct Window: Decodable { let trajectory: Int, start: Int }
        struct Sequences: Decodable {
            let augmentation: Augmentation
            let windows: [Window]
        }
        let config: Configuration
        let sequences: Sequences
    }

    private let golden: GoldenData
    private let facts: Facts

    init() throws {
        golden = try GoldenData()
        facts = try Golden.decode(Facts.self, "baselines", "data.json")
    }

    private func sequences(_ sampling: EpisodeSampling = .uniform) -> EpisodeSequences {
        EpisodeSequences(golden.dataset, returnScale: facts.config.reward_scale, sampling: sampling)
    }

    private var relabelling: EpisodeRelabelling {
        let config = facts.config
        var relabelling = EpisodeRelabelling(
            maxReward: config.max_reward, maxRewardDecrease: config.max_rew_decrease)
        (relabelling.share, relabelling.degree) = (config.augment, config.deg)
        (relabelling.minReward, relabelling.beta) = (config.min_reward, config.beta)
        return relabelling
    }

    private func choice(_ relabelling: EpisodeRelabelling) throws -> EpisodeRelabelling.Choice {
        var draws = GoldenDraws(facts.sequences.augmentation.draws)
        let choice = try relabelling.choose(among: sequences().outcomes, using: &draws)
        #expect(draws.isUsedUp)
        return choice
    }

    @Test func returnsAndCostsOfEpisodesAreTheReferences() throws {
        let outcomes = sequences().outcomes
        #expect(outcomes.map(\.reward) == (try golden.arrays.floats("trajectory.return")))
        #expect(outcomes.map(\.cost) == (try golden.arrays.floats("trajectory.cost_return")))
    }

    @Test func relabelledEpisodesAreTheReferences() throws {
        let reference = facts.sequences.augmentation
        let choice = try choice(relabelling)
        #expect(choice.kept == reference.grid_kept)
        #expect(relativeError(choice.frontier, reference.frontier) < 1e-8)
        #expect(choice.targets.map(\.episode) == reference.nearest.map { choice.kept[$0] })
        let sequences = sequences()
        sequences.add(choice.targets, sampling: .uniform)
        let copies = sequences.sequences.dropFirst(golden.dataset.episodes.count)
        let batch = batch(windows: copies.count, steps: 1)
        sequences.fill(batch, picks: copies.indices.map { ($0, 0) })
        let scale = facts.config.reward_scale
        let (returns, costs) = (
            try golden.arrays.floats("augmented.return"), try golden.arrays.floats("augmented.cost_return")
        )
        #expect(relativeError(batch.returnsToGo.buffer, returns.map { scale * $0 }) < 1e-6)
        #expect(relativeError(batch.costsToGo.buffer, costs) < 1e-6)
        let first = try golden.arrays.floats("augmented.returns0")
        let whole = self.batch(windows: 1, steps: first.count)
        sequences.fill(whole, picks: [(golden.dataset.episodes.count, 0)])
        #expect(whole.rows == first.count)
        #expect(relativeError(whole.returnsToGo.buffer, first.map { scale * $0 }) < 1e-6)
        #expect(
            relativeError(whole.costsToGo.buffer, try golden.arrays.floats("augmented.cost_returns0")) < 1e-6)
    }

    @Test func probabilitiesAreTheReferences() throws {
        let choice = try choice(relabelling)
        for (name, rule) in [
            ("linear", .linear(from: 70)), ("inverse", .inverse(plus: 10)), ("clipped", .linear(from: 5)),
        ] as [(String, EpisodeSampling)] {
            let sequences = sequences(rule)
            sequences.add(choice.targets, sampling: rule)
            let expected = try golden.arrays.floats("probability.\(name)").map(Double.init)
            #expect(relativeError(sequences.probabilities, expected) < 1e-6, "\(name)")
        }
    }

    @Test func windowsAreTheReferencesWithoutTheirPadding() throws {
        let sequences = sequences()
        sequences.add(try choice(relabelling).targets, sampling: .uniform)
        let windows = facts.sequences.windows
        let batch = batch(windows: windows.count, steps: facts.config.seq_len)
        sequences.fill(batch, picks: windows.map { ($0.trajectory, $0.start) })
        for number in windows.indices {
            let rows = batch.starts[number]..<batch.starts[number + 1]
            func expect(_ name: String, _ values: UnsafeMutableBufferPointer<Float>, _ width: Int) throws {
                let all = try golden.arrays.floats("window\(number).\(name)")
                let own = values[rows.lowerBound * width..<rows.upperBound * width]
                #expect(relativeError(own, all.prefix(rows.count * width)) < 1e-6, "\(number) \(name)")
            }
            #expect(
                try golden.arrays.floats("window\(number).mask").reduce(0, +) == Float(rows.count))
            try expect("states", batch.observations.buffer, golden.dataset.observationSize)
            try expect("actions", batch.actions.buffer, golden.dataset.actionSize)
            try expect("returns", batch.returnsToGo.buffer, 1)
            try expect("cost_returns", batch.costsToGo.buffer, 1)
            try expect("costs", batch.costs.buffer, 1)
            #expect(
                try golden.arrays.integers("window\(number).time_steps").prefix(rows.count)
                    == ArraySlice(batch.timeSteps[rows].map { Int($0) }))
            let cost = try golden.arrays.floats("window\(number).episode_cost")[0]
            #expect(batch.episodeCosts.buffer[number] == cost)
        }
    }

    private func batch(windows: Int, steps: Int) -> SequenceBatch {
        SequenceBatch(
            windows: windows, steps: steps, observationSize: golden.dataset.observationSize,
            actionSize: golden.dataset.actionSize)
    }
}
