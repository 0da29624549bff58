import EventFiles
import Foundation
import Storage
import TestSupport
import Testing

/// Python's TensorBoard, where it is installed.
private enum TensorBoard {
    struct Contents: Decodable {
        struct Hyperparameters: Decodable {
            enum Value: Decodable, Equatable {
                case flag(Bool), number(Double), text(String)
                init(from decoder: any Decoder) throws {
                    let value = try decoder.singleValueContainer()
                    if let flag = try? value.decode(Bool.self) {
                        self = .flag(flag)
                    } else if let number = try? value.decode(Double.self) {
                        self = .number(number)
                    } else {
                        self = .text(try value.decode(String.self))
                    }
                }
            }
            let values: [String: Value]
            let status: Int
            let columns, metrics: [String]
        }
        struct Point: Decodable, Equatable {
            let step: Int
            let value: String
            init(from decoder: any Decoder) throws {
                var pair = try decoder.unkeyedContainer()
                (step, value) = (try pair.decode(Int.self), try pair.decode(String.self))
            }
        }
        struct Tag: Decodable {
            let plugin: String
            let points: [Point]
            let texts: [String]
            let hyperparameters: Hyperparameters?
            let histogram: [[Double]]?
        }
        let events: Int
        let tags: [String: Tag]
    }

    private static var python: String {
        ProcessInfo.processInfo.environment["SAFERL_TENSORBOARD_PYTHON"] ?? "python3"
    }

    /// Whether the package is there; a line says how to get it where it is not.
    static let isInstalled: Bool = {
        if run(["-c", "import tensorboard.util.tensor_util"]) != nil { return true }
        print("TensorBoardTests: skipped; python3 -m pip install -r \(folder)/requirements-tensorboard.txt")
        return false
    }()

    private static var folder: String { parent(of: #filePath) }

    static func read(_ paths: [String]) throws -> [Contents] {
        let output = try #require(run([folder + "/read_events.py"] + paths))
        return try JSONDecoder().decode([Contents].self, from: output)
    }

    private static func run(_ arguments: [String]) -> Data? {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python] + arguments
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? output : nil
    }
}

@Suite(.enabled(if: TensorBoard.isInstalled, "needs Python's tensorboard"))
struct TensorBoardTests {
    @Test func everyValueOfARunIsReadBack() throws {
        let run = try WrittenRun()
        let file = try #require(try RunEventFile(run: run.path, makes: true))
        try file.begin()
        try run.started()
        var expected: [(Int, Float)] = []
        for step in 1...40 {
            let value = step == 7 ? Float.nan : Float(step) * 0.1 - 2
            try run.line(step, JSONLine.number(value), seconds: Double(step))
            if step % 9 == 0 { try file.follow() }
            expected.append((step, value))
        }
        try FileManager.default.createDirectory(
            atPath: run.path + "/evaluation", withIntermediateDirectories: true)
        try run.write("evaluation/report.json", #"{"return_mean":1.5,"cost_mean":0}"#)
        try file.remake(ending: .success)
        let read = try #require(try TensorBoard.read([file.path]).first)
        let points = try #require(read.tags["joint/loss"])
        #expect(points.plugin == "scalars" && points.points.map(\.step) == expected.map(\.0))
        for (point, (_, value)) in zip(points.points, expected) {
            let own = try #require(Float(point.value))
            #expect(own == value || own.isNaN && value.isNaN, "update \(point.step)")
        }
        #expect(read.tags["final/return_mean"]?.points.map(\.value) == ["1.5"])
        #expect(read.tags["final/cost_mean"]?.points.map(\.value) == ["0.0"])
        #expect(read.tags["config"]?.texts.first?.contains("\"algorithm\": \"fisor\"") == true)
        let start = try #require(read.tags["_hparams_/session_start_info"]?.hyperparameters)
        #expect(
            start.values == [
                "algorithm": .text("fisor"), "seed": .number(3), "flow.on": .flag(true),
                "flow.w": .text("[1, 2]"),
            ])
        let experiment = try #require(read.tags["_hparams_/experiment"]?.hyperparameters)
        #expect(experiment.columns == ["algorithm", "seed", "flow.on", "flow.w"])
        #expect(
            experiment.metrics == ["final/return_mean", "final/cost_mean", "final/violation_free_share"])
        #expect(read.tags["_hparams_/session_end_info"]?.hyperparameters?.status == 1)
    }

    @Test func histogramsOfWeightsAreReadBack() throws {
        let run = try WrittenRun()
        let file = try #require(try RunEventFile(run: run.path, makes: true))
        try file.begin()
        try run.started()
        var last = Histogram([])
        for step in [0, 100] {
            last = Histogram(of: (0..<90).map { Float($0 * $0 + step) / 7 })
            try run.line(step, "1", seconds: Double(step))
            let line = HistogramLine(step: step, weights: [("weights/vh", last)])
            try run.append(HistogramLine.file, line.text + "\n")
        }
        try file.remake(ending: .success)
        let read = try #require(try TensorBoard.read([file.path]).first?.tags["weights/vh"])
        #expect(read.plugin == "histograms")
        #expect(read.histogram == last.buckets.map { [$0.left, $0.right, $0.count] })
    }

    @Test func everyTornFileIsReadToItsLastWholeRecord() throws {
        let golden = try EventGolden.read()
        let (bytes, folder) = (try golden.bytes(), FileManager.default.temporaryDirectory.path)
        let paths = try stride(from: 40, to: bytes.count, by: 97).map { length in
            let path = "\(folder)/torn-\(UUID().uuidString)"
            try Data(bytes.prefix(length)).write(to: URL(fileURLWithPath: path))
            return (path, EventFile(Array(bytes.prefix(length))).records.count)
        }
        defer { for (path, _) in paths { try? FileManager.default.removeItem(atPath: path) } }
        #expect(try TensorBoard.read(paths.map(\.0)).map(\.events) == paths.map(\.1))
    }
}
