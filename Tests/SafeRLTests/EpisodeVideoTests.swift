import Foundation
import Glibc
import SafeRL
import Tensors
import TestSupport
import Testing

/// Drifts to the right, with noise from each row's own stream.
private struct Drift: Policy {
    let observationSize = 1
    let actionSize = 1

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count { actions[row] = 0.2 + streams[row].nextUniform(in: -1..<1) }
    }
}

/// A bead whose course and pictures go wrong in a chosen way, once as many steps have been taken.
private final class Unfaithful: VectorEnvironment {
    enum Fault { case observation, reward, end, size, picture, none }
    private let beads = EnvironmentVector(Bead.self, slots: 1, drawsFrames: true)
    private let fault: Fault
    private var steps = 0

    init(_ fault: Fault) { self.fault = fault }

    var name: String { "unfaithful" }
    var observationSpace: Space { beads.observationSpace }
    var actionSpace: Space { beads.actionSpace }
    var timeLimit: Int { beads.timeLimit }
    var slots: Int { 1 }

    func reset(_ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>) throws {
        try beads.reset(slots, seeds: seeds, observations: &observations)
    }

    func step(
        _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
    ) throws -> [StepOutcome] {
        steps += 1
        var outcome = try beads.step(slots, actions: actions, observations: &observations)[0]
        guard steps == 3 else { return [outcome] }
        if case .observation = fault { observations[0] = observations[0].nextUp }
        if case .reward = fault { outcome.reward += 1 }
        if case .end = fault { outcome.costs = [7] }
        return [outcome]
    }

    func frame(of slot: Int) throws -> Frame? {
        let frame = try beads.frame(of: slot)
        guard steps == 3 else { return frame }
        switch fault {
        case .size: return Frame(width: 2, height: 2, pixels: Array(repeating: 0, count: 12))
        case .picture: return nil
        default: return frame
        }
    }
}

