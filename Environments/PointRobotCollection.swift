import SafeRL
import Tensors

extension PointRobot {
    /// 100,000.
    public static let standardTransitions = 100_000

    /// Steps of an episode of random actions.
    static let randomEpisodeLimit = 40
    /// Largest disturbance of the controller's two actions; a disturbance is uniform.
    static let controllerNoise: Float = 0.5

    /// `standard`, `random` and `controller`.
    public static let behaviours = ["standard", "random", "controller"]

    /// Records random actions, the noisy controller, or, as `standard`, the one and then the other.
    ///
    /// Random actions are uniform over the action space, in episodes of at most 40 steps: many starts cover the state
    /// space better than few long walks. Their starts alternate between `reset`'s distribution and a wider one with
    /// every heading and speeds of −0.25 … 2.25 m/s, which braking and turning lead to. The controller starts from
    /// `reset`'s distribution and runs to the end of the episode, its actions disturbed by uniform noise.
    ///
    /// - Parameters:
    ///   - amount: how much; `standard` takes the first half, rounded down, from random actions.
    ///   - behaviour: one of `behaviours`.
    ///   - seed: the seed of every random choice.
    /// - Returns: exactly that many transitions or episodes.
    public static func collect(
        _ amount: CollectionAmount, behaviour: String, seed: UInt64
    ) -> CollectedTransitions {
        var record = CollectedTransitions(observationSize: 11, actionSize: 2)
        var stream = RandomStream(seed: seed, for: .collection)
        switch behaviour {
        case "standard":
            recordRandom(amount.halved, into: &record, &stream)
            recordController(amount, into: &record, &stream)
        case "random": recordRandom(amount, into: &record, &stream)
        case "controller": recordController(amount, into: &record, &stream)
        default: preconditionFailure("point-robot has no behaviour \(behaviour), only \(behaviours)")
        }
        return record
    }

    private static func recordRandom(
        _ amount: CollectionAmount, into record: inout CollectedTransitions, _ stream: inout RandomStream
    ) {
        while let limit = record.room(for: amount, timeLimit: randomEpisodeLimit) {
            let start = record.episodes.isMultiple(of: 2) ? randomStart(&stream) : wideStart(&stream)
            roll(from: start, limit: limit, into: &record) { _ in
                [stream.nextUniform(in: -1..<1), stream.nextUniform(in: -1..<1)]
            }
        }
    }

    private static func recordController(
        _ amount: CollectionAmount, into record: inout CollectedTransitions, _ stream: inout RandomStream
    ) {
        while let limit = record.room(for: amount, timeLimit: timeLimit) {
            roll(from: randomStart(&stream), limit: limit, into: &record) { disturbedAction(in: $0, &stream) }
        }
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
            let (constraint, action) = (Float(PointRobot.constraint(robot.state)), choose(robot.state))
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

extension CollectionAmount {
    /// Half of it, rounded down.
    fileprivate var halved: CollectionAmount {
        switch self {
        case .transitions(let count): .transitions(count / 2)
        case .episodes(let count): .episodes(count / 2)
        }
    }
}
