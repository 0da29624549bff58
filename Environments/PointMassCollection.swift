import Foundation
import SafeRL
import Tensors

extension PointMass {
    /// 100,000.
    public static let standardTransitions = 100_000
    /// `guided` and `uniform`.
    public static let behaviours = ["guided", "uniform"]

    /// Steps of an episode that begins anywhere on the track.
    static let exploringLimit = 20
    /// Largest disturbance of the guide's force in each direction; a disturbance is uniform.
    static let guideNoise: Float = 0.6

    /// Records a behaviour.
    ///
    /// `guided` keeps to its support in every step: of four episodes one is a lap, in which a guide holds a lane of its
    /// own and its force is disturbed, and three begin anywhere on the track at any velocity and push at random for at
    /// most 20 steps. Forces that lead off the track are drawn again, and where none is found the mass is stopped, which
    /// is always possible. `uniform` begins like the three and pushes at random, wherever that leads.
    ///
    /// - Parameters:
    ///   - amount: how much.
    ///   - behaviour: one of `behaviours`.
    ///   - seed: the seed of every random choice.
    /// - Returns: exactly that many transitions or episodes.
    public static func collect(
        _ amount: CollectionAmount, behaviour: String, seed: UInt64
    ) -> CollectedTransitions {
        precondition(
            behaviours.contains(behaviour), "\(name) has no behaviour \(behaviour), only \(behaviours)")
        var record = CollectedTransitions(
            observationSize: 4, actionSize: 2, costNames: PointMass().costNames)
        var stream = RandomStream(seed: seed, for: .collection)
        while true {
            let isLap = behaviour == "guided" && record.episodes.isMultiple(of: 4)
            let longest = isLap ? timeLimit : exploringLimit
            guard let limit = record.room(for: amount, timeLimit: longest) else { return record }
            if isLap {
                let lane = Double(stream.nextUniform(in: 0.76..<0.94))
                roll(from: randomStart(&stream), limit, into: &record) { state in
                    supportedForce(in: state) {
                        guidedForce(in: state, lane: lane) + Self.randomForce(guideNoise, &stream)
                    }
                }
            } else {
                roll(from: startAnywhere(&stream), limit, into: &record) { state in
                    behaviour == "uniform"
                        ? randomForce(1, &stream) : supportedForce(in: state) { randomForce(1, &stream) }
                }
            }
        }
    }

    /// Anywhere on the track, at any velocity.
    private static func startAnywhere(_ stream: inout RandomStream) -> State {
        while true {
            let position = randomForce(1, &stream)
            if isOnTrack(position) { return State(position: position, velocity: randomForce(1, &stream)) }
        }
    }

    private static func randomForce(_ limit: Float, _ stream: inout RandomStream) -> Vector {
        Vector(
            Double(stream.nextUniform(in: -limit..<limit)), Double(stream.nextUniform(in: -limit..<limit)))
    }

    /// The force for moving along the track in a lane at a given distance from the centre.
    private static func guidedForce(in state: State, lane: Double) -> Vector {
        let distance = max(state.position.length, 1e-9)
        let outward = (1 / distance) * state.position
        let along = Vector(-outward.y, outward.x)
        let wanted = 0.8 * along + min(max(4 * (lane - distance), -0.6), 0.6) * outward
        return 2 * wanted - state.velocity
    }

    /// The first supported one of some forces; where none of 30 is, the one that stops the mass.
    private static func supportedForce(in state: State, _ next: () -> Vector) -> Vector {
        for _ in 0..<30 {
            // As recorded: in single precision.
            let force = rounded(next().clipped(to: 1))
            if isSupported(force, in: state) { return force }
        }
        return rounded(-1 * state.velocity)
    }

    private static func rounded(_ force: Vector) -> Vector {
        Vector(Double(Float(force.x)), Double(Float(force.y)))
    }

    private static func roll(
        from start: State, _ limit: Int, into record: inout CollectedTransitions,
        choosing choose: (State) -> Vector
    ) {
        var mass = PointMass(state: start)
        var observation = observation(of: start)
        for step in 1...limit {
            let force = choose(mass.state)
            let action = [Float(force.x), Float(force.y)]
            var next = observation
            var span = next.mutableSpan
            var outcome = mass.step(action.span, observation: &span)
            if step == limit && outcome.end == nil { outcome.end = .truncated }
            record.append(observation, action, outcome, next: next)
            if outcome.end != nil { return }
            observation = next
        }
    }
}
