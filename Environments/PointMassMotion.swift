import Foundation
import PerturbablePhysics

extension PointMass {
    /// A vector in the plane.
    public struct Vector: Hashable, Sendable {
        /// To the right, and up.
        public var x, y: Double

        /// Names the components.
        public init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }

        /// Distance from the centre.
        public var length: Double { hypot(x, y) }

        static func + (a: Vector, b: Vector) -> Vector { Vector(a.x + b.x, a.y + b.y) }
        static func - (a: Vector, b: Vector) -> Vector { Vector(a.x - b.x, a.y - b.y) }
        static func * (factor: Double, a: Vector) -> Vector { Vector(factor * a.x, factor * a.y) }

        /// Each component brought into −limit … limit.
        func clipped(to limit: Double) -> Vector {
            Vector(min(max(x, -limit), limit), min(max(y, -limit), limit))
        }
    }

    /// Position and velocity.
    public struct State: Hashable, Sendable {
        /// Where it is; −1.5 … 1.5 in both directions.
        public var position: Vector
        /// How fast it is; −1 … 1 in both directions.
        public var velocity: Vector

        /// Makes a state.
        public init(position: Vector, velocity: Vector) {
            (self.position, self.velocity) = (position, velocity)
        }

        /// Moves on by one step under a force: v ← (v + force/m)/(1 + c/m), implicit Euler with drag c.
        ///
        /// With mass 1 and drag 1 on the track and 3 beside it these are the shares 1/2 and 1/4. Less friction allows
        /// more speed than 1.
        mutating func advance(_ force: Vector, _ factors: PhysicalFactors = .none) {
            let drag = factors.friction * (PointMass.isOnTrack(position) ? 1 : 3)
            let share = 1 / (1 + drag / factors.mass)
            velocity = share * (velocity + 1 / factors.mass * force.clipped(to: 1))
            position = (position + PointMass.timeStep * velocity).clipped(to: PointMass.wall)
        }
    }

    /// A disc in the plane.
    public struct Disc: Hashable, Sendable {
        /// Its centre.
        public let centre: Vector
        /// Its radius.
        public let radius: Double

        /// Whether a position is in it or on its edge.
        public func contains(_ position: Vector) -> Bool { (position - centre).length <= radius }
    }

    /// Distance covered in a step at a speed of 1.
    public static let timeStep = 0.08
    /// Positions stay within −1.5 … 1.5.
    public static let wall = 1.5
    /// Distances from the centre between which the track lies.
    public static let trackRadii = 0.7...1.0
    /// The track is missing up to this angle to both sides of straight down: 30°.
    public static let gapHalfAngle = Double.pi / 6
    /// One that the records show, across the inner half of the track, and one in the gap that they do not.
    public static let hazards = [
        Disc(centre: Vector(0, 0.74), radius: 0.1), Disc(centre: Vector(0, -0.7), radius: 0.3),
    ]
    /// Where to go: before the far end of the track, at 230°.
    public static let goal = Disc(centre: onCircle(0.85, at: 230 * .pi / 180), radius: 0.12)

    /// The position at a distance from the centre, in a direction anticlockwise from the x-axis.
    static func onCircle(_ radius: Double, at angle: Double) -> Vector {
        Vector(radius * cos(angle), radius * sin(angle))
    }

    /// Angle anticlockwise from straight down, in [0, 2π): how far along the track a position is.
    static func angleAlong(_ position: Vector) -> Double {
        let angle = atan2(position.x, -position.y)
        return angle < 0 ? angle + 2 * .pi : angle
    }

    /// Whether a position is on the track.
    public static func isOnTrack(_ position: Vector) -> Bool {
        guard trackRadii.contains(position.length) else { return false }
        return gapHalfAngle...(2 * .pi - gapHalfAngle) ~= angleAlong(position)
    }

    /// Whether the recorded behaviour may take an action in a state: from the track to the track.
    ///
    /// This is the true support of the behaviour `guided` in the six numbers of state and action, in closed form. It is
    /// not convex: the track has a hole, and a wedge of it is missing.
    ///
    /// - Parameters:
    ///   - force: in [−1, 1] in both directions.
    ///   - state: velocity in [−1, 1] in both directions.
    /// - Returns: false for every state off the track.
    public static func isSupported(_ force: Vector, in state: State) -> Bool {
        guard isOnTrack(state.position) else { return false }
        return isOnTrack(state.position + 0.5 * timeStep * (state.velocity + force))
    }
}
