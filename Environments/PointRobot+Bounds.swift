import Foundation
import SafeRL

/// The robot's laws for numbers of any kind, so that observations and steps of whole boxes of states are bounded.
extension PointRobot: BoundableEnvironment {
    /// Position, speed and heading.
    public static var stateNames: [String] { ["x", "y", "speed", "heading"] }
    /// The arena, speeds from standing to 2 m/s, all headings.
    public static var stateBox: IntervalBox {
        [
            ClosedInterval(-halfWidth, halfWidth), ClosedInterval(-halfWidth, halfWidth),
            ClosedInterval(0, 2),
            ClosedInterval(-Double.pi, Double.pi),
        ]
    }
    /// Acceleration and turn rate.
    public static var actionSize: Int { 2 }

    /// The observation of a state: 11 values, as `observation(of:)` of a `State`.
    public static func observation<Number: BoundableNumber>(of state: [Number]) -> [Number] {
        let (cosine, sine) = (state[3].cosine, state[3].sine)
        var values = [state[0], state[1], state[2], cosine, sine]
        for hazard in hazards {
            let (dx, dy) = (Number(hazard.x).minus(state[0]), Number(hazard.y).minus(state[1]))
            let distance = Number.hypotenuse(dx, dy)
            let (ahead, left) = (Number.cosine(dx, over: distance), Number.cosine(dy, over: distance))
            // Both are at most 1 by Cauchy and Schwarz; rounding is far below what is added.
            let unit = ClosedInterval(-1 - 0x1p-48, 1 + 0x1p-48)
            values += [
                distance, ahead.times(cosine).plus(left.times(sine)).known(within: unit),
                left.times(cosine).minus(ahead.times(sine)).known(within: unit),
            ]
        }
        return values
    }

    /// Position, speed and heading after 0.05 s: explicit Euler.
    public static func successor<Number: BoundableNumber>(of state: [Number], action: [Number]) -> [Number] {
        let (step, limits) = (Number(timeStep), ClosedInterval(-1, 1))
        let way = step.times(state[2])
        return [
            state[0].plus(way.times(state[3].cosine)), state[1].plus(way.times(state[3].sine)),
            state[2].plus(step.times(action[0].clipped(to: limits))),
            state[3].plus(step.times(action[1].clipped(to: limits))),
        ]
    }

    /// Brakes as fully as it takes to stand, without a turn.
    public static func fallback<Number: BoundableNumber>(in state: [Number]) -> [Number] {
        // A guard reads the speed and writes the action in single precision.
        let rounding = ClosedInterval(-0x1p-22, 0x1p-22)
        return [
            Number(-1 / timeStep).times(state[2]).widened(by: rounding).clipped(to: ClosedInterval(-1, 1)),
            Number(0),
        ]
    }

    /// `clearance`.
    public static var closedForms: [String: any ClosedFormValue] { ["clearance": Clearance()] }

    /// Position and speed as they are shown, the heading by its cosine and sine, each as far as single precision tells them.
    public static func states(showing observation: [Float]) -> IntervalBox? {
        guard observation.count == 11 else { return nil }
        let shown = observation[..<3].map { value in
            let (x, rounding) = (Double(value), Double(value.ulp) / 2)
            return ClosedInterval(x - rounding, x + rounding)
        }
        // Cosine and sine are each off by at most 2⁻²⁵, so that the angle is off by less than 2⁻²³.
        let heading = atan2(Double(observation[4]), Double(observation[3]))
        return shown + [ClosedInterval(heading - 0x1p-23, heading + 0x1p-23)]
    }

    /// A whole turn of the heading.
    public static var periods: [Double] { [0, 0, 0, 2 * .pi] }

    /// By the analytic rule.
    public static func isFeasible(_ state: [Double]) -> Bool? {
        isFeasible(State(x: state[0], y: state[1], speed: state[2], heading: state[3]))
    }

    /// The negative of what distance is left beyond the way that braking takes, at the nearest hazard: 0.8 + S(v) − distance with
    /// S(v) = v²/2 + 0.05·|v|.
    ///
    /// Braking loses nothing of it: a step moves the robot by 0.05·|v|, and S falls by as much.
    public struct Clearance: ClosedFormValue {
        /// Makes it.
        public init() {}

        private func brakingWay<Number: BoundableNumber>(_ speed: Number) -> Number {
            let size = speed.magnitude
            return Number(0.5).times(size).times(size).plus(Number(timeStep).times(size))
        }

        /// The value of a state.
        public func value<Number: BoundableNumber>(of state: [Number]) -> Number {
            let distances = hazards.map { hazard in
                Number.hypotenuse(state[0].minus(Number(hazard.x)), state[1].minus(Number(hazard.y)))
                    .minus(Number(hazard.radius))
            }
            let nearest = distances.dropFirst().reduce(distances[0]) { Number.smaller($0, $1) }
            return brakingWay(state[2]).minus(nearest)
        }

        /// A distance falls by no more than the way of a step, which is along a unit vector.
        public func rise<Number: BoundableNumber>(from state: [Number], to next: [Number]) -> Number {
            let way = Number(timeStep).times(state[2].magnitude)
            // Sums of positions below 8 m are rounded by less than 1e-15 each.
            return way.plus(brakingWay(next[2])).minus(brakingWay(state[2])).widened(
                by: ClosedInterval(0, 1e-14))
        }
    }
}
