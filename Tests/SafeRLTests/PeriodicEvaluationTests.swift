import Foundation
import Glibc
import SafeRL
import Tensors
import TestSupport
import Testing

/// Evaluations in the middle of training: they change nothing, and are where they were after every kind of stop.
@Suite struct PeriodicEvaluationTests {
    private struct Killed: Error {}
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// Numbers that depend on the weights, as a return does.
    private static func evaluation(
        every interval: Int = 40, failingAt fault: Int? = nil
    ) -> PeriodicEvaluation<Quadratic> {
        PeriodicEvaluation(every: interval) { algorithm, step, _ in
            if step == fault { throw Killed() }
            var writer = CheckpointWriter()
            try algorithm.save(to: &writer)
            return [("return_mean", Float(step) / 8), ("cost_mean", .nan)]
        }
    }

    @discardableResult
    private func train(
        _ name: String, stopAfter limit: Int? = nil,
        evaluation: PeriodicEvaluation<Quadratic>? = Self.evaluation(),
        write: @escaping (String) -> Void = { _ in }, status: StatusLine.Style = .quiet
    ) throws -> TrainingOutcome {
        let path = folder.path + "/" + name
        let run =
            RunDirectory.holdsRun(path)
            ? try RunDirectory.resume(path, try someRun()) : try RunDirectory.create(at: path, try someRun())
        var schedule = Schedule()
        (schedule.steps, schedule.log, schedule.checkpoint, schedule.keep) = (200, 7, 50, 10)
        var options = Trainer.Options(status: status, stopAfter: limit)
        options.write = write
        return try Trainer.run(
            try Quadratic(.init(), on: .init(), seed: 7), schedule: schedule, in: run, evaluation: evaluation,
            options: options)
    }

    private func bytes(_ name: String, _ file: String) throws -> [UInt8] {
        try read("\(folder.path)/\(name)/\(file)")
    }

