import Foundation
import Glibc
import SafeRL
import Tensors
import TestSupport
import Testing

@Suite struct TrainerTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private static var schedule: Schedule {
        var schedule = Schedule()
        (schedule.steps, schedule.log, schedule.checkpoint) = (200, 7, 50)
        return schedule
    }

    /// Trains in `name` from where that run stands, at most `limit` updates.
    @discardableResult
    private func train(
        _ name: String, _ configuration: Quadratic.Configuration = .init(), stopAfter limit: Int? = nil,
        operations: FaultyFiles = FaultyFiles(), evaluation: PeriodicEvaluation<Quadratic>? = nil,
        seed: UInt64 = 7, write: @escaping (String) -> Void = { _ in }
    ) throws -> TrainingOutcome {
        let path = folder.path + "/" + name
        let run =
            RunDirectory.holdsRun(path)
            ? try RunDirectory.resume(path, try someRun(), operations: operations)
            : try RunDirectory.create(at: path, try someRun(), operations: operations)
        let algorithm = try Quadratic(configuration, on: .init(), seed: seed)
        var options = Trainer.Options(stopAfter: limit)
        options.write = write
        return try Trainer.run(
            algorithm, schedule: Self.schedule, in: run, evaluation: evaluation, options: options)
    }

    /// What must be equal between equal runs: the last checkpoint and the metrics.
    private func results(_ name: String) throws -> [[UInt8]] {
        let checkpoint = "/checkpoints/step-000000200/"
        return try ["metrics.jsonl", checkpoint + "state.safetensors", checkpoint + "manifest.json"].map {
            try read("\(folder.path)/\(name)/\($0)")
        }
    }

    private func lines(_ name: String, _ file: String = "metrics.jsonl") throws -> [String] {
        String(decoding: try read("\(folder.path)/\(name)/\(file)"), as: UTF8.self).split(separator: "\n")
            .map(String.init)
    }

    @Test func equalSeedsGiveEqualBytes() throws {
        for name in ["a", "b"] {
            #expect(
                try train(name)
                    == .finished(step: 200, checkpoint: "\(folder.path)/\(name)/checkpoints/step-000000200"))
        }
        #expect(try results("a") == results("b"))
        try train("c", seed: 8)
        #expect(try results("a") != results("c"))
    }

    // 30 is no multiple of what is logged and checkpointed, 28 is; 0 is complete before its first update.
    @Test(arguments: [30, 28, 0]) func aStageThatIsCompleteIsLeft(updates: Int) throws {
        var configuration = Quadratic.Configuration()
        (configuration.isStaged, configuration.coarseUpdates) = (true, updates)
        func run(_ name: String, stopAfter limit: Int? = nil) throws -> TrainingOutcome {
            try train(name, configuration, stopAfter: limit)
        }
        #expect(
            try run("whole")
                == .finished(step: 200, checkpoint: "\(folder.path)/whole/checkpoints/step-000000200"))
        let lines = try lines("whole").map { try JSONValue(parsing: Array($0.utf8)) }
        let coarse = lines.filter { $0["stage"]?.string == "coarse" }
        #expect(coarse.last?["step"]?.number?.int == (updates == 0 ? nil : updates))
        let reached = lines.compactMap { $0["step"]?.number?.int }
        #expect(reached == reached.sorted() && reached.last == 200)
        let expected = try results("whole")
        for stop in [1, 29, 30, 31, 90] {
            while case .interrupted = try run("cut-\(stop)", stopAfter: stop) {}
            #expect(try results("cut-\(stop)") == expected, "interrupted every \(stop) updates")
        }
    }

    @Test(arguments: [false, true])
    func resumingEqualsNeverStopping(isStaged: Bool) throws {
        var configuration = Quadratic.Configuration()
        configuration.isStaged = isStaged
        try train("whole", configuration)
        let expected = try results("whole")
        var stream = RandomStream(seed: 5, for: .testing)
        for number in 0..<20 {
            let name = "cut-\(number)"
            var stop = 1 + stream.nextInteger(below: 199)
            var interruptions = 0
            while case .interrupted = try train(name, configuration, stopAfter: stop) {
                interruptions += 1
                stop = 1 + stream.nextInteger(below: 60)
            }
            #expect(interruptions > 0)
            #expect(try results(name) == expected, "interrupted \(interruptions) times")
        }
    }

    @Test func aRunThatWasKilledBetweenCheckpointsRepeatsTheLostUpdates() throws {
        try train("whole")
        struct Killed: Error {}
        let evaluation = PeriodicEvaluation<Quadratic>(every: 123) { _, _, _ in throw Killed() }
        #expect(throws: Killed.self) { try train("cut", evaluation: evaluation) }
        // The lines after update 100 and half a line more are there, the checkpoint is not.
        let metrics = folder.path + "/cut/metrics.jsonl"
        #expect(try lines("cut").count == 17)
        try overwrite(metrics, try read(metrics) + Array("{\"step\":12".utf8))
        try train("cut")
        #expect(try results("cut") == results("whole"))
    }

    @Test func aLineHoldsTheMeansOfItsWindow() throws {
        var configuration = Quadratic.Configuration()
        configuration.isStaged = true
        try train("run", configuration)
        let all = try lines("run")
        // Two windows end early: with the first stage after 66 updates, and with the run after 200.
        #expect(all.count == 200 / 7 + 2)
        let stage = try Quadratic(configuration, on: .init(), seed: 7).stages(steps: 200)[0]
        var sums = (0.0, 0.0)
        for _ in 0..<7 {
            let metrics = try stage.update()
            sums = (sums.0 + Double(metrics.loss), sums.1 + Double(metrics.distance))
        }
        let (loss, distance) = (Float(sums.0 / 7), Float(sums.1 / 7))
        #expect(
            all[0]
                == "{\"step\":7,\"stage\":\"coarse\",\"loss\":\(loss),\"distanceFromTheOptimum\":\(distance)}"
        )
        #expect(all[9].hasPrefix("{\"step\":66,\"stage\":\"coarse\","))
        #expect(all[10].hasPrefix("{\"step\":70,\"stage\":\"fine\","))
        #expect(all.last?.hasPrefix("{\"step\":200,\"stage\":\"fine\",") == true)
        #expect(try lines("run", "timing.jsonl").count == all.count + 1)
    }

    @Test func anEvaluationIsALineAndDoesNotDisturb() throws {
        let evaluation = PeriodicEvaluation<Quadratic>(every: 90) { _, step, _ in
            [("return", Float(step) / 4), ("cost", .nan)]
        }
        try train("with", evaluation: evaluation)
        try train("without")
        let with = try lines("with")
        #expect(with.filter { !$0.contains("evaluation") } == (try lines("without")))
        #expect(
            with.filter { $0.contains("evaluation") } == [
                "{\"step\":90,\"stage\":\"evaluation\",\"return\":22.5,\"cost\":null}",
                "{\"step\":180,\"stage\":\"evaluation\",\"return\":45.0,\"cost\":null}",
            ])
    }

    @Test func onlyTheNewestCheckpointsAreKept() throws {
        try train("run")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/run/checkpoints").sorted()
                == ["step-000000150", "step-000000200"])
        let run = try RunDirectory.inspect(folder.path + "/run")
        #expect(run.manifest.finished && run.manifest.step == 200 && run.manifest.wallSeconds > 0)
    }

    @Test func aFinishedRunStaysAsItIs() throws {
        try train("run")
        let before = try results("run")
        #expect(
            try train("run")
                == .finished(step: 200, checkpoint: folder.path + "/run/checkpoints/step-000000200"))
        #expect(try results("run") == before)
    }

    @Test(arguments: [1, 30, 120, 200])
    func aNumberThatIsNotFiniteStopsTheRunInThatUpdate(poison: Int) throws {
        var configuration = Quadratic.Configuration()
        configuration.poison = poison
        let good = (poison - 1) / 50 * 50
        let digits = String(good)
        let path =
            folder.path + "/run/checkpoints/step-" + String(repeating: "0", count: 9 - digits.count) + digits
        let expected = RunError.notFinite(metric: "loss", stage: "all", step: poison, checkpoint: path)
        #expect(throws: expected) { try train("run", configuration) }
        #expect(try RunDirectory.inspect(folder.path + "/run").newestCheckpoint().step == good)
        // The same happens again on resume, and without the fault the run ends as if nothing had been.
        #expect(throws: expected) { try train("run", configuration) }
        try train("run")
        try train("whole")
        #expect(try results("run") == results("whole"))
        #expect(
            RunError.notFinite(metric: "loss", stage: "all", step: 8, checkpoint: "c").description
                == "c: the last good state; in update 8 (stage all), loss is not a finite number. "
                + "Lower the learning rate or clip gradients in a new run, or look into the data.")
    }

    @Test(arguments: [FaultyFiles.Fault.once(EIO), .lasting(ENOSPC)])
    func aFaultAtAnyCallCostsNoResult(fault: FaultyFiles.Fault) throws {
        try train("whole")
        let expected = try results("whole")
        let counting = FaultyFiles()
        try train("count", stopAfter: 120)
        try train("count", operations: counting)
        for call in stride(from: 1, through: counting.calls, by: 3) {
            let name = "\(call)"
            try train(name, stopAfter: 120)
            do { try train(name, operations: FaultyFiles(fault, at: call)) } catch {
                #expect(
                    "\(error)".hasPrefix(folder.path) && !"\(error)".contains("\n"), "call \(call): \(error)")
            }
            try train(name)
            #expect(try results(name) == expected, "call \(call)")
        }
    }

    @Test func aDamagedCheckpointIsSkippedWithAWarning() throws {
        try train("whole")
        try train("run", stopAfter: 120)
        let state = folder.path + "/run/checkpoints/step-000000120/state.safetensors"
        let size = try read(state).count
        try overwrite(state, [])
        var text = ""
        try train("run") { text += $0 }
        #expect(
            text == "warning: \(folder.path)/run/checkpoints/step-000000120: damaged: "
                + "state.safetensors has 0 bytes, not \(size). Restore it from a copy or use an older checkpoint. It is skipped.\n"
        )
        #expect(try results("run") == results("whole"))
    }

    @Test func anotherShapeIsRefused() throws {
        try train("run", stopAfter: 10)
        var configuration = Quadratic.Configuration()
        configuration.size = 6
        let path = folder.path + "/run/checkpoints/step-000000010"
        #expect(throws: CheckpointError.otherShape("weights", path: path, stored: [1, 5], wanted: [1, 6])) {
            try train("run", configuration)
        }
    }

    @Test func lostMetricsAreNotHidden() throws {
        try train("run", stopAfter: 120)
        try overwrite(folder.path + "/run/metrics.jsonl", [])
        var text = ""
        try train("run") { text += $0 }
        #expect(
            text == "warning: \(folder.path)/run/metrics.jsonl: shorter than at the checkpoint; "
                + "lines before step 120 are missing.\n")
    }

    /// In a process of its own, because a signal concerns every run of a process.
    @Test func aSignalFinishesTheUpdateAndWritesACheckpoint() async {
        await #expect(processExitsWith: .exitCode(42)) {
            for signal in [SIGINT, SIGTERM] {
                let folder = try TemporaryDirectory()
                let run = try RunDirectory.create(at: folder.path + "/run", try someRun())
                let algorithm = try Quadratic(.init(), on: .init(), seed: 7)
                // The thread that takes the signal is another one, so it may arrive an update or two later.
                algorithm.onUpdate = {
                    if $0 == 33 { kill(getpid(), signal) }
                    if $0 >= 33 { usleep(1000) }
                }
                let outcome = try Trainer.run(algorithm, schedule: Schedule(), in: run)
                let step = try run.newestCheckpoint().step
                let checkpoint = run.path + "/checkpoints/step-0000000\(step)"
                let isRight = outcome == .interrupted(signal: signal, step: step, checkpoint: checkpoint)
                var action = sigaction()
                sigaction(signal, nil, &action)
                let isRestored = action.__sigaction_handler.sa_handler == nil
                if !(isRight && step >= 33 && isRestored) { exit(1) }
            }
            exit(42)
        }
    }
}
