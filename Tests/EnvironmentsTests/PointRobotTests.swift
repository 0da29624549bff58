import Environments
import SafeRL
import Testing

@Suite struct PointRobotTests {
    private typealias State = PointRobot.State

    @Test func theNamedStartsAreOnTheirSidesOfTheBoundary() {
        #expect(PointRobot.isFeasible(State(x: -1.8, y: 0, speed: 2, heading: .pi / 4)))
        #expect(!PointRobot.isFeasible(State(x: -1.5, y: 0, speed: 2, heading: .pi / 4)))
        #expect(PointRobot().state == State(x: -1.8, y: 0, speed: 2, heading: .pi / 4))
    }

    @Test func theConstraintIsPositiveInsideAHazard() {
        #expect(PointRobot(state: State(x: 0.4, y: -1.2, speed: 1, heading: 0)).constraintValue == 0.8)
        #expect(PointRobot(state: State(x: -0.4, y: 2.2, speed: 1, heading: 0)).constraintValue ?? 1 < 0)
        #expect(!PointRobot.isFeasible(State(x: 0.4, y: -1.9, speed: 0, heading: 0)))
    }

    @Test func theCentreOfAHazardHasAFiniteObservation() {
        let values = PointRobot.observation(of: State(x: 0.4, y: -1.2, speed: 1, heading: 1))
        #expect(values.allSatisfy { $0.isFinite })
        #expect(Array(values[5..<8]) == [0, 1, 0])
    }

    @Test func arrivingPaysOneMoreAndTerminates() {
        var robot = PointRobot(state: State(x: 1.8, y: 2.2, speed: 2.2, heading: 0))
        let outcome = step(&robot, [0, 0])
        #expect(abs(outcome.reward - 1.11) < 1e-6)
        #expect(outcome.end == .terminated)
        #expect(robot.isAtGoal == true)
    }

    @Test func aViolationCostsOneAndDoesNotEndTheEpisode() {
        var robot = PointRobot(state: State(x: -0.45, y: -1.2, speed: 2, heading: 0))
        let outcome = step(&robot, [0, 0])
        #expect(outcome.costs == [1])
        #expect(outcome.end == nil)
    }

    @Test func leavingTheArenaTerminatesWithoutTheGoal() {
        var robot = PointRobot(state: State(x: -2.99, y: 0, speed: 1, heading: .pi))
        #expect(step(&robot, [0, 0]).end == .terminated)
        #expect(robot.isAtGoal == false)
    }

    @Test func startsFillTheStatedRanges() throws {
        let starts = try (0..<2000 as Range<UInt64>).map { try start(PointRobot.self, seed: $0) }
        for (index, low, high) in [(0, -3, 3), (1, -3, 3), (2, 0.5, 2)] as [(Int, Float, Float)] {
            let values = starts.map { $0[index] }
            #expect((values.min() ?? .nan) >= low && (values.min() ?? .nan) < low + 0.01 * (high - low))
            #expect((values.max() ?? .nan) < high && (values.max() ?? .nan) > high - 0.01 * (high - low))
        }
        #expect(starts.allSatisfy { $0[4] > 0.707 && abs($0[3]) < 0.7072 })  // 45° … 135°
    }

    @Test func feasibleStartsAreFeasible() {
        var robot = PointRobotFromFeasibleStarts()
        var observation = [Float](repeating: 0, count: 11)
        for seed in 0..<1000 as Range<UInt64> {
            var span = observation.mutableSpan
            robot.reset(seed: seed, observation: &span)
            #expect(PointRobot.isFeasible(robot.robot.state))
            #expect(robot.constraintValue ?? 1 <= 0)
        }
    }

    private func step(_ robot: inout PointRobot, _ action: [Float]) -> StepOutcome {
        var observation = [Float](repeating: 0, count: 11)
        var span = observation.mutableSpan
        return robot.step(action.span, observation: &span)
    }

    private func start<E: Environment>(_ type: E.Type, seed: UInt64) throws -> [Float] {
        var environment = type.init()
        var observation = [Float](repeating: 0, count: environment.observationSpace.size)
        var span = observation.mutableSpan
        try environment.reset(seed: seed, observation: &span)
        return observation
    }
}
