import Foundation
import SafeRL
import Tensors

extension PointRobot {
    /// A hand-written behaviour that seeks the goal and keeps clear of the hazards.
    ///
    /// It heads for the goal, or past a hazard in the way; drives slowly while its heading is wrong; and gives way to
    /// full braking with a turn when the action it prefers would lead to a state that is not feasible.
    struct Controller {
        /// Metres kept between the path and a hazard.
        private let clearance = 0.15
        /// Metres a second on a free straight.
        private let cruisingSpeed = 1.2

        /// Acceleration and turn rate for a state, each in [−1, 1].
        func action(in state: State) -> (acceleration: Double, turn: Double) {
            let error = remainder(bearing(from: state) - state.heading, 2 * .pi)
            let turn = min(max(4 * error, -1), 1)
            let speed = cruisingSpeed * max(0, cos(min(abs(1.5 * error), .pi / 2)))
            let preferred = (acceleration: min(max(4 * (speed - state.speed), -1), 1), turn: turn)
            let escapes = [preferred, (-1, turn), (-1, 1), (-1, -1)]
            return escapes.first { isSafe($0, in: state) } ?? preferred
        }

        /// Direction of the goal, or of the nearer side of the first hazard in the way.
        private func bearing(from state: State) -> Double {
            let (gx, gy) = (goal.x - state.x, goal.y - state.y)
            let straight = atan2(gy, gx)
            var nearest = Double.infinity
            var result = straight
            for hazard in hazards {
                let (dx, dy) = (hazard.x - state.x, hazard.y - state.y)
                let (distance, berth) = (hypot(dx, dy), hazard.radius + clearance)
                let offset = remainder(straight - atan2(dy, dx), 2 * .pi)
                let halfAngle = distance > berth ? asin(berth / distance) : .pi / 2
                guard distance < hypot(gx, gy), abs(offset) < halfAngle, distance < nearest else { continue }
                nearest = distance
                result = atan2(dy, dx) + (offset >= 0 ? halfAngle : -halfAngle)
            }
            return result
        }

        private func isSafe(_ action: (acceleration: Double, turn: Double), in state: State) -> Bool {
            var next = state
            next.advance(acceleration: action.acceleration, turn: action.turn)
            return isFeasible(next)
        }
    }
}

extension PointRobot {
    /// By the analytic rule.
    public var canStaySafe: Bool? { Self.isFeasible(state) }

    /// Itself: nothing is drawn in a step.
    public func branch(seed: UInt64) -> Self? { self }

    /// `brake`, full braking straight on; `evade`, which also turns away; `controller`, the hand-written one, which seeks the goal.
    public static var fallbacks: [String] { ["brake", "evade", "controller"] }

    /// What one of them does.
    ///
    /// From where braking suffices, the first two come to rest before a hazard.
    public static func fallbackAction(in observation: [Float], of name: String) -> [Float] {
        let state = State(observation: observation)
        let action =
            switch name {
            case "brake": (braking(in: state), 0.0)
            case "evade": (braking(in: state), turningAway(in: state))
            case "controller": Controller().action(in: state)
            default: preconditionFailure("point-robot has no fallback \(name)")
            }
        return [Float(action.0), Float(action.1)]
    }

    /// The acceleration that takes the speed off as fast as one step can.
    private static func braking(in state: State) -> Double { min(max(-state.speed / timeStep, -1), 1) }

    /// The turn away from the hazard that the robot would reach first, as the analytic rule does.
    private static func turningAway(in state: State) -> Double {
        let (vx, vy) = (state.speed * cos(state.heading), state.speed * sin(state.heading))
        let ahead = hazards.filter { ($0.x - state.x) * vx + ($0.y - state.y) * vy > 0 }
        let nearest = ahead.min { $0.distance(to: state) < $1.distance(to: state) }
        let side = nearest.map { vx * ($0.y - state.y) - vy * ($0.x - state.x) } ?? 0
        return side >= 0 ? -1 : 1
    }

    /// The hand-written controller as a policy, without noise: a yardstick for learned ones.
    public struct ScriptedPolicy: Policy {
        /// 11.
        public let observationSize = 11
        /// 2.
        public let actionSize = 2

        /// Makes the policy.
        public init() {}

        /// Acts by the state that each observation begins with; draws nothing from the streams.
        public mutating func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) {
            for row in 0..<streams.count {
                let seen = (0..<observationSize).map { observations[observationSize * row + $0] }
                let action = PointRobot.fallbackAction(in: seen, of: "controller")
                for (column, value) in action.enumerated() { actions[actionSize * row + column] = value }
            }
        }
    }
}

extension PointRobot.State {
    /// The state that an observation begins with.
    fileprivate init(observation: [Float]) {
        let values = observation[..<5].map(Double.init)
        self.init(x: values[0], y: values[1], speed: values[2], heading: atan2(values[4], values[3]))
    }
}
