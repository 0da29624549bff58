import Foundation
import GymnasiumEnvironments
import SafeRL
import Testing

/// Workers that are killed, hang or raise at random points of an evaluation.
@Suite(.enabled(if: Fakes.isPythonHere)) struct WorkerTrialTests {
    /// Drifts with noise from each row's own stream.
    private struct Drift: Policy {
        let observationSize = 2
        let actionSize = 2

        mutating func act(
            on observations: Span<Float>, actions: inout MutableSpan<Float>,
            using streams: inout MutableSpan<RandomStream>
        ) {
            for row in 0..<streams.count {
                for element in 0..<2 {
                    actions[2 * row + element] = streams[row].nextUniform(in: -1..<1)
                }
            }
        }
    }

    private static func evaluator(retries: Int) -> Evaluator {
        Evaluator(episodes: 3, seed: 8, timeLimit: 12, retries: retries)
    }

    /// What became of one evaluation with one fault.
    private struct Trial {
        var outcome: Result<Evaluation, WorkerError>
        /// One for each retry.
        var warnings: [String] = []
        /// Every process that was ever started.
        var identifiers: Set<Int32> = []
    }

    /// Evaluates in a worker that fails once; on return nothing holds the environment any more.
    private static func run(_ fault: String, retries: Int) throws -> Trial {
        let environment = try Fakes.make("Faulty?timeout=0.3", slots: 3, ["FAKE_FAULT": fault])
        var trial = Trial(outcome: .failure(WorkerError(.lost, "", "")))
        trial.identifiers.formUnion(environment.processIdentifiers)
        do {
            trial.outcome = .success(
                try evaluator(retries: retries).run(
                    Drift(), in: environment, warn: { trial.warnings.append($0) }))
        } catch let error as WorkerError { trial.outcome = .failure(error) }
        trial.identifiers.formUnion(environment.processIdentifiers)
        return trial
    }

    // 200 trials in eight parts that run side by side.
    @Test(arguments: 0..<8)
    func aFaultEndsTheEvaluationOrCostsNothing(_ part: Int) throws {
        let undisturbed = try Self.evaluator(retries: 0).run(Drift(), in: Fakes.make("Walk", slots: 3))
        for number in 0..<25 {
            var stream = RandomStream(seed: UInt64(part), for: .testing, index: UInt32(number))
            let kind = ["raise", "kill", "hang"][stream.nextInteger(below: 3)]
            // Three episodes of 12 steps: a few faults come too late to happen.
            let step = 1 + stream.nextInteger(below: 38)
            let isRetried = number % 2 == 0
            let mark = FileManager.default.temporaryDirectory.appending(path: "mark-\(UUID().uuidString)")
                .path
            defer { try? FileManager.default.removeItem(atPath: mark) }
            let trial = try Self.run("\(kind):\(step):\(mark)", retries: isRetried ? 3 : 0)
            let hasFailed = FileManager.default.fileExists(atPath: mark)
            let name: Comment = "\(kind) at step \(step), trial \(part)-\(number)"
            #expect(hasFailed == (step <= 36), name)
            switch trial.outcome {
            case .success(let result):
                #expect(result == undisturbed, name)
                #expect(trial.warnings.isEmpty != hasFailed && (isRetried || !hasFailed), name)
            case .failure(let error):
                #expect(hasFailed && !isRetried && trial.warnings.isEmpty, name)
                #expect(!error.description.contains("\n"), name)
                #expect(error.cause == (kind == "raise" ? .raised : .lost), name)
            }
            #expect(trial.warnings.allSatisfy { !$0.contains("\n") }, name)
            #expect(!trial.identifiers.contains(where: Fakes.isRunning), name)
        }
    }
}
