import Environments
import SafeRL
import Testing

/// Episodes that are recorded from given states by a fallback.
@Suite struct ReplayTests {
    private static let states = [[-2.0, -2, 1.5, 0.3], [-0.8, 1.2, 1, 0], [0, 0, 0, 0]]

    @Test func eachStateIsReplayedAsOftenAsItWeighs() throws {
        let record = try #require(
            try CollectedTransitions(
                replaying: Self.states, by: "brake", in: PointRobot.self, limit: 60, copies: 4))
        #expect(record.episodes == 12)
        // From 1.5 m/s in steps of 0.05 m/s, then one that changes nothing; the last stands still from the start.
        let ends = record.timeouts.indices.filter { record.timeouts[$0] || record.terminals[$0] }
        #expect(ends[0] == 30 && ends[11] - ends[10] == 1)
        #expect(
            Array(record.observations[..<11])
                == PointRobot.observation(of: .init(x: -2, y: -2, speed: 1.5, heading: 0.3)))
        let length = 11 * (ends[0] + 1)
        #expect(record.observations[..<length] == record.observations[length..<2 * length])
        #expect(record.constraintValues.count == record.count)
        // The second begins inside a hazard: what happens there is recorded as it is.
        let second = 4 * (ends[0] + 1)
        #expect(record.constraintValues[second] > 0 && record.costs[second] == 1)
        for row in 0..<record.count {
            #expect(record.actions[2 * row] <= 1e-6 && record.actions[2 * row + 1] == 0)
        }
    }

    @Test func episodesEndAtTheLimit() throws {
        let record = try #require(
            try CollectedTransitions(
                replaying: [Self.states[0]], by: "brake", in: PointRobotFromFeasibleStarts.self, limit: 5,
                copies: 1))
        #expect(record.count == 5 && record.timeouts == [false, false, false, false, true])
    }

    @Test func whatCannotBePlacedIsNotReplayed() throws {
        #expect(
            try CollectedTransitions(
                replaying: [[0, 0, 0, 0]], by: "stop", in: PointMass.self, limit: 5, copies: 1) == nil)
    }
}
