import PerturbablePhysics
import SafeRL
import Tensors

/// Where episodes of the point robot begin.
public protocol PointRobotStarts: SendableMetatype {
    /// The name of the environment whose episodes begin there.
    static var name: String { get }
    /// A random start.
    static func draw(_ stream: inout RandomStream) -> PointRobot.State
}

/// Starts that are feasible by the analytic rule, for evaluating what a policy itself does wrong.
public enum FeasibleStarts: PointRobotStarts {
    /// `point-robot-feasible`.
    public static let name = "point-robot-feasible"
    /// A random start of `PointRobot`, drawn again until it is feasible.
    public static func draw(_ stream: inout RandomStream) -> PointRobot.State {
        PointRobot.randomFeasibleStart(&stream)
    }
}

/// Starts from which full braking, straight on, stops before each hazard: those that `point-robot.rules` covers.
public enum StoppableStarts: PointRobotStarts {
    /// `point-robot-stoppable`.
    public static let name = "point-robot-stoppable"
    /// A random start of `PointRobot`, drawn again until at least 0.1 mm is left after braking.
    public static func draw(_ stream: inout RandomStream) -> PointRobot.State {
        while true {
            let start = PointRobot.randomStart(&stream)
            if PointRobot.stoppingMargin(of: start) >= 0.0001 { return start }
        }
    }
}

extension PointRobot {
    /// Metres that are left before the nearest hazard after full braking.
    ///
    /// Distance − 0.8 − v²/2 − 0.05·|v|; the last two are at least the way that braking with 1 m/s² in steps of 0.05 s takes.
    public static func stoppingMargin(of state: State) -> Double {
        -constraint(state) - state.speed * state.speed / 2 - timeStep * abs(state.speed)
    }
}

/// `PointRobot` whose episodes all begin in certain states.
public struct PointRobotFrom<Starts: PointRobotStarts>: Environment, Sendable {
    /// The starts' name.
    public static var name: String { Starts.name }

    /// That of `PointRobot`.
    public static var boundable: (any BoundableEnvironment.Type)? { PointRobot.self }

    /// The robot itself.
    public private(set) var robot = PointRobot()

    /// A robot in its default state.
    public init() {}

    /// As `PointRobot`.
    public var observationSpace: Space { robot.observationSpace }
    /// As `PointRobot`.
    public var actionSpace: Space { robot.actionSpace }
    /// As `PointRobot`.
    public var timeLimit: Int { robot.timeLimit }
    /// As `PointRobot`.
    public var largestCosts: [Float]? { robot.largestCosts }
    /// As `PointRobot`.
    public var constraintValue: Float? { robot.constraintValue }
    /// As `PointRobot`.
    public var isAtGoal: Bool? { robot.isAtGoal }
    /// As `PointRobot`.
    public static var fallbacks: [String] { PointRobot.fallbacks }
    /// As `PointRobot`.
    public static func fallbackAction(in observation: [Float], of name: String) -> [Float] {
        PointRobot.fallbackAction(in: observation, of: name)
    }

    /// Starts an episode at a random start.
    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: seed, for: .reset)
        robot.reset(to: Starts.draw(&stream), observation: &observation)
    }

    /// As `PointRobot`, wherever episodes begin.
    public mutating func place(in state: [Double], observation: inout MutableSpan<Float>) -> Bool {
        robot.place(in: state, observation: &observation)
    }

    /// As `PointRobot`.
    public mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        robot.step(action, observation: &observation)
    }
}

extension PointRobotFrom: PerturbableEnvironment {
    /// As `PointRobot`.
    public static var quantities: [PhysicalQuantity] { PointRobot.quantities }
    /// As `PointRobot`.
    public mutating func obey(_ factors: PhysicalFactors) { robot.obey(factors) }
}

/// `point-robot-feasible`.
public typealias PointRobotFromFeasibleStarts = PointRobotFrom<FeasibleStarts>
/// `point-robot-stoppable`.
public typealias PointRobotFromStoppableStarts = PointRobotFrom<StoppableStarts>
