import Foundation
import MuJoCoEnvironments
import SafeRL
import Testing

@Suite struct ConstrainedTaskTests {
    @Test func namesAndLevelsSayWhatIsForbidden() throws {
        func constraint(_ name: String) throws -> StepConstraint {
            try ConstrainedTask(named: "mujoco:" + name).constraint
        }
        #expect(try constraint("SafetyHopperVelocity-v1") == .speed(above: 0.7402))
        #expect(try constraint("SafetyHopperVelocity-v1?level=2") == .speed(above: 0.7402 * 0.75))
        #expect(try constraint("SafetyAntVelocity-v1?level=3") == .speed(above: 2.6222 / 2))
        #expect(try constraint("SafetyWalker2dHeight-v1?level=3") == .height(above: 1.1))
        #expect(try constraint("SafetyAntLift-v1?level=2") == .feet([0, 3]))
        let first = try ConstrainedTask(named: "SafetyAntLift-v1?level=1")
        #expect(first.name == "mujoco:SafetyAntLift-v1" && first.constraint == .feet([0]))
        for name in ConstrainedTask.names { #expect(try ConstrainedTask(named: name).name == name) }
    }

    @Test(arguments: [
        ("mujoco:SafetyAntLft-v1", "Did you mean \"mujoco:SafetyAntLift-v1\"?"),
        ("SafetyHoperHeight-v1?level=2", "Did you mean \"SafetyHopperHeight-v1\"?"),
        ("SafetyAntLift-v1?level=4", "What follows \"?\" is level=1, level=2 or level=3."),
        ("SafetyAntLift-v1?lvl=1", "What follows \"?\" is level=1, level=2 or level=3."),
        ("SafetyAntLift-v1?", "What follows \"?\" is level=1, level=2 or level=3."),
    ])
    func otherNamesAreRefusedWithTheRemedy(_ name: String, _ remedy: String) {
        #expect { try ConstrainedTask(named: name) } throws: { "\($0)".contains(remedy) }
    }

    @Test(
        .enabled(if: Installation.isComplete),
        arguments: [
            ("SafetyHopperHeight-v1?level=2", 1), ("SafetyWalker2dHeight-v1?level=3", 1),
            ("SafetyAntHeight-v1?level=1", 2),
        ])
    func heightCostsAboveItsLimit(_ name: String, _ coordinate: Int) throws {
        let task = try ConstrainedTask(named: name)
        guard case .height(let limit) = task.constraint else {
            Issue.record("\(name) is no task of height")
            return
        }
        var robot = try VelocitySimulation(task)
        try robot.start(seed: 1)
        let (positions, still) = (robot.positions, robot.velocities.map { _ in 0.0 })
        for (shift, cost) in [(0.1, 1.0), (-0.1, 0)] {
            var place = positions
            place[coordinate] = limit + shift
            try robot.start(positions: place, velocities: still)
            #expect(try robot.step([Double](repeating: 0, count: task.robot.actionSize)).cost == cost)
            #expect(abs(robot.positions[coordinate] - limit - shift) < 0.05)
        }
    }

    @Test(.enabled(if: Installation.isComplete)) func levelsOfSpeedCostWhereTheRobotIsFaster() throws {
        // At 0.444 m/s, which is 0.6 times the limit.
        for (level, cost) in [(1, 0.0), (2, 0), (3, 1)] {
            var robot = try VelocitySimulation(
                ConstrainedTask(named: "SafetyHopperVelocity-v1?level=\(level)"))
            try robot.start(seed: 5)
            let (positions, velocities) = (robot.positions, robot.velocities)
            try robot.start(
                positions: positions, velocities: [0.6 * 0.7402] + velocities.dropFirst().map { _ in 0 })
            #expect(try robot.step([0, 0, 0]).cost == cost)
        }
    }

    /// A foot's height by the chain of its joints, by hand.
    private func height(ofFoot foot: Int, _ positions: [Double]) -> Double {
        let side = [(1.0, 1.0), (-1, 1), (-1, -1), (1, -1)][foot]
        let axis = [(-1.0, 1.0), (1, 1), (-1, 1), (1, 1)][foot]
        let (hip, ankle) = (positions[7 + 2 * foot], positions[8 + 2 * foot])
        typealias Point = (x: Double, y: Double, z: Double)
        func about(_ a: Point, _ angle: Double, _ p: Point) -> Point {
            let length = (a.x * a.x + a.y * a.y + a.z * a.z).squareRoot()
            let u = (x: a.x / length, y: a.y / length, z: a.z / length)
            let (c, s) = (cos(angle), sin(angle))
            let dot = u.x * p.x + u.y * p.y + u.z * p.z
            return (
                p.x * c + (u.y * p.z - u.z * p.y) * s + u.x * dot * (1 - c),
                p.y * c + (u.z * p.x - u.x * p.z) * s + u.y * dot * (1 - c),
                p.z * c + (u.x * p.y - u.y * p.x) * s + u.z * dot * (1 - c)
            )
        }
        let end = about((axis.0, axis.1, 0), ankle, (0.4 * side.0, 0.4 * side.1, 0))
        let turned = about((0, 0, 1), hip, (0.2 * side.0 + end.x, 0.2 * side.1 + end.y, end.z))
        let leg = (x: turned.x + 0.2 * side.0, y: turned.y + 0.2 * side.1, z: turned.z)
        let (w, x, y, z) = (positions[3], positions[4], positions[5], positions[6])
        return positions[2] + 2 * (x * z - w * y) * leg.x + 2 * (y * z + w * x) * leg.y
            + (1 - 2 * (x * x + y * y)) * leg.z
    }

    @Test(.enabled(if: Installation.isComplete), arguments: 1...3)
    func liftCostsEachRestrictedFootOnTheGround(_ level: Int) throws {
        var robot = try VelocitySimulation(ConstrainedTask(named: "SafetyAntLift-v1?level=\(level)"))
        guard case .feet(let feet) = try ConstrainedTask(named: "SafetyAntLift-v1?level=\(level)").constraint
        else { return }
        try robot.start(seed: 2)
        var seen: Set<Double> = []
        for step in 0..<120 {
            let action = (0..<8).map { sin(Double(step * ($0 + 3)) / 9) }
            let cost = try robot.step(action).cost
            for foot in 0..<4 {
                #expect(abs(robot.height(ofFoot: foot) - height(ofFoot: foot, robot.positions)) < 0.03)
            }
            #expect(cost == Double(feet.count { robot.height(ofFoot: $0) < 0.15 }))
            seen.insert(cost)
        }
        #expect(seen.count > 1)
    }
}
