import Foundation
import Replay
import Tensors
import Testing

@Suite struct DatasetSummaryTests {
    /// Four episodes of known return and cost.
    private func known() throws -> TransitionDataset {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        for (episode, (length, cost)) in [(2, 0), (3, 1), (4, 0), (5, 2)].enumerated() {
            for step in 0..<length {
                let value = Float(episode * 10 + step)
                columns.append(
                    observation: [value], action: [value / 100], nextObservation: [value + 1],
                    reward: Float(episode),
                    cost: step < cost ? 1 : 0, terminated: step + 1 == length && episode == 0,
                    truncated: step + 1 == length && episode > 0)
            }
        }
        return try TransitionDataset(columns)
    }

    @Test func theSummaryCountsWhatIsThere() throws {
        let summary = DatasetSummary(try known())
        #expect(
            (summary.transitions, summary.episodes, summary.terminated, summary.truncated) == (14, 4, 1, 3))
        #expect(
            (summary.length.min, summary.length.median, summary.length.mean, summary.length.max) == (
                2, 3.5, 3.5, 5
            ))
        // Returns 0, 3, 8, 15.
        #expect(
            summary.totalReward.median == 5.5 && summary.totalReward.mean == 6.5
                && summary.totalReward.max == 15)
        #expect((summary.totalCost.min, summary.totalCost.median, summary.totalCost.max) == (0, 0.5, 2))
        #expect(summary.costRate == 3.0 / 14 && summary.costFreeShare == 0.5)
        #expect(summary.bestCostFreeReturn == 8)
        #expect(summary.task == nil && summary.normalizedReturn == nil && summary.warnings == [])
    }

    @Test func theSummaryReadsAsAlignedLines() throws {
        let dataset = try known()
        #expect(
            DatasetSummary(dataset).text() == """
                file         data set in memory
                sha256       \(dataset.identity)
                transitions  14
                values       1 a state, 1 an action
                episodes     4: 1 terminated, 3 truncated
                length       min 2, median 3.5, mean 3.5, max 5
                return       min 0, median 5.5, mean 6.5, max 15
                cost         min 0, median 0.5, mean 0.75, max 2
                cost rate    21.43 % of transitions have a positive cost
                cost-free    50.00 % of episodes; best return among them 8

                """)
    }

    @Test func theSummaryIsJSONWithSnakeCaseKeys() throws {
        let scratch = try Scratch()
        let path = scratch.path("SafetyBallRun-v0-test.hdf5")
        var columns = TransitionColumns(observationSize: 7, actionSize: 2)
        columns.append(
            observation: [Float](repeating: 0, count: 7), action: [0, 0],
            nextObservation: [Float](repeating: 0, count: 7),
            reward: 26.339754, cost: 0, terminated: false, truncated: true)
        try TransitionDataset(columns).write(to: path)
        let summary = DatasetSummary(try TransitionDataset(contentsOf: path))
        #expect(summary.task?.id == "OfflineBallRun-v0")
        #expect(abs(try #require(summary.normalizedReturn)) < 1e-6)
        let json = try JSONEncoder().encode(summary)
        let keys = try #require(JSONSerialization.jsonObject(with: json) as? [String: Any]).keys.sorted()
        #expect(
            keys == [
                "action_size", "best_cost_free_return", "cost", "cost_free_share", "cost_rate", "episodes",
                "file",
                "has_constraint_values", "length", "normalized_return", "observation_size", "return",
                "sha256", "task",
                "terminated", "transitions", "truncated", "warnings",
            ])
        #expect(try JSONDecoder().decode(DatasetSummary.self, from: json) == summary)
        #expect(summary.text().contains("task         OfflineBallRun-v0, 100 steps\n"))
    }

    @Test func aNameThatContradictsTheSizesIsReported() throws {
        let scratch = try Scratch()
        let path = scratch.path("SafetyBallRun-v0-test.hdf5")
        try TransitionDataset(sampleColumns()).write(to: path)
        let dataset = try TransitionDataset(contentsOf: path)
        #expect(dataset.task == nil)
        #expect(
            dataset.warnings == [
                .noCostFreeEpisode(),
                .otherSizesThanTask("OfflineBallRun-v0", observationSize: 7, actionSize: 2),
            ])
    }
}

/// The numbers stored beside each real file, computed by its collector.
private struct RecordedStatistics: Decodable {
    let file: String
    let transitions: Int, trajectories: Int, obs_dim: Int, act_dim: Int, terminals: Int, timeouts: Int
    let return_min: Double, return_max: Double, return_median: Double
    let cost_min: Double, cost_max: Double, cost_median: Double
    let share_cost_zero: Double, best_return_cost_zero: Double
    let episode_length_min: Double, episode_length_max: Double
}

@Suite(.enabled(if: realDataFolder != nil, "needs real data sets; set SAFERL_SHARED")) struct RealDatasetTests
{
    @Test(arguments: [
        ("SafetyBallRun-v0-collected-80-940", "OfflineBallRun-v0"),
        ("SafetyCarRun-v0-collected-40-651", "OfflineCarRun-v0"),
        ("SafetyBallCircle-v0-collected-80-886", "OfflineBallCircle-v0"),
        ("SafetySwimmerVelocityGymnasium-v1-collected-200-280", "OfflineSwimmerVelocityGymnasium-v1"),
        ("SafetyHopperVelocityGymnasium-v1-collected-250-900", "OfflineHopperVelocityGymnasium-v1"),
    ])
    func aRealFileHasTheStatisticsOfItsCollector(name: String, task: String) throws {
        let folder = try #require(realDataFolder)
        let recorded = try JSONDecoder().decode(
            RecordedStatistics.self, from: Data(contentsOf: URL(filePath: "\(folder)/\(name).stats.json")))
        let dataset = try TransitionDataset(contentsOf: "\(folder)/\(name).hdf5")
        let summary = DatasetSummary(dataset)
        #expect(summary.task?.id == task)
        #expect(summary.transitions == recorded.transitions && summary.episodes == recorded.trajectories)
        #expect(summary.observationSize == recorded.obs_dim && summary.actionSize == recorded.act_dim)
        #expect(dataset.terminals.count { $0 != 0 } == recorded.terminals)
        #expect(dataset.timeouts.count { $0 != 0 } == recorded.timeouts)
        #expect(
            summary.length.min == recorded.episode_length_min
                && summary.length.max == recorded.episode_length_max)
        for (found, expected) in [
            (summary.totalReward.min, recorded.return_min),
            (summary.totalReward.median, recorded.return_median),
            (summary.totalReward.max, recorded.return_max), (summary.totalCost.min, recorded.cost_min),
            (summary.totalCost.median, recorded.cost_median), (summary.totalCost.max, recorded.cost_max),
            (summary.costFreeShare, recorded.share_cost_zero),
            (summary.bestCostFreeReturn ?? .nan, recorded.best_return_cost_zero),
        ] {
            #expect(abs(found - expected) <= 1e-9 * max(1, abs(expected)), "\(found), expected \(expected)")
        }
    }
}
