import EventFiles
import Foundation
import Storage
import TestSupport
import Testing

/// A run directory whose files are written by hand.
final class WrittenRun {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/events-\(UUID().uuidString)/fisor-1"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try write("manifest.json", #"{"started":"2023-11-14T22:13:20Z","wall_seconds":3.5}"#)
        try write("config.resolved.json", #"{"algorithm":"fisor","seed":3,"flow":{"on":true,"w":[1,2]}}"#)
    }

    deinit { try? FileManager.default.removeItem(atPath: parent(of: path)) }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    func line(_ step: Int, _ loss: String, stage: String = "joint", seconds: Double? = nil) throws {
        try append("metrics.jsonl", "{\"step\":\(step),\"stage\":\"\(stage)\",\"loss\":\(loss)}\n")
        if let seconds { try append("timing.jsonl", "{\"step\":\(step),\"seconds\":\(seconds)}\n") }
    }

    func append(_ name: String, _ text: String) throws {
        let place = path + "/" + name
        if !FileManager.default.fileExists(atPath: place) { try write(name, "") }
        let handle = try #require(FileHandle(forWritingAtPath: place))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    func started() throws { try append("timing.jsonl", "{\"step\":0,\"event\":\"start\"}\n") }

    func bytes() throws -> [UInt8] {
        try fileContents("\(path)/events/" + (try #require(RunEventFile.file(in: path))))
    }

    /// Steps and values of a tag.
    func points(_ tag: String) throws -> [[Double]] {
        let file = EventFile(try bytes())
        #expect(file.damage == nil)
        return file.records.flatMap { record in
            record.values.filter { $0.tag == tag }.compactMap { value in
                value.scalar.map { [Double(record.step), Double($0)] }
            }
        }
    }
}

@Suite struct RunEventFileTests {
    @Test func whatIsLoggedIsAppendedAndRemadeEqual() throws {
        let run = try WrittenRun()
        let file = try #require(try RunEventFile(run: run.path, makes: true))
        try file.begin()
        #expect(EventFile(try run.bytes()).records.count == 4)
        // Before the run has begun nothing that an earlier process left is taken.
        try run.line(50, "1")
        try file.follow()
        #expect(try run.points("joint/loss") == [])
        try run.started()
        try run.line(100, "0.5", seconds: 2)
        try file.follow()
        #expect(try run.points("joint/loss") == [])
        try run.append("timing.jsonl", "{\"step\":50,\"seconds\":1}\n")
        try file.follow()
        #expect(try run.points("joint/loss") == [[50, 1], [100, 0.5]])
        try run.line(100, "null", stage: "evaluation")
        try run.line(150, "0.25", seconds: 3)
        // Half a line is left until it is whole.
        try run.append("metrics.jsonl", "{\"step\":200,")
        try file.follow()
        #expect(try run.points("joint/loss").last == [150, 0.25])
        let followed = try run.bytes()
        #expect(try run.points("evaluation/loss").first?[1].isNaN == true)
        let times = EventFile(followed).records.map(\.wallTime)
        #expect(times.suffix(3) == [1_700_000_002, 1_700_000_002, 1_700_000_003])
        try file.remake()
        #expect(try run.bytes() == followed)
    }

    @Test func histogramsAreFollowedAndRemadeEqual() throws {
        let run = try WrittenRun()
        let file = try #require(try RunEventFile(run: run.path, makes: true))
        try file.begin()
        try run.started()
        var lines: [HistogramLine] = []
        for step in [0, 100, 200] {
            let values = (0..<50).map { Float(step + 1) * Float($0 * $0) / 7 }
            lines.append(
                HistogramLine(
                    step: step,
                    weights: [("weights/vh", Histogram(of: values)), ("weights/q", Histogram(of: [3]))]))
            try run.line(step, "1", seconds: Double(step))
            try run.append(HistogramLine.file, lines[lines.count - 1].text + "\n")
            try file.follow()
        }
        // Each record of the file, wherever it stands.
        let spread = lines.flatMap { line in
            line.weights.map { tag, histogram in
                Event(
                    at: 1_700_000_000 + Double(line.step), step: line.step,
                    .value(tag: tag, .histogram(histogram), isFirst: line.step == 0))
            }
        }
        func isThere(_ bytes: [UInt8]) -> Bool {
            spread.allSatisfy { Data(bytes).range(of: Data($0.record)) != nil }
        }
        #expect(isThere(try run.bytes()))
        try file.remake(ending: .success)
        let whole = try run.bytes()
        #expect(isThere(whole) && EventFile(whole).damage == nil)
        let exported = try RunEventFile.export(
            run: run.path, ending: .success,
            histograms: [
                (100, "weights/vh", Histogram(of: [1, 2])), (300, "weights/vh", Histogram(of: [1, 2])),
            ])
        // Of update 100 there is a line already.
        let records = EventFile(exported.bytes).records
        #expect(records.count == EventFile(whole).records.count + 1 && records.contains { $0.step == 300 })
        let bytes = try fileContents(run.path + "/" + HistogramLine.file)
        #expect(HistogramLine.newest(in: bytes)?.step == 200)
        #expect(HistogramLine.newest(in: Array(bytes.dropLast(4)))?.step == 100)
        #expect(HistogramLine.newest(in: []) == nil)
    }

    @Test func aRunThatGoesBackHasItsFileMadeAnew() throws {
        let run = try WrittenRun()
        let first = try #require(try RunEventFile(run: run.path, makes: true))
        try first.begin()
        try run.started()
        for step in 1...4 { try run.line(100 * step, "\(step)", seconds: Double(step)) }
        try first.follow()
        let whole = try run.bytes()
        // Killed, with a torn record, and back to the checkpoint of update 200.
        let name = "events/" + (try #require(RunEventFile.file(in: run.path)))
        try Data(whole.dropLast(7)).write(to: URL(fileURLWithPath: run.path + "/" + name))
        let lines = try String(contentsOfFile: run.path + "/metrics.jsonl", encoding: .utf8)
        let second = try #require(try RunEventFile(run: run.path, makes: false))
        try second.begin()
        try second.follow()
        #expect(EventFile(try run.bytes()).damage != nil)
        try run.write("metrics.jsonl", lines.split(separator: "\n").prefix(2).joined(separator: "\n") + "\n")
        try run.started()
        try second.follow()
        #expect(try run.points("joint/loss") == [[100, 1], [200, 2]])
        for step in 3...4 { try run.line(100 * step, "\(step)", seconds: Double(step)) }
        try second.follow()
        #expect(try run.bytes() == whole)
        // Back again while it is followed, and longer at once.
        try run.write("metrics.jsonl", lines.replacing("\"loss\":3", with: "\"loss\":7"))
        try run.line(500, "5", seconds: 5)
        try second.follow()
        #expect(try run.points("joint/loss").map { $0[1] } == [1, 2, 7, 4, 5])
    }

    @Test func withoutWallTimesEqualRunsHaveEqualBytes() throws {
        let runs = try (0..<2).map { number in
            let run = try WrittenRun()
            try run.write("manifest.json", "{\"started\":\"2024-11-14T22:13:2\(number)Z\"}")
            let file = try #require(try RunEventFile(run: run.path, isTimeless: true, makes: true))
            try file.begin()
            try run.started()
            try run.line(100, "1", seconds: Double(number))
            try run.write("evaluation.json", "{}")
            try file.remake(ending: .success)
            #expect(RunEventFile.file(in: run.path) == "events.out.tfevents.0.saferl.0.0")
            return run
        }
        #expect(try runs[0].bytes() == runs[1].bytes())
        #expect(EventFile(try runs[0].bytes()).records.map(\.wallTime) == [0, 0, 0, 0, 100, 100])
    }

    @Test func aRunWithoutEventsStaysWithout() throws {
        let run = try WrittenRun()
        #expect(try RunEventFile(run: run.path, makes: false) == nil)
        try run.write("manifest.json", "{")
        let fault = #expect(throws: EventFileError.self) { try RunEventFile(run: run.path, makes: true) }
        #expect(fault?.kind == .badData)
        #expect(fault?.description.contains("manifest.json: line 1") == true)
    }
}
