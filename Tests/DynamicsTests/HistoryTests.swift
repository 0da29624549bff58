import Dynamics
import Tensors
import Testing

/// A state that is a history.
@Suite struct HistoryTests {
    /// Two episodes of three and two steps; observations 1, 2, 3 and 4, 5; actions 10 times that.
    private static func records() throws -> ModelData {
        let seen: [Double] = [1, 2, 3, 4, 5]
        let actions: [Double] = [10, 20, 30, 40, 50]
        let next: [Double] = [2, 3, 4, 5, 6]
        return try ModelData(
            observations: Matrix(5, 1, seen), actions: Matrix(5, 1, actions),
            nextObservations: Matrix(5, 1, next), rewards: seen,
            isTerminated: [false, false, true, false, false], episodes: [0, 0, 0, 1, 1])
    }

    @Test func statesRememberTheirEpisodeAndNoOther() throws {
        let data = try Self.records().remembering(2)
        let expected: [Double] = [
            0, 0, 0, 0, 1, 0, 0, 1, 10, 2, 1, 10, 2, 20, 3, 0, 0, 0, 0, 4, 0, 0, 4, 40, 5,
        ]
        #expect(data.observations.elements == expected)
        #expect(Array(data.nextObservations.elements[0..<5]) == [0, 0, 1, 10, 2])
        #expect(Array(data.nextObservations.elements[10..<15]) == [2, 20, 3, 30, 4])
        #expect(data.variables.observations == ["s0-2", "a0-2", "s0-1", "a0-1", "s0"])
        #expect(data.rewards == [1, 2, 3, 4, 5] && data.variables.actions == ["a0"])
        #expect(try Self.records().remembering(0).observations == Self.records().observations)
    }

    /// The nearest record has another action than the one that it is asked about.
    @Test func aModelGoesOnWithTheHistoryThatWas() throws {
        let model = RememberingDynamics(
            try NearestNeighbourDynamics(try Self.records().remembering(1), neighbours: 1), length: 1)
        let states = Matrix(1, 3, [2, 20, 3]), actions = Matrix(1, 1, [29])
        var streams = [RandomStream(seed: 1, for: .modelTransition)]
        let step = try model.sample(states, actions, using: &streams)
        #expect(step.nextStates.elements == [3, 29, 4] && step.isTerminated == [true])
        #expect(try model.expectedNextStates(states, actions).elements == [3, 29, 4])
        #expect(model.variables.observations == ["s0-1", "a0-1", "s0"])
    }
}
