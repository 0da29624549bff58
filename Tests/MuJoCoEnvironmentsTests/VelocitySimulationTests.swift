import MuJoCoEnvironments
import Testing

// All of these need MuJoCo and its models.
@Suite(.enabled(if: Installation.isComplete)) struct VelocitySimulationTests {
    @Test(arguments: VelocityTask.allCases)
    func equalSeedsGiveEqualEpisodesWhateverWasBefore(of task: VelocityTask) throws {
        var (first, second) = (try VelocitySimulation(task), try VelocitySimulation(task))
        try first.start(seed: 7)
        for _ in 0..<30 { _ = try first.step(constant(0.5, task)) }
        try first.start(seed: 7)
        try second.start(seed: 7)
        for _ in 0..<30 {
            #expect(first.positions == second.positions && first.velocities == second.velocities)
            #expect(try first.step(constant(-0.8, task)) == second.step(constant(-0.8, task)))
        }
        try second.start(seed: 8)
        #expect(first.positions != second.positions && first.velocities != second.velocities)
    }

    @Test(arguments: VelocityTask.allCases)
    func nothingOfAnEpisodeIsLeftInTheNext(of task: VelocityTask) throws {
        // Lying on the ground, where the solver's first guess matters.
        var used = try VelocitySimulation(task)
        try used.start(seed: 9)
        for _ in 0..<60 { _ = try used.step(constant(0.9, task)) }
        let (positions, velocities) = (used.positions, used.velocities)
        for _ in 0..<5 { _ = try used.step(constant(-0.9, task)) }
        var fresh = try VelocitySimulation(task)
        try used.start(positions: positions, velocities: velocities)
        try fresh.start(positions: positions, velocities: velocities)
        for _ in 0..<20 {
            #expect(try used.step(constant(0.4, task)) == fresh.step(constant(0.4, task)))
            #expect(used.positions == fresh.positions && used.velocities == fresh.velocities)
        }
    }

    @Test(arguments: VelocityTask.allCases)
    func startsSpreadAsTheTaskSays(of task: VelocityTask) throws {
        var robot = try VelocitySimulation(task)
        let defaults = robot.positions
        let count = 400
        var (farthest, squares) = (0.0, 0.0)
        for seed in 0..<count {
            try robot.start(seed: UInt64(seed))
            // The engine brings the ant's orientation, a quaternion, to length 1.
            for index in defaults.indices where !(task == .ant && (3...6).contains(index)) {
                farthest = max(farthest, abs(robot.positions[index] - defaults[index]))
            }
            squares += robot.velocities.reduce(0) { $0 + $1 * $1 } / Double(robot.velocities.count)
        }
        let scale = task == .hopper || task == .walker2d ? 0.005 : 0.1
        #expect(farthest <= scale && farthest > 0.95 * scale)
        // A uniform number within ± s has variance s²/3. 2,000 draws at least: 15 % is more than four deviations.
        let isNormal = task == .halfCheetah || task == .ant
        let variance = isNormal ? scale * scale : scale * scale / 3
        #expect(abs(squares / Double(count) / variance - 1) < 0.15)
    }

    @Test(arguments: VelocityTask.allCases)
    func aCopyGoesOnAsTheOriginalAndDisturbsItNot(of task: VelocityTask) throws {
        var original = try VelocitySimulation(task)
        try original.start(seed: 1)
        for _ in 0..<5 { _ = try original.step(constant(0.3, task)) }
        let kept = original.observation
        var copy = original
        var course: [[Double]] = []
        for _ in 0..<5 {
            _ = try copy.step(constant(-0.6, task))
            course.append(copy.observation)
        }
        #expect(original.observation == kept)
        #expect(copy.observation != kept)
        for expected in course {
            _ = try original.step(constant(-0.6, task))
            #expect(original.observation == expected)
        }
        var restarted = original
        try restarted.start(seed: 2)
        #expect(original.observation == course.last)
    }

    @Test(arguments: VelocityTask.allCases)
    func actionsBeyondTheirBoundsAreClipped(of task: VelocityTask) throws {
        var (plain, beyond) = (try VelocitySimulation(task), try VelocitySimulation(task))
        try plain.start(seed: 3)
        try beyond.start(seed: 3)
        let first = try plain.step(constant(-1, task)), second = try beyond.step(constant(-40, task))
        #expect(first == second && plain.observation == beyond.observation)
    }

    @Test func anActionThatIsNoNumberIsRefused() throws {
        var robot = try VelocitySimulation(.hopper)
        try robot.start(seed: 0)
        let before = robot.observation
        let refusal = MuJoCoError.badAction("SafetyHopperVelocity-v1", element: 1, value: .infinity)
        #expect(throws: refusal) { try robot.step([0, .infinity, 0]) }
        #expect(robot.observation == before)
        #expect(refusal.kind == .internalFault)
    }

    @Test func aStateThatExplodesIsAnErrorAndTheNextEpisodeIsSound() throws {
        var robot = try VelocitySimulation(.swimmer)
        try robot.start(positions: robot.positions, velocities: [0, 0, 1e11, 0, 0])
        #expect(throws: MuJoCoError.unstable("SafetySwimmerVelocity-v1", step: 1)) { try robot.step([0, 0]) }
        var sound = try VelocitySimulation(.swimmer)
        try robot.start(seed: 4)
        try sound.start(seed: 4)
        #expect(try robot.step([1, -1]) == sound.step([1, -1]))
        #expect(robot.observation == sound.observation)
    }

    /// A state just inside and just outside the bounds within which a robot counts as well.
    struct Limit: Sendable {
        let task: VelocityTask
        let index: Int
        let inside, outside: Double
    }

    @Test(arguments: [
        Limit(task: .hopper, index: 2, inside: 0.15, outside: 0.25),
        Limit(task: .hopper, index: 1, inside: 1.2, outside: 0.6),
        Limit(task: .walker2d, index: 2, inside: -0.95, outside: -1.05),
        Limit(task: .walker2d, index: 1, inside: 1.9, outside: 2.1),
        Limit(task: .ant, index: 2, inside: 0.9, outside: 1.1),
        Limit(task: .halfCheetah, index: 2, inside: 0, outside: 3),
        Limit(task: .swimmer, index: 2, inside: 0, outside: 3),
    ])
    func anUnhealthyRobotEndsItsEpisode(at limit: Limit) throws {
        for (value, isWell) in [(limit.inside, true), (limit.outside, false)] {
            var robot = try VelocitySimulation(limit.task)
            var state = robot.positions
            let still = [Double](repeating: 0, count: robot.velocities.count)
            state[limit.index] = value
            try robot.start(positions: state, velocities: still)
            let step = try robot.step(constant(0, limit.task))
            let isNeverOver = limit.task == .halfCheetah || limit.task == .swimmer
            #expect(step.isTerminated == !(isWell || isNeverOver), "\(limit.task.rawValue) at \(value)")
        }
    }

    private func constant(_ value: Double, _ task: VelocityTask) -> [Double] {
        [Double](repeating: value, count: task.actionSize)
    }
}
