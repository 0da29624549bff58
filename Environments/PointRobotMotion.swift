import Foundation

extension PointRobot {
    /// Position, speed and heading of the robot.
    public struct State: Hashable, Sendable {
        /// Position in metres; the arena is −3 … 3 in both directions.
        public var x, y: Double
        /// Speed in metres a second; it may be negative and has no limit.
        public var speed: Double
        /// Direction of motion in radians, anticlockwise from the x-axis; it is never wrapped.
        public var heading: Double

        /// Makes a state.
        public init(x: Double, y: Double, speed: Double, heading: Double) {
            (self.x, self.y, self.speed, self.heading) = (x, y, speed, heading)
        }
    }

    /// A disc in the plane.
    public struct Disc: Hashable, Sendable {
        /// Centre, in metres.
        public let x, y: Double
        /// Radius, in metres.
        public let radius: Double

        /// Distance of a state's position from the centre.
        func distance(to state: State) -> Double { hypot(state.x - x, state.y - y) }
    }

    /// The discs to stay out of.
    public static let hazards = [Disc(x: 0.4, y: -1.2, radius: 0.8), Disc(x: -0.4, y: 1.2, radius: 0.8)]
    /// Where to go.
    public static let goal = Disc(x: 2.2, y: 2.2, radius: 0.3)
    /// The arena is `−halfWidth … halfWidth` in both directions.
    public static let halfWidth = 3.0
    /// Seconds a step takes.
    public static let timeStep = 0.05

    /// The real-valued constraint h: 0.8 m less the distance to the nearest hazard centre; positive is a violation.
    public static func constraint(_ state: State) -> Double {
        hazards.reduce(-.infinity) { max($0, $1.radius - $1.distance(to: state)) }
    }

    /// Whether a state is inside the goal.
    static func isAtGoal(_ state: State) -> Bool { goal.distance(to: state) <= goal.radius }

    /// Whether a state has left the arena.
    static func isOutside(_ state: State) -> Bool { abs(state.x) > halfWidth || abs(state.y) > halfWidth }

    /// Whether some behaviour keeps clear of the hazards from here on, by the analytic rule of the specification.
    ///
    /// A state inside a hazard is infeasible. For each hazard ahead whose centre passes within its radius of the
    /// straight line of motion, the robot brakes fully and turns fully away until it stands; entering the hazard makes
    /// the state infeasible. Each hazard counts on its own, so the rule is a close approximation, not a proof.
    public static func isFeasible(_ state: State) -> Bool {
        constraint(state) <= 0 && hazards.allSatisfy { canAvoid($0, from: state) }
    }

    private static func canAvoid(_ hazard: Disc, from start: State) -> Bool {
        let (dx, dy) = (hazard.x - start.x, hazard.y - start.y)
        let (vx, vy) = (start.speed * cos(start.heading), start.speed * sin(start.heading))
        let side = vx * dy - vy * dx
        guard vx * dx + vy * dy > 0, abs(side) < hazard.radius * abs(start.speed) else { return true }
        var state = start
        while state.speed > 0 {
            state.advance(acceleration: -1, turn: side >= 0 ? -1 : 1)
            if hazard.distance(to: state) < hazard.radius { return false }
        }
        return true
    }
}

extension PointRobot.State {
    /// Moves on by one time step: explicit Euler on the old state.
    ///
    /// - Parameters:
    ///   - acceleration: in metres a second squared, clipped to [−1, 1].
    ///   - turn: in radians a second, clipped to [−1, 1].
    ///   - mass: what the clipped acceleration is divided by.
    mutating func advance(acceleration: Double, turn: Double, mass: Double = 1) {
        let step = PointRobot.timeStep
        x += step * speed * cos(heading)
        y += step * speed * sin(heading)
        speed += step * (min(max(acceleration, -1), 1) / mass)
        heading += step * min(max(turn, -1), 1)
    }
}
