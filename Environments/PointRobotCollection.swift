import SafeRL
import Tensors

extension PointRobot: CollectableEnvironment {
    /// 100,000.
    public static let standardTransitions = 100_000

    /// Steps of an episode of random actions.
    static let randomEpisodeLimit = 40
    /// Largest disturbance of the controller's two actions; a disturbance is uniform.
    static let controllerNoise: Float = 0.5

    /// Records random actions in the first half of the rows, the noisy controller in the second.
    ///
    /// Random actions are uniform over the action space, in episodes of at most 40 steps: many starts cover the state
    /// space better than few long walks. Their starts alternate between `reset`'s distribution and a wider one with
    /// every heading and speeds of −0.25 … 2.25 m/s, which braking and turning lead to. The controller starts from
    /// `reset`'s distribution and runs to the end of the episode, its actions disturbed by uniform noise.
    ///
    /// - Parameters:
    ///   - count: rows, at least 2.
    ///   - seed: the seed of every random choice.
    /// - Returns: exactly `count` transitions.
    public static func collect(_ count: Int, seed: UInt64) -> CollectedTransitions {
        precondition(count >= 2, "\(count) transitions do not make two halves")
        var record = CollectedTransitions(observationSize: 11, actionSize: 2)
        var stream = RandomStream(seed: seed, for: .collection)
        var episode = 0
        while record.count < count / 2 {
            let start = episode.isMultiple(of: 2) ? randomStart(&stream) : wideStart(&stream)
            let limit = min(randomEpisodeLimit, count / 2 - record.count)
            roll(from: start, limit: limit, into: &record) { _ in
                [stream.nextUniform(in: -1..<1), stream.nextUniform(in: -1..<1)]
            }
            episode += 1
        }
        while record.count < count {
            let start = randomStart(&stream)
            let limit = min(timeLimit, count - record.count)
            roll(from: start, limit: limit, into: &record) { disturbedAction(in: $0, &stream) }
        }
        return record
    }

    private static func wideStart(_ stream: inout RandomStream) -> State {
        var start = randomStart(&stream)
        start.speed = Double(stream.nextUniform(in: -0.25..<2.25))
        start.heading = Double(stream.nextUniform(in: -.pi ..< .pi))
        return start
    }

    private static func disturbedAction(in state: State, _ stream: inout RandomStream) -> [Float] {
        let action = Controller().action(in: state)
        return [action.acceleration, action.turn].map {
            min(max(Float($0) + stream.nextUniform(in: -controllerNoise..<controllerNoise), -1), 1)
        }
    }

    private static func roll(
        from start: State, limit: Int, into record: inout CollectedTransitions,
        choosing choose: (State) -> [Float]
    ) {
        var robot = PointRobot(state: start)
        var observation = observation(of: start)
        for step in 1...limit {
            let (constraint, action) = (robot.constraintValue, choose(robot.state))
            var next = observation
            var span = next.mutableSpan
            var outcome = robot.step(action.span, observation: &span)
            if step == limit && outcome.end == nil { outcome.end = .truncated }
            record.append(observation, action, constraint: constraint, outcome, next: next)
            if outcome.end != nil { return }
            observation = next
        }
    }
}