@Suite struct EpisodeVideoTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private static func evaluation(keeping count: Int = 2) throws -> Evaluation {
        try Evaluator(episodes: 4, seed: 3).run(Drift(), in: Bead.self, keeping: count)
    }

    private func beads() -> EnvironmentVector<Bead> {
        EnvironmentVector(Bead.self, slots: 1, drawsFrames: true)
    }

    private func video(
        _ name: String, _ format: VideoFormat, of environment: (any VectorEnvironment)? = nil,
        rate: Int? = nil,
        files: any FileOperations = FaultyFiles(), ffmpeg: String = "ffmpeg"
    ) throws -> EpisodeVideo {
        try EpisodeVideo(
            to: folder.path + "/" + name, format, of: environment ?? beads(), rate: rate, files: files,
            ffmpeg: ffmpeg)
    }

    private func contents() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// Whether a frame's border is red.
    private func isMarked(_ frame: Frame) -> Bool { Array(frame.pixels[..<3]) == [0xe0, 0x31, 0x31] }

    @Test func theKeptActionsAreThoseThatWereTaken() throws {
        let evaluation = try Self.evaluation()
        #expect(evaluation.actions.count == 2)
        for (index, record) in evaluation.episodes.prefix(2).enumerated() {
            let (trace, actions) = (evaluation.traces[index], evaluation.actions[index])
            #expect(actions.count == record.length && trace.count == record.length + 1)
            for step in 0..<record.length {
                #expect(abs(trace[step] + actions[step] - trace[step + 1]) < 1e-6)
            }
        }
    }

    @Test func everyStepIsAFrameAndCostsAreMarked() throws {
        let evaluation = try Self.evaluation()
        let records = evaluation.episodes.prefix(2)
        #expect(records.contains { $0.isViolated } && records.allSatisfy { $0.totalCost < Double($0.length) })
        let video = try video("a.png", .png)
        #expect(video.rate == 10)
        let count = try video.record(evaluation, first: 2)
        let decoded = try DecodedVideo(png: read(folder.path + "/a.png"))
        #expect(count == records.reduce(0) { $0 + $1.length + 1 } && decoded.frames.count == count)
        // One a tenth of a second, as the task has steps; the ends stay for a second.
        let durations: [Double] = records.flatMap { Array(repeating: 0.1, count: $0.length) + [1.0] }
        #expect(decoded.seconds == durations)
        var frame = 0
        for (record, trace) in zip(records, evaluation.traces) {
            for step in 0...record.length {
                #expect(
                    isMarked(decoded.frames[frame]) == (step > 0 && trace[step] < 0),
                    "\(record.index), \(step)")
                frame += 1
            }
        }
        #expect(try contents() == ["a.png"])
    }

    /// The picture inside the frame is the one that the environment draws.
    @Test func thePictureIsTheEnvironmentsOwn() throws {
        let evaluation = try Self.evaluation(keeping: 1)
        try video("a.png", .png).record(evaluation)
        let frames = try DecodedVideo(png: read(folder.path + "/a.png")).frames
        let beads = beads()
        var observation: [Float] = [0]
        do {
            var span = observation.mutableSpan
            try beads.reset([0], seeds: [evaluation.episodes[0].seed], observations: &span)
        }
        for (step, frame) in frames.enumerated() {
            if step > 0 {
                var span = observation.mutableSpan
                _ = try beads.step(
                    [0], actions: evaluation.actions[0][step - 1..<step].span, observations: &span)
            }
            let own = try #require(try beads.frame(of: 0))
            #expect((own.width, own.height) == (480, 48))
            for row in 0..<own.height {
                let start = ((row + 8) * frame.width + 8) * 3
                #expect(
                    frame.pixels[start..<start + own.width * 3]
                        == own.pixels[row * own.width * 3..<(row + 1) * own.width * 3], "\(step), \(row)")
            }
        }
    }

    @Test func equalEpisodesGiveEqualFiles() throws {
        let evaluation = try Self.evaluation()
        for format in [VideoFormat.gif, .png] {
            let video = try video("a", format, rate: 25)
            try video.record(evaluation, first: 2)
            let first = try read(folder.path + "/a")
            try video.record(evaluation, first: 2)
            #expect(try read(folder.path + "/a") == first)
        }
    }

    @Test(arguments: [(nil, 25), (0, 1), (125, 50), (30, 30)])
    func theRateIsTheTasksWithinWhatVideosCan(_ own: Int?, _ rate: Int) throws {
        final class Paced: VectorEnvironment {
            let beads = EnvironmentVector(Bead.self, slots: 1, drawsFrames: true)
            let frameRate: Int?
            init(_ rate: Int?) { frameRate = rate }
            var name: String { "paced" }
            var observationSpace: Space { beads.observationSpace }
            var actionSpace: Space { beads.actionSpace }
            var timeLimit: Int { beads.timeLimit }
            var slots: Int { 1 }
            func reset(_ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>) throws {
                try beads.reset(slots, seeds: seeds, observations: &observations)
            }
            func step(
                _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
            ) throws -> [StepOutcome] {
                try beads.step(slots, actions: actions, observations: &observations)
            }
            func frame(of slot: Int) throws -> Frame? { try beads.frame(of: slot) }
        }
        #expect(try video("a.gif", .gif, of: Paced(own)).rate == rate)
        #expect(try video("a.gif", .gif, of: Paced(own), rate: 3).rate == 3)
    }

    // MARK: Refusals

    @Test(
        arguments: [
            (Unfaithful.Fault.observation, 3), (.reward, nil), (.end, nil), (.none, nil),
        ] as [(Unfaithful.Fault, Int?)])
    private func anEpisodeThatTakesAnotherCourseIsNotShown(_ fault: Unfaithful.Fault, _ step: Int?) throws {
        let evaluation = try Self.evaluation()
        try overwrite(folder.path + "/a.gif", [1, 2, 3])
        let video = try video("a.gif", .gif, of: Unfaithful(fault))
        if case .none = fault {
            try video.record(evaluation)
            #expect(try read(folder.path + "/a.gif").count > 100)
            return
        }
        let error = #expect(throws: VideoError.self) { try video.record(evaluation) }
        let last = evaluation.episodes[0].length
        #expect(error == .otherCourse(environment: "unfaithful", episode: 0, step: step ?? last))
        #expect(try contents() == ["a.gif"] && read(folder.path + "/a.gif") == [1, 2, 3])
    }

    @Test func picturesThatChangeTheirSizeOrStopAreRefused() throws {
        let evaluation = try Self.evaluation()
        let size = try video("a.gif", .gif, of: Unfaithful(.size))
        #expect(throws: VideoError.otherSize(environment: "unfaithful", episode: 0, step: 3)) {
            try size.record(evaluation)
        }
        let none = try video("a.gif", .gif, of: Unfaithful(.picture))
        #expect(throws: VideoError.noPictures(environment: "unfaithful", other: nil)) {
            try none.record(evaluation)
        }
        #expect(try contents().isEmpty)
    }

    @Test func anEnvironmentWithoutPicturesIsRefusedAtOnce() throws {
        let error = #expect(throws: VideoError.self) {
            try video("a.gif", .gif, of: EnvironmentVector(Bead.self, slots: 1))
        }
        #expect(
            error?.description
                == "bead: draws no pictures. Leave --video away, or give the environment a scene."
        )
        #expect(try contents().isEmpty)
    }

    @Test func moreEpisodesThanThereAreAreRefused() throws {
        let error = #expect(throws: VideoError.self) {
            try video("a.gif", .gif).record(Self.evaluation(keeping: 4), first: 5)
        }
        #expect(
            error?.description
                == "--video-episodes 5: only 4 are evaluated. Evaluate more with --episodes, or show fewer.")
    }

    @Test func aPlaceThatCannotBeWrittenIsFoundAtOnce() throws {
        try FileManager.default.createDirectory(
            atPath: folder.path + "/b.gif", withIntermediateDirectories: true)
        for (name, code) in [("nowhere/a.gif", ENOENT), ("b.gif", EISDIR)] {
            let path = folder.path + "/" + name
            #expect(throws: StorageError.failed(path: path, action: "create", code: code)) {
                try video(name, .gif)
            }
        }
    }

    @Test(
        arguments: [FaultyFiles.Fault.once(ENOSPC), .lasting(ENOSPC), .once(EIO)], [VideoFormat.gif, .png])
    func aFaultAtAnyCallLeavesTheOldFileAndOneSentence(_ fault: FaultyFiles.Fault, _ format: VideoFormat)
        throws
    {
        let evaluation = try Evaluator(episodes: 1, seed: 3, timeLimit: 3).run(
            Drift(), in: Bead.self, keeping: 1)
        let counting = FaultyFiles()
        try video("a", format, files: counting).record(evaluation)
        #expect(counting.calls > 15)
        let whole = try read(folder.path + "/a")
        for call in 1...counting.calls {
            try overwrite(folder.path + "/a", [1, 2, 3])
            let error = #expect(throws: StorageError.self, "call \(call)") {
                try video("a", format, files: FaultyFiles(fault, at: call)).record(evaluation)
            }
            #expect(error?.description.contains("\n") == false)
            // What was put in place may fail to be flushed.
            let bytes = try read(folder.path + "/a")
            #expect(bytes == [1, 2, 3] || bytes == whole, "call \(call)")
            // The third call removes what was created only to see whether that works.
            let left = try contents()
            #expect(left == ["a"] || call == 3, "call \(call)")
            for name in left where name != "a" {
                try FileManager.default.removeItem(atPath: folder.path + "/" + name)
            }
        }
    }
}
