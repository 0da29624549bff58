import Foundation
import MuJoCoEnvironments
import SaferlBenchmarks
import Testing

@Suite struct VelocityBenchmarkTests {
    // Needs MuJoCo and its models.
    @Test(.enabled(if: Installation.isComplete)) func aShortRunMeasuresWhatItSays() throws {
        var benchmark = VelocityBenchmark()
        (benchmark.steps, benchmark.turns, benchmark.slots) = (300, 1, 4)
        let report = try benchmark.run(.hopper)
        #expect(report.stepsPerSecond > 500 && report.gain > 0)
        #expect(report.engineShare > 0.5 && report.engineShare <= 1)
        #expect(report.peerStepsPerSecond == nil && report.ratio == nil)
        #expect(report.text.hasPrefix("SafetyHopperVelocity-v1: "))
    }

    // Needs MuJoCo and its models.
    @Test(.enabled(if: Installation.isComplete)) func aPeerThatDoesNotAnswerIsNamed() throws {
        var benchmark = VelocityBenchmark()
        (benchmark.steps, benchmark.peer) = (10, ["true"])
        #expect(
            message { _ = try benchmark.run(.hopper) }
                == "true SafetyHopperVelocity-v1 10: gives no answer. Install its packages, see docs/mujoco.md."
        )
    }

    // A measurement, run where SAFERL_MUJOCO_PEER names the Python interpreter of a prepared environment; where it is
    // empty, native simulation is measured alone.
    @Test(
        .enabled(
            if: Installation.isComplete && ProcessInfo.processInfo.environment["SAFERL_MUJOCO_PEER"] != nil))
    func nativeSimulationIsFasterThanPython() throws {
        let python = try #require(ProcessInfo.processInfo.environment["SAFERL_MUJOCO_PEER"])
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var benchmark = VelocityBenchmark()
        benchmark.peer =
            python.isEmpty
            ? nil
            : [
                python, package.appending(path: "Benchmarks/Peers/velocity/velocity_peer.py").path,
            ]
        for task in VelocityTask.allCases {
            let report = try benchmark.run(task)
            print(report.text)
            #expect(report.ratio ?? 2 > 1)
            #expect(report.engineShare >= 0.9)
        }
    }
}
