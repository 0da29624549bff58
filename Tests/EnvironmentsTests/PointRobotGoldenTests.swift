import Environments
import SafeRL
import TestSupport
import Testing

@Suite struct PointRobotGoldenTests {
    private let file: GoldenFile

    init() throws { file = try Golden.file("fisor", "pointrobot.safetensors") }

    private var rollouts: [String] { names(endingIn: ".state") }

    private func names(endingIn suffix: String) -> [String] {
        file.names.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
    }

    @Test func everyStepMatchesTheReference() throws {
        #expect(!rollouts.isEmpty)
        for rollout in rollouts {
            let states = try file.floats("\(rollout).state")
            let steps = try file.shape("\(rollout).action")[0]
            for step in 0..<steps {
                var robot = PointRobot(state: state(states, step))
                try expectStep(of: &robot, in: rollout, at: step, within: 1e-5)
            }
        }
    }

    @Test func wholeRolloutsStayCloseToTheReference() throws {
        for rollout in rollouts {
            let states = try file.floats("\(rollout).state")
            var robot = PointRobot(state: state(states, 0))
            for step in 0..<(try file.shape("\(rollout).action")[0]) {
                try expectStep(of: &robot, in: rollout, at: step, within: 1e-4)
            }
        }
    }

    @Test func feasibleGridsAreEqual() throws {
        let axis = try file.floats("feasible.axis").map(Double.init)
        let slices = names(endingIn: ".grid")
        #expect(!slices.isEmpty)
        for slice in slices {
            let (grid, motion) = (try file.floats("\(slice).grid"), try file.floats("\(slice).v_theta"))
            for (row, y) in axis.enumerated() {
                for (column, x) in axis.enumerated() {
                    let state = PointRobot.State(
                        x: x, y: y, speed: Double(motion[0]), heading: Double(motion[1]))
                    let expected = grid[row * axis.count + column] == 1
                    #expect(PointRobot.isFeasible(state) == expected, "\(slice), x \(x), y \(y)")
                }
            }
        }
    }

    private func state(_ values: [Float], _ row: Int) -> PointRobot.State {
        let values = values[4 * row..<4 * row + 4].map(Double.init)
        return .init(x: values[0], y: values[1], speed: values[2], heading: values[3])
    }

    private func expectStep(
        of robot: inout PointRobot, in rollout: String, at step: Int, within tolerance: Float
    ) throws {
        let observations = try file.floats("\(rollout).obs")
        let actions = try file.floats("\(rollout).action")
        expectClose(
            PointRobot.observation(of: robot.state), observations[11 * step..<11 * step + 11], tolerance)
        var observation = [Float](repeating: .nan, count: 11)
        var span = observation.mutableSpan
        let outcome = robot.step(Array(actions[2 * step..<2 * step + 2]).span, observation: &span)
        let place: Comment = "\(rollout), step \(step)"
        expectClose(observation, observations[11 * (step + 1)..<11 * (step + 2)], tolerance, place)
        let after = state(try file.floats("\(rollout).state"), step + 1)
        expectClose(
            [robot.state.x, robot.state.y, robot.state.speed, robot.state.heading].map(Float.init),
            [after.x, after.y, after.speed, after.heading].map(Float.init), tolerance, place)
        expectClose([outcome.reward], [try file.floats("\(rollout).reward")[step]], tolerance, place)
        expectClose(
            [try #require(robot.constraintValue)], [try file.floats("\(rollout).h")[step]], tolerance, place)
        #expect(outcome.cost == (try file.floats("\(rollout).violation")[step]), place)
        #expect((outcome.end == .terminated) == (try file.floats("\(rollout).done")[step] == 1), place)
    }

    private func expectClose(
        _ actual: [Float], _ expected: some Collection<Float>, _ tolerance: Float, _ place: Comment? = nil
    ) {
        #expect(actual.count == expected.count, place)
        #expect(zip(actual, expected).allSatisfy { abs($0 - $1) <= tolerance }, place)
    }
}
