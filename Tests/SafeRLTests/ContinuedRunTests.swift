import Foundation
import SafeRL
import TestSupport
import Testing

/// Runs that go on with more updates, with files at another place, or beside another C library.
@Suite struct ContinuedRunTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func description(
        file: String = "old/x.hdf5", steps: Int = 60, rate: Double = 0.05, data: String = "d0",
        growth: TrainingGrowth = .allowed
    ) throws -> RunDescription {
        var description = try someRun(
            resolved: """
                {"data":{"file":"\(file)"},"quadratic":{"rate":\(rate)},"schedule":{"steps":\(steps)}}
                """, data: data)
        description.data.path = "/" + file
        description.growth = growth
        return description
    }

    @discardableResult
    private func train(
        _ name: String, _ description: RunDescription, steps: Int = 60, stopAfter limit: Int? = nil,
        keep: CheckpointRetention = 2
    ) throws -> TrainingOutcome {
        let path = folder.path + "/" + name
        let run =
            RunDirectory.holdsRun(path)
            ? try RunDirectory.resume(path, description) : try RunDirectory.create(at: path, description)
        var schedule = Schedule()
        (schedule.steps, schedule.log, schedule.checkpoint, schedule.keep) = (steps, 10, 25, keep)
        return try Trainer.run(
            try Quadratic(.init(), on: .init(), seed: 7), schedule: schedule, in: run,
            options: Trainer.Options(stopAfter: limit))
    }

    private func results(_ name: String, steps: Int) throws -> [[UInt8]] {
        let place = "checkpoints/step-000000\(steps < 100 ? "0" : "")\(steps)/"
        return try ["metrics.jsonl", place + "state.safetensors", place + "manifest.json"].map {
            try read("\(folder.path)/\(name)/\($0)")
        }
    }

    private func manifest(_ name: String) throws -> RunManifest {
        try RunDirectory.inspect(folder.path + "/" + name).manifest
    }

    // MARK: Moved files

    @Test func theSameDataAtAnotherPlaceContinueTheRun() throws {
        try train("whole", try description())
        try train("run", try description(), stopAfter: 30)
        for place in ["new/x.hdf5", "newer/x.hdf5", "old/x.hdf5"] {
            try train("run", try description(file: place), stopAfter: 5)
            #expect(try manifest("run").data.path == "/" + place)
            let resolved = try RunDirectory.inspect(folder.path + "/run").resolvedConfiguration()
            #expect(resolved.contains(place))
        }
        // As it stands, it is the run itself that knows the place.
        try train("run", try description(file: "old/x.hdf5"))
        #expect(try results("run", steps: 60) == results("whole", steps: 60))
    }

    @Test func otherDataAtAnotherPlaceAreRefusedByTheirContent() throws {
        try train("run", try description(), stopAfter: 30)
        let before = try read(folder.path + "/run/manifest.json")
        #expect(throws: RunError.otherData(path: folder.path + "/run", started: "d0", given: "d1")) {
            try train("run", try description(file: "new/x.hdf5", data: "d1"))
        }
        #expect(
            RunError.otherData(path: "r", started: "d0", given: "d1").description
                == "r: the content of the data differs: the run was started on SHA-256 d0, this is d1. "
                + "Give the same data, or start a new run.")
        #expect(try read(folder.path + "/run/manifest.json") == before)
    }

    @Test func aMovedFileIsNoExcuseForAnotherConfiguration() throws {
        try train("run", try description(), stopAfter: 30)
        #expect(
            throws: RunError.otherConfiguration(
                path: folder.path + "/run",
                differences: [
                    #"data.file is "new/x.hdf5", was "old/x.hdf5""#, "quadratic.rate is 0.06, was 0.05",
                ])
        ) { try train("run", try description(file: "new/x.hdf5", rate: 0.06)) }
    }

    // MARK: Keys of an earlier version

    /// The run's key `rate` was called `pace` when it was started.
    private func respelled(file: String = "old/x.hdf5", steps: Int = 60) throws -> RunDescription {
        var description = try description(file: file, steps: steps)
        description.respelling = { $0.replacing("\"pace\"", with: "\"rate\"") }
        return description
    }

    private func startedEarlier(_ name: String) throws {
        var earlier = try someRun(
            resolved: """
                {"data":{"file":"old/x.hdf5"},"quadratic":{"pace":0.05},"schedule":{"steps":60}}
                """, data: "d0")
        earlier.data.path = "/old/x.hdf5"
        try train(name, earlier, stopAfter: 30)
    }

    @Test func aRunOfAnEarlierVersionGoesOnAndItsConfigurationStaysAsItWasWritten() throws {
        try train("whole", try description())
        try startedEarlier("run")
        let before = try read(folder.path + "/run/config.resolved.json")
        #expect(try !RunDirectory.inspect(folder.path + "/run").isChanged(by: try respelled()))
        try train("run", try respelled(), stopAfter: 5)
        #expect(try read(folder.path + "/run/config.resolved.json") == before)
        try train("run", try respelled())
        // The checkpoint's manifest names the configuration as it was written.
        #expect(try results("run", steps: 60).prefix(2) == results("whole", steps: 60).prefix(2))
    }

    @Test(arguments: [true, false]) func itsFilesMayMoveAndItMayBeTrainedLonger(isLonger: Bool) throws {
        try startedEarlier("run")
        let steps = isLonger ? 70 : 60
        for place in ["new/x.hdf5", "newer/x.hdf5"] {
            let description = try respelled(file: place, steps: steps)
            try train("run", description, steps: steps, stopAfter: 3)
            let resolved = try RunDirectory.inspect(folder.path + "/run").resolvedConfiguration()
            #expect(resolved.contains(place) && resolved.contains("rate"))
        }
        #expect(
            throws: RunError.otherConfiguration(
                path: folder.path + "/run", differences: ["quadratic.rate is 0.06, was 0.05"])
        ) { try train("run", try description(file: "newer/x.hdf5", steps: steps, rate: 0.06)) }
    }

    // MARK: More updates

    @Test(arguments: [true, false]) func aRunThatIsTrainedLongerEqualsOneThatWasLonger(isMoved: Bool) throws {
        try train("whole", try description(steps: 110), steps: 110)
        try train("run", try description())
        let file = isMoved ? "new/x.hdf5" : "old/x.hdf5"
        let more = try description(file: file, steps: 110)
        #expect(try RunDirectory.inspect(folder.path + "/run").isChanged(by: more))
        guard case .interrupted = try train("run", more, steps: 110, stopAfter: 3) else {
            Issue.record("not interrupted")
            return
        }
        #expect(try !manifest("run").finished)
        try train("run", more, steps: 110)
        #expect(try results("run", steps: 110) == results("whole", steps: 110))
        #expect(try manifest("run").finished && manifest("run").step == 110)
    }

    @Test func whereStepsDecideTheScheduleTheReasonIsSaid() throws {
        try train("run", try description())
        let more = try description(steps: 110, growth: .refused("its rate falls to 0"))
        #expect(
            throws: RunError.otherConfiguration(
                path: folder.path + "/run",
                differences: [
                    "schedule.steps is 110, was 60", "it cannot be trained longer: its rate falls to 0",
                ])
        ) { try train("run", more, steps: 110) }
    }

    @Test func fewerUpdatesAreRefused() throws {
        try train("run", try description())
        #expect(
            throws: RunError.otherConfiguration(
                path: folder.path + "/run", differences: ["schedule.steps is 50, was 60"])
        ) { try train("run", try description(steps: 50), steps: 50) }
    }

    // MARK: Checkpoints

    @Test func allCheckpointsCanBeKept() throws {
        try train("run", try description(), keep: .all)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/run/checkpoints").sorted()
                == ["step-000000000", "step-000000025", "step-000000050", "step-000000060"])
    }

    // MARK: The C library

    @Test func anotherCLibraryIsSaid() throws {
        var first = try description()
        first.mathematics = .init(library: "glibc 2.31", level: "x86-64-v3", values: "a")
        try train("run", first, stopAfter: 5)
        var second = first
        #expect(try RunDirectory.resume(folder.path + "/run", second).warnings.isEmpty)
        second.mathematics = .init(library: "glibc 2.36", level: "x86-64-v4", values: "b")
        #expect(
            try RunDirectory.resume(folder.path + "/run", second).warnings == [
                "\(folder.path)/run: started with glibc 2.31 on x86-64-v3, continued with glibc 2.36 on x86-64-v4, "
                    + "whose mathematical functions round differently: "
                    + "the last bits may differ from those of an uninterrupted run."
            ])
        second.mathematics.values = "a"
        #expect(
            try RunDirectory.resume(folder.path + "/run", second).warnings.first?.contains(
                "agree where they were tried") == true)
    }

    @Test func aRunFromBeforeTheCLibraryWasRecordedGoesOn() throws {
        try train("run", try description(), stopAfter: 5)
        let path = folder.path + "/run/manifest.json"
        let text = String(decoding: try read(path), as: UTF8.self)
        let start = try #require(text.range(of: "  \"mathematics\""))
        let end = try #require(text.range(of: "},\n", range: start.lowerBound..<text.endIndex))
        try overwrite(
            path, Array(text.replacingCharacters(in: start.lowerBound..<end.upperBound, with: "").utf8))
        #expect(try manifest("run").mathematics == nil)
        #expect(try RunDirectory.resume(folder.path + "/run", try description()).warnings.isEmpty)
    }

    @Test func thisCLibraryIsDescribedTheSameWayEveryTime() {
        let here = RunManifest.Mathematics.here
        #expect(here.library.hasPrefix("glibc 2.") && here.values.count == 64)
        #expect(["x86-64-v4", "x86-64-v3", "baseline"].contains(here.level))
    }
}
