import Assurance
import Dynamics
import Guardians
import Tensors
import Testing

@Suite(.serialized) struct ModelRolloutTests {
    private let variables = ModelVariables(observations: 1, actions: 1)

    /// The noisy line to 6 with actions drawn from the policy's streams; outside above 0.9, where the state freezes.
    private func model(_ mode: GuardMode = .absorbingPenalty(reward: -1)) throws -> GuardedModel {
        try GuardedModel(
            dynamics: Line(end: 6, isNoisy: true), reward: .rule { s, a, _ in s[0] - a[0] },
            costs: [try CostModel("speed", .rule { _, a, _ in a[0] })],
            guardian: LastFeatureGuardian(threshold: 0.9), mode: mode)
    }

    private var policy: ModelPolicy {
        ModelPolicy(variables: variables) { states, streams in
            var actions = Matrix(states.rows, 1)
            for row in 0..<states.rows { actions[row, 0] = Double(streams[row].nextUniform()) }
            return actions
        }
    }

    @Test func terminatedAndTruncatedAreKeptApart() throws {
        let model = try GuardedModel(dynamics: Line(end: 3), reward: .rule { _, _, n in n[0] }, mode: .off)
        let ones = ModelPolicy(variables: variables) { s, _ in Matrix(s.rows, 1, repeating: 1) }
        let buffer = try model.rollOut(ones, from: Matrix(3, 1, [0, 2, -5]), horizon: 3, seed: 1)
        #expect(
            buffer.episodes
                == [
                    ModelEpisode(rows: 0..<3, ending: .terminated, start: 0, number: 0),
                    ModelEpisode(rows: 3..<4, ending: .terminated, start: 1, number: 1),
                    ModelEpisode(rows: 4..<7, ending: .truncated, start: 2, number: 2),
                ])
        #expect(buffer.isTerminated == [false, false, true, true, false, false, false])
        #expect(buffer.isTruncated == [false, false, false, false, false, false, true])
        #expect(buffer.states.elements == [0, 1, 2, 2, -5, -4, -3])
        #expect(buffer.nextStates.elements == [1, 2, 3, 3, -4, -3, -2])
    }

    @Test func returnsAreSumsOverEpisodes() throws {
        let model = try GuardedModel(
            dynamics: Line(end: 3), reward: .rule { _, _, n in n[0] },
            costs: [try CostModel("speed", .rule { _, a, _ in a[0] })], mode: .off)
        let ones = ModelPolicy(variables: variables) { s, _ in Matrix(s.rows, 1, repeating: 1) }
        let buffer = try model.rollOut(ones, from: Matrix(2, 1, [0, 2]), horizon: 5, seed: 1)
        #expect(buffer.returns(discount: 1) == [6, 3])
        #expect(buffer.returns(discount: 0.5) == [1 + 0.5 * 2 + 0.25 * 3, 3])
        #expect(try buffer.costReturns("speed", discount: 1) == [3, 1])
        let constraint = try CostConstraint("speed", budget: 1, sum: .discounted(0.5))
        #expect(try buffer.spending(of: constraint) == [1.75, 1])
        #expect(throws: DynamicsError.unknownName("heat", present: ["speed"])) { try buffer.cost("heat") }
    }

    @Test func anEpisodeDoesNotDependOnTheOthers() throws {
        let model = try model()
        let starts = uniformMatrix(40, 1, seed: 80)
        let whole = try model.rollOut(policy, from: starts, horizon: 12, seed: 9)
        #expect(Set(whole.episodes.map(\.ending)).count == 2, "a mixture of endings")
        #expect(whole.isAbsorbed.contains(true))
        for episode in whole.episodes {
            let alone = try model.rollOut(
                policy, from: Matrix(1, 1, [starts[episode.start, 0]]), horizon: 12, seed: 9,
                firstNumber: episode.start)
            #expect(alone.rewards == Array(whole.rewards[episode.rows]))
            #expect(alone.states.elements == Array(whole.states.elements[episode.rows]))
            #expect(alone.isAbsorbed == Array(whole.isAbsorbed[episode.rows]))
            #expect(alone.episodes[0].ending == episode.ending && alone.episodes[0].number == episode.number)
        }
        let parts = try [0..<15, 15..<40].map { part in
            try model.rollOut(
                policy, from: Matrix(part.count, 1, Array(starts.elements[part])), horizon: 12, seed: 9,
                firstNumber: part.lowerBound)
        }
        #expect(parts.flatMap(\.rewards) == whole.rewards)
        #expect(parts.flatMap(\.costs.elements) == whole.costs.elements)
        #expect(try model.rollOut(policy, from: starts, horizon: 12, seed: 10) != whole)
    }

    @Test func threadsDoNotShow() throws {
        let data = try randomData(2000, states: 1, actions: 1, seed: 90)
        let model = try GuardedModel(
            dynamics: try NearestNeighbourDynamics(data, neighbours: 3), reward: .recorded(data.rewards),
            guardian: LastFeatureGuardian(threshold: 0.9), mode: .terminate(reward: 0))
        defer { BLAS.threads = 0 }
        let starts = uniformMatrix(200, 1, seed: 81)
        BLAS.threads = 1
        let alone = try model.rollOut(policy, from: starts, horizon: 8, seed: 2)
        for threads in [2, 4] {
            BLAS.threads = threads
            #expect(try model.rollOut(policy, from: starts, horizon: 8, seed: 2) == alone)
        }
    }

    @Test func rewardsBelongToTheRowOfTheSuccessor() throws {
        let data = try randomData(500, states: 1, actions: 1, seed: 91)
        let model = try GuardedModel(
            dynamics: try NearestNeighbourDynamics(data), reward: .recorded(data.rewards), mode: .off)
        let buffer = try model.rollOut(policy, from: uniformMatrix(20, 1, seed: 82), horizon: 20, seed: 3)
        #expect(buffer.count > 100)
        for step in 0..<buffer.count {
            let row = buffer.provenance[step]
            #expect(buffer.rewards[step] == Double(row))
            #expect(buffer.nextStates[step, 0] == data.nextObservations[row, 0])
        }
        for episode in buffer.episodes {
            let last = buffer.provenance[episode.rows.upperBound - 1]
            #expect((episode.ending == .terminated) == data.isTerminated[last])
        }
    }

    /// k of n roll-outs touch the outside: an episode of the absorbing mode counts once, however long it stays.
    @Test func episodesOutsideAreCountedOnce() throws {
        let buffer = try model().rollOut(policy, from: Matrix(60, 1), horizon: 10, seed: 4)
        let expected = buffer.episodes.count { episode in episode.rows.contains { buffer.isOutside[$0] } }
        #expect(expected > 0 && expected < 60)
        #expect(buffer.outsideEpisodes == BinomialCount(events: expected, trials: 60))
    }

    @Test func aHorizonOfNothingIsRefused() throws {
        #expect(throws: DynamicsError.outOfRange(option: "horizon", value: 0, range: "1, 2 …")) {
            try model().rollOut(policy, from: Matrix(1, 1), horizon: 0, seed: 1)
        }
        #expect(throws: DynamicsError.noRows) {
            try model().rollOut(policy, from: Matrix(0, 1), horizon: 1, seed: 1)
        }
    }
}
