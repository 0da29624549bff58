import Foundation
import Monitors
import SafeRL
import Tensors
import TestSupport
import Testing

/// Labels of a world whose danger is a function of the observation.
enum Danger {
    static let features = MonitorFeatures(observationSize: 2, actionSize: 1)

    /// Walks to the right; unsafe where x² + y is above 1; a violation three steps behind the onset.
    static func labels(_ episodes: Int, seed: UInt64) -> LabelFile {
        let all = (0..<episodes).map { index in
            var stream = RandomStream(seed: seed, for: .testing, index: UInt32(index))
            var episode = RecordedEpisode(index: index, seed: UInt64(index))
            var (x, y) = (stream.nextUniform(in: -1..<0.5), stream.nextUniform(in: -1..<1))
            var exact: [Bool] = []
            for _ in 0..<12 {
                let unsafe = x * x + y > 1 || exact.last == true
                episode.observations.append([x, y])
                episode.actions.append([stream.nextUniform(in: -1..<1)])
                exact.append(unsafe)
                let since = exact.count { $0 }
                episode.costs.append([since >= 3 ? 1 : 0])
                x += 0.1
                y += 0.02
            }
            var own = LabelledEpisode(episode, rollouts: 4)
            own.exact = exact
            own.policyViolations = exact.map { $0 ? 4 : 0 }
            own.channelViolations = exact.map { [$0 ? 4 : 0] }
            return own
        }
        let head = LabelFile.Head(
            environment: "danger", policy: "p", labeller: RolloutLabeller(rollouts: 4, seed: seed),
            recoveries: ["none"], features: features, costs: ["cost"])
        return LabelFile(head, all)
    }

    static let monitor = Result {
        var training = MonitorTraining()
        (training.widths, training.normWidth) = ([32], 16)
        (training.rate, training.epochs) = (3e-3, 120)
        return try training.train(on: labels(120, seed: 5))
    }
}

/// Step monitors: what they learn, and their files.
@Suite struct StepMonitorTests {
    private func folder() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/monitor-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    @Test func aMonitorLearnsWhatItIsShown() throws {
        let monitor = try Danger.monitor.get()
        let fresh = Danger.labels(200, seed: 9)
        let report = try MonitorReport(monitor.judge(), on: fresh.episodes, mode: .loose)
        #expect(report.measures.positive > 40 && report.measures.positive < 160)
        #expect(report.auroc ?? 0 > 0.97, "\(report.text)")
        #expect(report.measures.withinOne ?? 0 > 0.7, "\(report.text)")
        #expect(report.measures.falseAlarm ?? 1 < 0.1, "\(report.text)")
        #expect(abs(report.miscalibration) < 0.1)
        let strict = try MonitorReport(monitor.judge(), on: fresh.episodes, mode: .strict)
        #expect(strict.measures.recall ?? 0 >= report.measures.recall ?? 1)
        #expect(report.text.hasPrefix("loose, confirm 1: 200 episodes"))
    }

    @Test func equalLabelsGiveEqualMonitors() throws {
        var training = MonitorTraining()
        (training.widths, training.normWidth, training.epochs) = ([8], 8, 3)
        let labels = Danger.labels(20, seed: 1)
        let first = try training.train(on: labels)
        BLAS.threads = 1
        defer { BLAS.threads = 0 }
        #expect(try training.train(on: labels) == first)
        training.seed = 2
        #expect(try training.train(on: labels) != first)
    }

    @Test func tooLittleToLearnFromIsRefused() throws {
        #expect(throws: MonitorError.self) { try MonitorTraining().train(on: Danger.labels(3, seed: 1)) }
    }

