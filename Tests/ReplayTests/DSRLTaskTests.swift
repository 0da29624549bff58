import Foundation
import Replay
import Testing

@Suite struct DSRLTaskTests {
    /// The benchmark's table as transcribed beside these tests, one row a task.
    private func tableRows() throws -> [[String]] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "dsrl-tasks.csv")
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").dropFirst()
            .map { $0.split(separator: ",").map(String.init) }
    }

    @Test func everyTaskAgreesWithTheTable() throws {
        let rows = try tableRows()
        #expect(rows.count == 38 && DSRLTask.all.count == 38)
        for (task, row) in zip(DSRLTask.all, rows) {
            #expect(task.id == row[0])
            #expect([task.observationSize, task.actionSize, task.stepLimit] == row[1...3].map { Int($0) })
            #expect(
                [task.rewardRange.lowerBound, task.rewardRange.upperBound] == row[4...5].map { Double($0) })
            #expect([task.costRange.lowerBound, task.costRange.upperBound] == row[6...7].map { Double($0) })
            #expect(task.trajectories == Int(row[8]))
            #expect(task.costLimits == row[9].split(separator: " ").map { Double($0) })
            #expect(task.fileName == row[10])
        }
    }

    @Test func suitesHaveTheirSizesAndStrictLimits() {
        let counts = Dictionary(grouping: DSRLTask.all, by: \.suite).mapValues(\.count)
        #expect(counts == [.bullet: 8, .safetyGymnasium: 21, .metaDrive: 9])
        for task in DSRLTask.all {
            #expect(task.strictCostLimit == (task.suite == .safetyGymnasium ? 10 : 5))
        }
        #expect(Set(DSRLTask.all.map(\.id)).count == 38 && Set(DSRLTask.all.map(\.shortName)).count == 38)
    }

    @Test func officialAndCollectedFileNamesNameTheirTask() {
        for task in DSRLTask.all {
            #expect(DSRLTask.inferred(fromFileName: "/data/" + task.fileName) == task)
        }
        for (name, id) in [
            ("SafetyBallRun-v0-collected-80-940.hdf5", "OfflineBallRun-v0"),
            (
                "x/SafetyHopperVelocityGymnasium-v1-collected-250-900.hdf5",
                "OfflineHopperVelocityGymnasium-v1"
            ),
            ("SafeMetaDrive-easymean-v0.hdf5", "OfflineMetadrive-easymean-v0"),
        ] {
            #expect(DSRLTask.inferred(fromFileName: name)?.id == id)
        }
        for name in ["", "/", "points.hdf5", "SafetyBallRun-v01-80.hdf5", "BallRun.hdf5"] {
            #expect(DSRLTask.inferred(fromFileName: name) == nil)
        }
    }

    @Test func tasksAreFoundByIdAndShortName() throws {
        #expect(try DSRLTask.named("offlineballrun-v0").id == "OfflineBallRun-v0")
        #expect(try DSRLTask.named("HopperVelocity").id == "OfflineHopperVelocityGymnasium-v1")
        #expect(try DSRLTask.named("easysparse").id == "OfflineMetadrive-easysparse-v0")
        let near = #expect(throws: UnknownTask.self) { try DSRLTask.named("BalRun") }
        #expect(near?.description == "\"BalRun\" is not one of the 38 DSRL tasks. Did you mean \"BallRun\"?")
        for (written, meant) in [
            ("OfflinePointGoal1-v0", "OfflinePointGoal1Gymnasium-v0"),
            ("SafetyPointGoal1-v0", "OfflinePointGoal1Gymnasium-v0"),
            ("OfflineHopperVelocity-v1", "OfflineHopperVelocityGymnasium-v1"),
            ("SafetyBallRun-v0", "OfflineBallRun-v0"), ("offlineballrunn-v0", "OfflineBallRun-v0"),
            ("SafetyPontGoal1Gymnasium-v0", "OfflinePointGoal1Gymnasium-v0"),
        ] {
            let fault = #expect(throws: UnknownTask.self) { try DSRLTask.named(written) }
            #expect(fault?.suggestion == meant, "\(written)")
        }
        let far = #expect(throws: UnknownTask.self) { try DSRLTask.named("chess") }
        #expect(far?.suggestion == nil)
    }

    @Test func scoresFollowTheirFormulas() throws {
        let task = try DSRLTask.named("BallRun")
        #expect(task.normalizedReturn(task.rewardRange.lowerBound) == 0)
        #expect(task.normalizedReturn(task.rewardRange.upperBound) == 1)
        #expect(task.normalizedReturn(2 * 1327.445556640625 - 26.339754104614258) == 2)
        #expect(task.normalizedCost(15, limit: 10) == 1.5)
        #expect(task.normalizedCost(0, limit: 0) == 1)
        #expect(task.normalizedCost(3, limit: 0) == 4)
    }

    /// The published scales are rounded to five digits.
    @Test(arguments: [
        ("BallRun", 0.076858), ("CarButton1", 22.514), ("AntVelocity", 0.33669), ("mediumsparse", 3.9627),
    ])
    func rewardScalesAreThePublishedOnes(name: String, scale: Double) throws {
        let transforms = try Transforms.forTask(DSRLTask.named(name))
        #expect(abs(Double(transforms.rewardScale) / scale - 1) < 5e-5)
        #expect(transforms.actionLimit == 1 - 1e-5)
        #expect(transforms.keepsObservations && transforms.rewardShift == 0)
    }

    /// Of data that no task is known of, the recorded episodes say the scale.
    @Test func rewardsAreScaledByTheRecordedReturns() throws {
        func data(_ rewards: [Float]) throws -> TransitionDataset {
            var columns = TransitionColumns(observationSize: 1, actionSize: 1)
            for (row, reward) in rewards.enumerated() {
                // Episodes of three and two steps, and a tail that belongs to none.
                columns.append(
                    observation: [0], action: [0], nextObservation: [0], reward: reward, cost: 0,
                    terminated: row == 2, truncated: row == 4)
            }
            return try TransitionDataset(columns)
        }
        #expect(Transforms.forReturns(of: try data([1, 2, 3, 10, 20, 500])).rewardScale == 3 / (30 - 6))
        #expect(Transforms.forReturns(of: try data([1, 1, 1, 1, 2, 9])) == Transforms())
    }
}
