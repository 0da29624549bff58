import PerturbablePhysics
import SafeRL
import Tensors

/// A point mass on a round track that is open at the bottom: the way to the goal is long on the track and short beside it.
///
/// The observation is position and velocity, the action a force, each in two dimensions. A step gives
/// v ← (v + force)/2 and p ← p + 0.08·v; off the track the ground is soft and v becomes half of that. The reward is what
/// was gained along the track (0.85 times the angle anticlockwise from straight down) less 0.02 a step, and 1 more at
/// the goal, which ends the episode.
///
/// Costs of a step: `hazard` where it ends in a hazard, and `unsupported` where state and force are outside the support of
/// the recorded behaviour. One hazard lies on the track; the other, in the gap, no record shows.
public struct PointMass: Environment, Sendable {
    /// `point-mass`.
    public static let name = "point-mass"
    /// Steps after which whoever runs an episode truncates it.
    public static let timeLimit = 150

    /// Where the mass is and how it moves.
    public private(set) var state: State
    /// What its law of motion is multiplied by.
    var factors = PhysicalFactors.none

    /// A mass at rest near the beginning of the track.
    public init() {
        self.init(state: State(position: Self.onCircle(0.85, at: -.pi / 4), velocity: Vector(0, 0)))
    }

    /// A mass in a given state.
    public init(state: State) { self.state = state }

    /// Position and velocity.
    public var observationSpace: Space {
        let bounds: [Float] = [Float(Self.wall), Float(Self.wall), 1, 1]
        return .box(low: bounds.map { -$0 }, high: bounds)
    }
    /// A force in [−1, 1] in both directions.
    public var actionSpace: Space { .box(2, in: -1...1) }
    /// 150 steps.
    public var timeLimit: Int { Self.timeLimit }
    /// `hazard`, `unsupported`.
    public var costNames: [String] { ["hazard", "unsupported"] }
    /// 1 in each channel.
    public var largestCosts: [Float]? { costNames.map { _ in 1 } }
    /// Whether the mass is in the goal's disc.
    public var isAtGoal: Bool? { hasArrived }
    private var hasArrived: Bool { Self.goal.contains(state.position) }

    /// A start near the beginning of the track, at rest: 35° … 55° below the x-axis.
    static func randomStart(_ stream: inout RandomStream) -> State {
        let angle = -Double(stream.nextUniform(in: 35..<55)) * .pi / 180
        return State(
            position: onCircle(Double(stream.nextUniform(in: 0.75..<0.95)), at: angle), velocity: Vector(0, 0)
        )
    }

    /// Starts an episode near the beginning of the track.
    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: seed, for: .reset)
        reset(to: Self.randomStart(&stream), observation: &observation)
    }

    /// Starts an episode in a given state.
    public mutating func reset(to start: State, observation: inout MutableSpan<Float>) {
        state = start
        Self.observe(state, into: &observation)
    }

    /// Itself: nothing is drawn in a step.
    public func branch(seed: UInt64) -> Self? { self }

    /// Pushes for one step.
    public mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        precondition(action.count == 2, "\(Self.name) takes 2 action values, not \(action.count)")
        let force = Vector(Double(action[0]), Double(action[1])).clipped(to: 1)
        let isSupported = Self.isSupported(force, in: state)
        let before = Self.angleAlong(state.position)
        state.advance(force, factors)
        Self.observe(state, into: &observation)
        let gain = 0.85 * (Self.angleAlong(state.position) - before) - 0.02
        let isInHazard = Self.hazards.contains { $0.contains(state.position) }
        return StepOutcome(
            reward: Float(hasArrived ? gain + 1 : gain),
            costs: [isInHazard ? 1 : 0, isSupported ? 0 : 1], end: hasArrived ? .terminated : nil)
    }

    /// The observation of a state: x, y and the velocity in both directions.
    public static func observation(of state: State) -> [Float] {
        [state.position.x, state.position.y, state.velocity.x, state.velocity.y].map { Float($0) }
    }

    private static func observe(_ state: State, into values: inout MutableSpan<Float>) {
        for (index, value) in observation(of: state).enumerated() { values[index] = value }
    }
}

extension PointMass {
    /// `stop`.
    public static var fallbacks: [String] { ["stop"] }

    /// The force that takes the whole velocity off in one step.
    public static func fallbackAction(in observation: [Float], of name: String) -> [Float] {
        precondition(name == "stop", "\(Self.name) has no fallback \(name)")
        return [-observation[2], -observation[3]]
    }
}
