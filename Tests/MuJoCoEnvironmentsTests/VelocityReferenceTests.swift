import Foundation
import MuJoCoEnvironments
import Testing

/// Rollouts recorded in safety-gymnasium 1.0.0 on MuJoCo 2.3.3.
@Suite struct VelocityReferenceTests {
    struct Rollout: Decodable {
        struct Step: Decodable {
            let action, obs: [Double]
            let reward, cost: Double
            let terminated, truncated: Bool
        }
        let qpos0, qvel0, obs0: [Double]
        let threshold, dt: Double
        let steps: [Step]
    }

    // Needs MuJoCo, its models and the recorded file.
    @Test(
        .enabled(if: Installation.isComplete && Installation.rollouts != nil),
        arguments: VelocityTask.allCases)
    func everyStepIsTheRecordedOne(of task: VelocityTask) throws {
        let file = try #require(Installation.rollouts)
        let all = try JSONDecoder().decode(
            [String: Rollout].self, from: Data(contentsOf: URL(filePath: file)))
        let rollout = try #require(all[task.rawValue])
        #expect(task.speedLimit == rollout.threshold && abs(task.stepDuration - rollout.dt) < 1e-15)
        var robot = try VelocitySimulation(task)
        try robot.start(positions: rollout.qpos0, velocities: rollout.qvel0)
        var worst = (observation: distance(robot.observation, rollout.obs0), reward: 0.0)
        for (index, expected) in rollout.steps.enumerated() {
            let step = try robot.step(expected.action)
            worst.observation = max(worst.observation, distance(robot.observation, expected.obs))
            worst.reward = max(worst.reward, abs(step.reward - expected.reward))
            #expect(step.cost == expected.cost, "cost of step \(index)")
            #expect(step.isTerminated == expected.terminated, "ending at step \(index)")
        }
        print("\(task.rawValue): \(rollout.steps.count) steps, worst difference", worst)
        #expect(worst.observation <= 1e-12)
        #expect(worst.reward <= 1e-12)
    }

    private func distance(_ a: [Double], _ b: [Double]) -> Double {
        a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }
}
