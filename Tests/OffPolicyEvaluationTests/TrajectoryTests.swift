import OffPolicyEvaluation
import Replay
import Tensors
import Testing

@Suite struct TrajectoryTests {
    static let sound = Trajectory(
        observations: [[0, 0], [1, 0], [2, 0]], actions: [[1], [0]], rewards: [1, 2], costs: ["a": [0, 1]],
        end: .terminated, behaviour: [0.5, 1])

    @Test func whatDoesNotFitIsNamed() {
        func expect(_ message: String, _ change: (inout Trajectory) -> Void) {
            var second = Self.sound
            change(&second)
            let error = #expect(throws: OffPolicyError.self) { try TrajectorySet([Self.sound, second]) }
            #expect(error?.description == "episode 1: \(message).")
        }
        expect("2 observations for 2 steps, not one more") { $0.observations.removeLast() }
        expect("1 actions for 2 steps") { $0.actions.removeLast() }
        expect("observation 1 is not 2 finite numbers") { $0.observations[1] = [0] }
        expect("observation 2 is not 2 finite numbers") { $0.observations[2] = [0, .nan] }
        expect("action 0 is not 1 finite numbers") { $0.actions[0] = [.infinity] }
        expect("reward 1 is nan") { $0.rewards[1] = .nan }
        expect("cost \"a\" 0 is -1.0, not a number of at least 0") { $0.costs["a"]?[0] = -1 }
        expect("1 costs \"a\" for 2 steps") { $0.costs["a"]?.removeLast() }
        expect("its costs are [\"b\"], those of the first episode [\"a\"]") { $0.costs = ["b": [0, 0]] }
        expect("behaviour probabilities in some episodes only") { $0.behaviour = nil }
        expect("behaviour probability 0 is -0.5") { $0.behaviour?[0] = -0.5 }
        expect("it has no steps") { ($0.rewards, $0.actions, $0.observations) = ([], [], [[0, 0]]) }
    }

    @Test func thereMustBeEpisodes() {
        #expect(throws: OffPolicyError.noEpisodes) { try TrajectorySet([]) }
    }

    @Test func aDataSetBecomesEpisodesThatEndAsTheyDid() throws {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        for (step, (terminated, truncated)) in [(false, false), (true, false), (false, true)].enumerated() {
            columns.append(
                observation: [Float(step)], action: [0.5], nextObservation: [Float(10 + step)], reward: 2,
                cost: Float(step), terminated: terminated, truncated: truncated)
        }
        let data = try TrajectorySet(try TransitionDataset(columns))
        #expect(data.episodes.map(\.end) == [.terminated, .truncated])
        #expect(data.episodes[0].observations == [[0], [1], [11]])
        #expect(data.episodes[1].observations == [[2], [12]])
        #expect(data.episodes[0].costs == ["cost": [0, 1]] && data.episodes[1].rewards == [2])
        #expect(data.signals == [.reward, .cost("cost")] && data.steps == 3 && data.truncated == 1)
    }
}
