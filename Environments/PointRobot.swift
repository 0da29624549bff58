import Foundation
import SafeRL
import Tensors

/// A robot in the plane that drives to a goal past two round hazards.
///
/// The state is position, speed and heading; the action is acceleration and turn rate, each in [−1, 1]. The reward
/// is the distance gained towards the goal in metres, and 1 more on arrival. The cost is 1 in each step that ends
/// inside a hazard, else 0. Arriving or leaving the arena ends the episode; a violation does not.
///
/// The observation has 11 values: x, y, speed, cosine and sine of the heading; then for each hazard its distance and
/// the cosine and sine of its bearing as the robot sees it.
///
/// - SeeAlso: the toy task of Zheng et al. 2024, arXiv:2401.10700.
public struct PointRobot: Environment, Sendable {
    /// `point-robot`.
    public static let name = "point-robot"
    /// Steps after which whoever runs an episode truncates it.
    public static let timeLimit = 300

    /// Where the robot is.
    public private(set) var state: State
    /// What its mass is multiplied by.
    var mass = 1.0

    /// A robot at a start just inside the feasible region: (−1.8, 0), 2 m/s, 45°.
    public init() { self.init(state: State(x: -1.8, y: 0, speed: 2, heading: .pi / 4)) }

    /// A robot in a given state.
    public init(state: State) { self.state = state }

    /// Eleven unbounded values.
    public var observationSpace: Space { .box(11, in: -.infinity ... .infinity) }
    /// Two values in [−1, 1].
    public var actionSpace: Space { .box(2, in: -1...1) }
    /// 300 steps.
    public var timeLimit: Int { Self.timeLimit }
    /// Itself.
    public static var boundable: (any BoundableEnvironment.Type)? { Self.self }
    /// 1, inside a hazard.
    public var largestCosts: [Float]? { [1] }
    /// 0.8 m less the distance to the nearest hazard centre.
    public var constraintValue: Float? { Float(Self.constraint(state)) }
    /// Whether the robot is within 0.3 m of the goal.
    public var isAtGoal: Bool? { hasArrived }
    private var hasArrived: Bool { Self.isAtGoal(state) }

    /// A random start: anywhere in the arena, 0.5 … 2 m/s, heading 45° … 135°; it may lie inside a hazard.
    static func randomStart(_ stream: inout RandomStream) -> State {
        let half = Float(halfWidth)
        return State(
            x: Double(stream.nextUniform(in: -half..<half)), y: Double(stream.nextUniform(in: -half..<half)),
            speed: Double(stream.nextUniform(in: 0.5..<2)),
            heading: Double(stream.nextUniform(in: .pi / 4..<3 * .pi / 4)))
    }

    /// A random start that is feasible by the analytic rule, drawn by rejection.
    static func randomFeasibleStart(_ stream: inout RandomStream) -> State {
        while true {
            let start = randomStart(&stream)
            if isFeasible(start) { return start }
        }
    }

    /// Starts an episode at a random start, feasible or not.
    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: seed, for: .reset)
        reset(to: Self.randomStart(&stream), observation: &observation)
    }

    /// Starts an episode in a given state.
    public mutating func reset(to start: State, observation: inout MutableSpan<Float>) {
        state = start
        Self.observe(state, into: &observation)
    }

    /// Starts an episode in the state of x, y, speed and heading.
    public mutating func place(in state: [Double], observation: inout MutableSpan<Float>) -> Bool {
        reset(
            to: State(x: state[0], y: state[1], speed: state[2], heading: state[3]), observation: &observation
        )
        return true
    }

    /// Accelerates and turns for 0.05 s.
    public mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        precondition(action.count == 2, "point-robot takes 2 action values, not \(action.count)")
        let before = Self.goal.distance(to: state)
        state.advance(acceleration: Double(action[0]), turn: Double(action[1]), mass: mass)
        Self.observe(state, into: &observation)
        let gain = before - Self.goal.distance(to: state)
        return StepOutcome(
            reward: Float(hasArrived ? gain + 1 : gain), cost: Self.constraint(state) > 0 ? 1 : 0,
            end: hasArrived || Self.isOutside(state) ? .terminated : nil)
    }

    /// The observation of a state: 11 values.
    public static func observation(of state: State) -> [Float] {
        var values = [Float](repeating: 0, count: 11)
        var span = values.mutableSpan
        observe(state, into: &span)
        return values
    }

    private static func observe(_ state: State, into values: inout MutableSpan<Float>) {
        let (cosine, sine) = (cos(state.heading), sin(state.heading))
        values[0] = Float(state.x)
        values[1] = Float(state.y)
        values[2] = Float(state.speed)
        values[3] = Float(cosine)
        values[4] = Float(sine)
        for (index, hazard) in hazards.enumerated() {
            let (dx, dy) = (hazard.x - state.x, hazard.y - state.y)
            let distance = hypot(dx, dy)
            // At the very centre there is no bearing: the hazard counts as straight ahead.
            let (ahead, left) = distance > 0 ? (dx / distance, dy / distance) : (cosine, sine)
            values[5 + 3 * index] = Float(distance)
            values[6 + 3 * index] = Float(ahead * cosine + left * sine)
            values[7 + 3 * index] = Float(left * cosine - ahead * sine)
        }
    }
}
