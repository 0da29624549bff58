import MuJoCoEnvironments
import SafeRL
import Tensors
import Testing

// All of these need MuJoCo and its models.
@Suite(.enabled(if: Installation.isComplete)) struct VelocityEnvironmentsTests {
    @Test(arguments: VelocityTask.allCases)
    func resultsDoNotDependOnThreadsOrNeighbours(of task: VelocityTask) throws {
        let alone = try (0..<7).map { try course(of: [$0], task, threads: 1)[0] }
        for threads in [1, 2, 3, nil] {
            #expect(try course(of: Array(0..<7), task, threads: threads) == alone)
            #expect(try course(of: [6, 0, 3], task, threads: threads) == [alone[6], alone[0], alone[3]])
        }
    }

    @Test(arguments: VelocityTask.allCases)
    func theVectorGivesWhatTheSimulationGives(of task: VelocityTask) throws {
        var robot = try VelocitySimulation(task)
        try robot.start(seed: 5)
        var expected = robot.observation.map { Float($0) }
        for step in 0..<40 {
            let outcome = try robot.step(action(step, 5, task).map { Double($0) })
            expected += robot.observation.map { Float($0) }
            expected += [Float(outcome.reward), Float(outcome.cost), outcome.isTerminated ? 1 : 0]
            if outcome.isTerminated { break }
        }
        #expect(try course(of: [5], task, threads: nil) == [expected])
    }

    @Test(arguments: VelocityTask.allCases)
    func spacesAndLimitAreThoseOfTheTask(of task: VelocityTask) throws {
        let environments = try MuJoCoFamily().environments("mujoco:" + task.rawValue, slots: 3)
        let sizes: [VelocityTask: (Int, Int)] = [
            .halfCheetah: (17, 6), .hopper: (11, 3), .swimmer: (8, 2), .walker2d: (17, 6), .ant: (27, 8),
        ]
        #expect(environments.name == "mujoco:" + task.rawValue)
        #expect(environments.observationSpace.size == sizes[task]?.0)
        #expect(environments.actionSpace == .box(try #require(sizes[task]?.1), in: -1...1))
        #expect(environments.timeLimit == 1000 && environments.slots == 3)
    }

    @Test func tasksWithoutAFallNeverEndThemselves() throws {
        for task in [VelocityTask.halfCheetah, .swimmer] {
            let environments = try VelocityEnvironments(task)
            var observations = [Float](repeating: .nan, count: task.observationSize)
            var span = observations.mutableSpan
            try environments.reset([0], seeds: [1], observations: &span)
            for step in 0..<environments.timeLimit {
                let outcome = try environments.step(
                    [0], actions: action(step, 0, task).span, observations: &span)
                #expect(outcome[0].end == nil)
            }
        }
    }

    @Test func anActionThatIsNoNumberNamesItsTask() throws {
        let environments = try VelocityEnvironments(.swimmer, slots: 2)
        var observations = [Float](repeating: .nan, count: 16)
        var span = observations.mutableSpan
        try environments.reset([0, 1], seeds: [1, 2], observations: &span)
        let actions: [Float] = [0, 0, 0, .infinity]
        #expect(throws: MuJoCoError.badAction("SafetySwimmerVelocity-v1", element: 1, value: .infinity)) {
            var span = observations.mutableSpan
            _ = try environments.step([0, 1], actions: actions.span, observations: &span)
        }
    }

    /// First observation, then observations, rewards, costs and endings of up to 40 steps, for each slot.
    private func course(of slots: [Int], _ task: VelocityTask, threads: Int?) throws -> [[Float]] {
        let environments = try VelocityEnvironments(task, slots: 7, threads: threads)
        let size = task.observationSize
        var observations = [Float](repeating: .nan, count: slots.count * size)
        do {
            var span = observations.mutableSpan
            try environments.reset(slots, seeds: slots.map { UInt64($0) }, observations: &span)
        }
        var courses = slots.indices.map { Array(observations[$0 * size..<($0 + 1) * size]) }
        var running = Array(slots.indices)
        for step in 0..<40 where !running.isEmpty {
            let actions = running.flatMap { action(step, slots[$0], task) }
            var next = [Float](repeating: .nan, count: running.count * size)
            var span = next.mutableSpan
            let outcomes = try environments.step(
                running.map { slots[$0] }, actions: actions.span, observations: &span)
            for (row, index) in running.enumerated() {
                let outcome = outcomes[row]
                courses[index] += next[row * size..<(row + 1) * size]
                courses[index] += [outcome.reward, outcome.cost, outcome.end == .terminated ? 1 : 0]
            }
            running = running.enumerated().filter { outcomes[$0.offset].end == nil }.map(\.element)
        }
        return courses
    }

    private func action(_ step: Int, _ slot: Int, _ task: VelocityTask) -> [Float] {
        var stream = RandomStream(seed: UInt64(slot), for: .testing, index: UInt32(step))
        return (0..<task.actionSize).map { _ in stream.nextUniform(in: -1.2..<1.2) }
    }
}