    private func lines(_ name: String, _ file: String = "metrics.jsonl") throws -> [String] {
        String(decoding: try bytes(name, file), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func checkpoints(_ name: String) throws -> [String: [UInt8]] {
        let steps = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/\(name)/checkpoints")
        var files: [String: [UInt8]] = [:]
        for step in steps {
            for file in ["state.safetensors", "manifest.json"] {
                files["\(step)/\(file)"] = try bytes(name, "checkpoints/\(step)/\(file)")
            }
        }
        return files
    }

    @Test func checkpointsHaveTheSameBytesWithAndWithoutEvaluations() throws {
        try train("with")
        try train("without", evaluation: nil)
        #expect(try checkpoints("with") == checkpoints("without"))
        #expect(try checkpoints("with").count == 10)
        let with = try lines("with")
        #expect(with.filter { !$0.contains("evaluation") } == (try lines("without")))
        #expect(
            with.filter { $0.contains("evaluation") }
                == [40, 80, 120, 160, 200].map {
                    "{\"step\":\($0),\"stage\":\"evaluation\",\"return_mean\":\(Float($0) / 8),\"cost_mean\":null}"
                })
    }

    @Test func aLineStandsWhereItsUpdateWasTaken() throws {
        try train("run")
        let steps = try lines("run").map { line in
            Int(String(line.dropFirst("{\"step\":".count).prefix { $0.isNumber })) ?? -1
        }
        #expect(steps == steps.sorted() && steps.last == 200)
        let timing = try lines("run", "timing.jsonl").filter { $0.contains("evaluation") }
        #expect(timing.count == 5)
        #expect(timing[0].hasPrefix("{\"step\":40,\"event\":\"evaluation\",\"duration\":"))
    }

    @Test func stoppingAnywhereChangesNoLine() throws {
        try train("whole")
        let expected = try (checkpoints("whole"), bytes("whole", "metrics.jsonl"))
        // Right before, at and after evaluations and checkpoints, and anywhere.
        for (number, first) in ([39, 40, 41, 49, 50, 51, 199, 80, 100, 160, 120, 3] as [Int]).enumerated() {
            let name = "cut-\(number)"
            var stream = RandomStream(seed: UInt64(number), for: .testing)
            var stop = first
            while case .interrupted = try train(name, stopAfter: stop) {
                stop = 1 + stream.nextInteger(below: 70)
            }
            #expect(try bytes(name, "metrics.jsonl") == expected.1, "first stopped after \(first)")
            // Stops leave checkpoints of their own; those of the schedule are the same.
            let kept = try checkpoints(name).filter { expected.0[$0.key] != nil }
            #expect(kept == expected.0, "first stopped after \(first)")
        }
    }

    /// The process dies in an evaluation; that of update 200 comes right after a checkpoint, that of 120 does not.
    @Test(arguments: [40, 120, 200]) func dyingInAnEvaluationChangesNoLine(step: Int) throws {
        try train("whole")
        #expect(throws: Killed.self) { try train("cut", evaluation: Self.evaluation(failingAt: step)) }
        let metrics = folder.path + "/cut/metrics.jsonl"
        try overwrite(metrics, try read(metrics) + Array("{\"step\":\(step),\"stage\":\"evalu".utf8))
        try train("cut")
        #expect(try bytes("cut", "metrics.jsonl") == bytes("whole", "metrics.jsonl"))
        #expect(try checkpoints("cut") == checkpoints("whole"))
    }

    @Test func aRunMayGetItsFirstEvaluationsWhenItGoesOn() throws {
        try train("run", stopAfter: 100, evaluation: nil)
        try train("run", evaluation: Self.evaluation(every: 50))
        let steps = try lines("run").filter { $0.contains("evaluation") }.map { $0.prefix(12) }
        #expect(steps == ["{\"step\":100,", "{\"step\":150,", "{\"step\":200,"])
        try train("plain", evaluation: nil)
        #expect(try checkpoints("run") == checkpoints("plain"))
    }

    @Test func theNumbersAreShown() throws {
        var shown = ""
        try train("run", write: { shown += $0 }, status: .lines)
        #expect(shown.hasPrefix("evaluation 40/200  return_mean 5  cost_mean nan\nevaluation 80/200  "))
    }

    /// In a process of its own, because a signal concerns every run of a process.
    @Test func aSignalPutsAnEvaluationOffUntilTheRunGoesOn() async {
        await #expect(processExitsWith: .exitCode(42)) {
            // Both in the middle of training and after the last update.
            for interrupted in [80, 200] {
                let folder = try TemporaryDirectory()
                var schedule = Schedule()
                (schedule.steps, schedule.log, schedule.checkpoint) = (200, 7, 50)
                func train(_ name: String, isInterrupted: Bool) throws -> TrainingOutcome {
                    let path = folder.path + "/" + name
                    let run =
                        RunDirectory.holdsRun(path)
                        ? try RunDirectory.resume(path, try someRun())
                        : try RunDirectory.create(at: path, try someRun())
                    let evaluation = PeriodicEvaluation<Quadratic>(every: 40) { _, step, isStopping in
                        if isInterrupted && step == interrupted {
                            kill(getpid(), SIGINT)
                            while !isStopping() { usleep(1000) }
                            return nil
                        }
                        return [("return_mean", Float(step))]
                    }
                    return try Trainer.run(
                        try Quadratic(.init(), on: .init(), seed: 7), schedule: schedule, in: run,
                        evaluation: evaluation)
                }
                guard case .finished = try train("whole", isInterrupted: false),
                    case .interrupted(signal: SIGINT, step: interrupted, _) = try train(
                        "cut", isInterrupted: true)
                else { exit(1) }
                let half = try read(folder.path + "/cut/metrics.jsonl")
                if String(decoding: half, as: UTF8.self).contains(
                    "\"step\":\(interrupted),\"stage\":\"evaluation\"")
                {
                    exit(2)
                }
                guard case .finished = try train("cut", isInterrupted: false) else { exit(3) }
                for file in ["metrics.jsonl", "checkpoints/step-000000200/state.safetensors"] {
                    if try read(folder.path + "/cut/" + file) != read(folder.path + "/whole/" + file) {
                        exit(4)
                    }
                }
            }
            exit(42)
        }
    }
}
