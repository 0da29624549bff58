import Foundation
import Replay
import SafeRL
import SaferlCommand

/// A data set of 60 transitions and a run of 20 updates on it, made once by the binary itself.
enum TinyRun {
    /// What `files` holds, where it was made.
    struct Failure: Error { let output: String }

    /// The configuration, in `my.json`.
    static let configuration = """
        {"algorithm": "fisor", "data": {"file": "tiny.hdf5"},
         "schedule": {"steps": 20, "log": 5, "checkpoint": 10, "keep": 1},
         "fisor": \(options)}
        """
    /// Options of networks that are as small as they can be.
    static let options = """
        {"policyRows": 8, "criticRows": 8, "criticWidths": [4], "width": 4, "blocks": 1, "timeFeatures": 4,
         "timeWidths": [4], "candidates": 2}
        """

    /// `my.json`, `tiny.hdf5` and everything in `run/`, by path; empty when there is no binary.
    static let files = (try? make()) ?? [:]

    /// The files with some of them changed, removed (nil) or added.
    static func files(_ changes: [String: [UInt8]?]) -> [String: [UInt8]] {
        files.merging(changes.compactMapValues { $0 }) { $1 }.filter { changes[$0.key] != .some(nil) }
    }

    /// One file with a piece of text replaced.
    static func replacing(_ old: String, with new: String, in path: String) -> [UInt8] {
        Array(String(decoding: files[path] ?? [], as: UTF8.self).replacing(old, with: new).utf8)
    }

    private static func make() throws -> [String: [UInt8]] {
        let folder = try CommandFolder(["my.json": Array(configuration.utf8)])
        try HDF5Columns().write(to: folder.path("tiny.hdf5"))
        let result = try folder.run(["train", "my.json", "--run", "run", "--quiet"])
        guard result.status == 0 else { throw Failure(output: result.errors) }
        return try folder.contents()
    }
}

/// The columns of a small data file, to be spoilt one by one.
struct HDF5Columns {
    var rows = 60
    var observations: [Float]
    var nextRows: Int?
    var actions: [Float]
    var rewards: [Float]
    var costs: [Float]
    var terminals: [UInt8]
    var timeouts: [UInt8]
    /// Further columns of float32 by name.
    var others: [String: [Float]] = [:]
    var left: Set<String> = []
    var observationShape: [Int]

    /// Six episodes of ten steps, 3 observation values and 1 action value.
    init() {
        var stream = RandomStream(seed: 1, for: .testing)
        observations = (0..<180).map { _ in stream.nextUniform() }
        actions = (0..<60).map { _ in stream.nextUniform(in: -1..<1) }
        rewards = (0..<60).map { _ in stream.nextUniform() }
        costs = (0..<60).map { $0 % 7 == 0 ? 1 : 0 }
        terminals = (0..<60).map { $0 % 20 == 9 ? 1 : 0 }
        timeouts = (0..<60).map { $0 % 20 == 19 ? 1 : 0 }
        observationShape = [60, 3]
    }

    /// Changes a copy.
    func with(_ change: (inout HDF5Columns) -> Void) -> HDF5Columns {
        var copy = self
        change(&copy)
        return copy
    }

    /// Writes the file as it is described, sound or not.
    func write(to path: String) throws {
        let file = try HDF5File(creating: path)
        func put(_ name: String, _ shape: [Int], _ element: HDF5File.Element, _ values: [some Any]) throws {
            if left.contains(name) { return }
            try values.withUnsafeBytes { try file.put(name, shape: shape, as: element, $0) }
        }
        try put("observations", observationShape, .float32, observations)
        let next = nextRows ?? rows
        let width = observationShape.last ?? 1
        try put(
            "next_observations", [next, width], .float32, Array(observations.prefix(next * width)))
        try put("actions", [rows, 1], .float32, actions)
        try put("rewards", [rows], .float32, rewards)
        try put("costs", [rows], .float32, costs)
        try put("terminals", [rows], .uint8, terminals)
        try put("timeouts", [rows], .uint8, timeouts)
        for (name, values) in others.sorted(by: { $0.key < $1.key }) {
            try put(name, [values.count], .float32, values)
        }
        try file.commit()
    }

    /// The bytes of the file; none when it cannot be written.
    var bytes: [UInt8] {
        guard let folder = try? CommandFolder([:]) else { return [] }
        do {
            try write(to: folder.path("a.hdf5"))
            return Array(try Data(contentsOf: URL(fileURLWithPath: folder.path("a.hdf5"))))
        } catch { return [] }
    }
}
