import MuJoCoEnvironments
import PerturbablePhysics
import SafeRL
import Testing

/// Robots in worlds with other masses, friction and gravity; all of these need MuJoCo and its models.
@Suite(.enabled(if: Installation.isComplete)) struct ChangedPhysicsTests {
    private func robot(_ task: VelocityTask, _ factors: PhysicalFactors) throws -> VelocitySimulation {
        try VelocitySimulation(ConstrainedTask(task), obeying: factors)
    }

    private func action(_ value: Double, _ task: VelocityTask) -> [Double] {
        [Double](repeating: value, count: task.actionSize)
    }

    @Test(arguments: VelocityTask.allCases)
    func factorsOfOneChangeNoBitAndOthersDo(of task: VelocityTask) throws {
        func course(_ factors: PhysicalFactors?) throws -> [[Double]] {
            var robot =
                try factors.map { try self.robot(task, $0) } ?? VelocitySimulation(ConstrainedTask(task))
            try robot.start(seed: 3)
            return try (0..<40).map { step in
                _ = try robot.step(action(step % 7 < 4 ? 0.7 : -0.5, task))
                return robot.positions
            }
        }
        let plain = try course(nil)
        #expect(try course(PhysicalFactors.none) == plain)
        let heavier = try course(PhysicalFactors(mass: 1.4))
        #expect(heavier != plain)
        #expect(try course(PhysicalFactors(mass: 1.4)) == heavier)
        // The original model is as it was.
        #expect(try course(nil) == plain)
        // Nothing pulls a swimmer into its plane, and it touches nothing.
        let (gravity, friction) = (
            try course(PhysicalFactors(gravity: 0.6)), try course(PhysicalFactors(friction: 0.1))
        )
        if task != .swimmer { #expect(gravity != plain && friction != plain) }
    }

    /// In the air all falls alike, whatever it weighs; joint 1 of the hopper is its height.
    @Test(arguments: [
        (PhysicalFactors.none, 1.0), (.init(gravity: 2), 2), (.init(mass: 3), 1), (.init(friction: 9), 1),
    ])
    func gravityIsWhatIsSaid(_ factors: PhysicalFactors, _ expected: Double) throws {
        var robot = try self.robot(.hopper, factors)
        var positions = robot.positions
        positions[1] += 3
        try robot.start(positions: positions, velocities: robot.velocities.map { _ in 0 })
        _ = try robot.step(action(0, .hopper))
        #expect(abs(robot.velocities[1] + 9.81 * expected * VelocityTask.hopper.stepDuration) < 1e-6)
    }

    /// Without gravity a torque turns joints of heavy legs less.
    @Test func whatWeighsMoreIsMovedLess() throws {
        func speed(_ mass: Double) throws -> Double {
            var robot = try self.robot(.hopper, PhysicalFactors(mass: mass, gravity: 0))
            var positions = robot.positions
            positions[1] += 3
            try robot.start(positions: positions, velocities: robot.velocities.map { _ in 0 })
            _ = try robot.step(action(-0.2, .hopper))
            return robot.velocities.reduce(0) { max($0, abs($1)) }
        }
        let (light, heavy) = (try speed(1), try speed(4))
        #expect(light > 0.01 && heavy < 0.7 * light, "\(light), \(heavy)")
    }

    @Test func theFamilyMakesThemByName() throws {
        let physics = try #require(MuJoCoFamily().physics(of: VelocityTask.hopper.name))
        #expect(physics.quantities == PhysicalQuantity.allCases)
        let made = try physics.make(obeying: PhysicalFactors(mass: 1.2), EnvironmentRequest(slots: 2))
        #expect(made.slots == 2 && made.name == VelocityTask.hopper.name)
    }
}
