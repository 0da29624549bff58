import Foundation
import Replay
import TestSupport
import Testing

@Suite struct ActionRuleTests {
    /// 60 rows of BallCircle's sizes, two of whose 120 action values lie beyond ±1 and one within rounding of it.
    private func write(_ name: String, in scratch: Scratch, isSound: Bool = false) throws -> String {
        var recording = Recording()
        for column in ["observations", "next_observations"] {
            recording.columns[column] = StoredColumn([60, 8], (0..<480).map { Float($0 * 7 % 31) / 31 })
        }
        var actions = (0..<120).map { Float($0 % 9) / 8 - 0.5 }
        actions[3] = 1.00005
        if !isSound { (actions[10], actions[11]) = (1.75, -1.5) }
        recording.columns["actions"] = StoredColumn([60, 2], actions)
        try recording.write(to: scratch.path(name))
        return scratch.path(name)
    }

    @Test func aTaskWhoseSimulatorClipsIsClippedAndCounted() throws {
        let scratch = try Scratch()
        let path = try write("SafetyBallCircle-v0-80-886.hdf5", in: scratch)
        let data = try TransitionDataset(contentsOf: path)
        #expect(data.actions[10] == 1 && data.actions[11] == -1 && data.actions[3] == 1)
        #expect(data.clippedActions?.values == 3 && data.clippedActions?.rows == 2)
        #expect(
            data.readingWarnings.map(\.description) == [
                "actions beyond [-1, 1], clipped, as the simulator of OfflineBallCircle-v0 does: "
                    + "3 values in 2 rows, the largest 1.75."
            ])
        #expect(DatasetSummary(data).text().contains("3 action values in 2 transitions, the largest 1.75"))
        #expect(throws: DatasetError.self) { try TransitionDataset(contentsOf: path, actions: .refuse) }
    }

    @Test func aFileOfNoTaskIsClippedOnRequestAlone() throws {
        let scratch = try Scratch()
        let path = try write("mine.hdf5", in: scratch)
        #expect(throws: DatasetError.self) { try TransitionDataset(contentsOf: path) }
        let data = try TransitionDataset(contentsOf: path, actions: .clip)
        #expect(
            data.clippedActions?.task == nil
                && data.clippedActions?.largest == 1.75)
        let task = try DSRLTask.named("BallCircle")
        #expect(try TransitionDataset(contentsOf: path, task: task).clippedActions?.task == task.id)
        // A task of other sizes says nothing about this file.
        #expect(throws: DatasetError.self) {
            try TransitionDataset(contentsOf: path, task: DSRLTask.named("BallRun"))
        }
    }

    @Test(arguments: ActionRule.allCases) func whatLiesWithinRoundingStaysAsItIs(rule: ActionRule) throws {
        let scratch = try Scratch()
        let path = try write("SafetyBallCircle-v0-80-886.hdf5", in: scratch, isSound: true)
        let data = try TransitionDataset(contentsOf: path, actions: rule)
        #expect(data.actions[3] == 1.00005 && data.clippedActions == nil)
    }

    @Test func velocityTasksChargeForTheActionAsItWasGiven() {
        let others = DSRLTask.all.filter { !$0.clipsActions }
        #expect(others.count == 5 && others.allSatisfy { $0.shortName.hasSuffix("Velocity") })
    }
}