    @Test func aFileReadsBackBitForBitAndDamageIsNoticed() throws {
        let monitor = try Danger.monitor.get()
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (path, bytes) = (folder + "/m", try monitor.encoded())
        func read(_ bytes: [UInt8]) throws -> StepMonitor {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            return try StepMonitor(contentsOf: path)
        }
        #expect(try read(bytes) == monitor)
        var flipped = bytes
        flipped[bytes.count - 3] ^= 1
        #expect(
            throws: MonitorError.malformed(
                path,
                reason:
                    "its bytes have changed since it was written (SHA-256). Train it again, or restore the file from a copy"
            )
        ) {
            try read(flipped)
        }
        #expect(throws: (any Error).self) { try read(Array(bytes.dropLast(8))) }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("temperature"))
        let later = Array(bytes).replacing(
            Array("\\\"format\\\":1".utf8), with: Array("\\\"format\\\":7".utf8))
        #expect(throws: MonitorError.laterFormat(path, stored: 7, known: 1)) { try read(later) }
    }

    @Test func stepsOfAnotherSizeAndBadNumbersAreRefused() throws {
        let judge = try Danger.monitor.get().judge()
        let good: [Float] = [0, 0], action: [Float] = [0], bad: [Float] = [0, .nan],
            long: [Float] = [0, 0, 0]
        #expect(try judge.judge(good.span, action.span).stepClass == .safe)
        #expect(throws: MonitorError.otherSize("the step monitor", fitted: 3, asked: 4)) {
            try judge.judge(long.span, action.span)
        }
        #expect(throws: MonitorError.notFinite("the step monitor")) { try judge.judge(bad.span, action.span) }
        #expect(throws: MonitorError.otherSize("m", fitted: 3, asked: 13)) {
            try Danger.monitor.get().mustFit(observation: 11, action: 2, choices: nil, path: "m")
        }
    }

    @Test func aFlagMustBeConfirmed() {
        let flags = [false, true, false, true, true, true]
        #expect(MonitorReport.firstFlag(flags, confirm: 1) == 1)
        #expect(MonitorReport.firstFlag(flags, confirm: 2) == 4)
        #expect(MonitorReport.firstFlag(flags, confirm: 4) == nil)
    }

    @Test func aStepsClassAndScoreAreThoseOfItsJudgement() throws {
        let judge = try Danger.monitor.get().judge()
        for own in Danger.labels(20, seed: 4).episodes {
            for (observation, action) in zip(own.episode.observations, own.episode.actions) {
                let found = try judge.judge(observation.span, action.span)
                #expect(try judge.stepClass(observation.span, action.span) == found.stepClass)
                #expect(try judge.score(observation.span, action.span) == found.score)
                #expect(
                    found.probabilities.max()
                        == found.probabilities[StepClass.allCases.firstIndex(of: found.stepClass) ?? 9])
            }
        }
        let bad: [Float] = [.nan, 0], action: [Float] = [0]
        #expect(throws: MonitorError.notFinite("the step monitor")) {
            try judge.stepClass(bad.span, action.span)
        }
        #expect(throws: MonitorError.self) { try judge.score(action.span, action.span) }
    }

    @Test func whatAStepDoesNotShowIsNotLearned() {
        var episode = RecordedEpisode(index: 0, seed: 0)
        for step in 0..<6 {
            episode.observations.append([0, 0])
            episode.actions.append([0])
            episode.costs.append([step == 4 ? 1 : 0])
        }
        var own = LabelledEpisode(episode, rollouts: 1)
        #expect(own.learnable == [0, 1, 2, 3, 4])
        own.exact = [false, true, false, true, true, false]
        #expect(own.onset == 1 && own.labels == [.safe, .unsafe, .unsafe, .unsafe, .unsafe, .unsafe])
        #expect(own.learnable == [0, 1, 3, 4])
    }

    @Test func aWatchFlagsByItsMode() throws {
        let monitor = try Danger.monitor.get(), judge = monitor.judge()
        let strict = MonitorWatch(monitor, sha256: "s", mode: .strict)
        let loose = MonitorWatch(monitor, sha256: "s", mode: .loose, confirm: 3)
        var classes: Set<StepClass> = []
        for own in Danger.labels(60, seed: 4).episodes {
            for (observation, action) in zip(own.episode.observations, own.episode.actions) {
                let found = try judge.stepClass(observation.span, action.span)
                classes.insert(found)
                #expect(strict.flags(observation.span, action.span) == (found != .safe))
                #expect(loose.flags(observation.span, action.span) == (found == .unsafe))
            }
        }
        #expect(classes.count >= 2)
        let bad: [Float] = [.nan, 0], action: [Float] = [0]
        #expect(strict.flags(bad.span, action.span) == nil)
        #expect(loose.settings == ["monitor": "s", "monitor mode": "loose", "monitor confirm": "3"])
        #expect(throws: MonitorError.self) {
            try strict.check(observations: 3, actions: 1, choices: nil, of: "x")
        }
        try strict.check(observations: 2, actions: 1, choices: nil, of: "x")
    }

    @Test(.enabled(if: MallocCounter.worksInRelease)) func aStepIsJudgedWithoutAllocating() throws {
        let watch = MonitorWatch(try Danger.monitor.get(), sha256: "s")
        let observation: [Float] = [0.5, 0.5], action: [Float] = [0]
        _ = watch.flags(observation.span, action.span)
        let count = MallocCounter.fewest {
            for _ in 0..<50 { _ = watch.flags(observation.span, action.span) }
        }
        #expect(count == 0)
    }
}
