import Foundation
import SafeRL
import SaferlCommand
import Testing

/// An environment and an algorithm of a user's own, as the README shows them, through the whole command line.
@Suite struct ExampleTests {
    private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let files = ["Corridor.swift", "Imitation.swift"]
    private let registry = Registry.builtIn.adding(
        environments: [Corridor.self], algorithms: [Imitation.self])

    private static func example(_ name: String) throws -> String {
        try String(contentsOf: here.appending(path: "Examples/\(name)"), encoding: .utf8)
    }

    @Test(arguments: files)
    func anExampleHasFewerThanThirtyLines(_ name: String) throws {
        #expect(try Self.example(name).split(separator: "\n", omittingEmptySubsequences: false).count <= 30)
    }

    // There is nothing to compare with before the README is written.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: readme.path)), arguments: files)
    func theReadmeShowsTheExamplesAsTheyAreCompiled(_ name: String) throws {
        let text = try String(contentsOf: Self.readme, encoding: .utf8)
        let code = try Self.example(name)
        #expect(text.contains("```swift\n\(code)```"), "README.md does not show \(name) as it is compiled")
    }

    private static var readme: URL {
        here.deletingLastPathComponent().deletingLastPathComponent().appending(path: "README.md")
    }

    /// Walks of a hand that pushes to the far end, so that imitating it pays.
    private func recorded() throws -> TransitionDataset {
        var columns = TransitionColumns(observationSize: 2, actionSize: 1)
        var stream = RandomStream(seed: 3, for: .testing)
        for episode in 0..<20 {
            var corridor = Corridor()
            var observation: [Float] = [0, 0]
            var span = observation.mutableSpan
            corridor.reset(seed: UInt64(episode), observation: &span)
            for step in 1...corridor.timeLimit {
                let wanted: Float = (2...7).contains(observation[0]) ? 0.7 : 1.5
                let action = [
                    min(max(2 * (wanted - observation[1]) + stream.nextUniform(in: -0.2..<0.2), -1), 1)
                ]
                var next = observation
                var nextSpan = next.mutableSpan
                let outcome = corridor.step(action.span, observation: &nextSpan)
                columns.append(
                    observation: observation, action: action, nextObservation: next, reward: outcome.reward,
                    cost: outcome.cost, terminated: outcome.end == .terminated,
                    truncated: outcome.end == nil && step == corridor.timeLimit)
                if outcome.end != nil { break }
                observation = next
            }
        }
        return try TransitionDataset(columns)
    }

    /// Runs a command in this process.
    ///
    /// Processes that other tests start hold a copy of a run's lock for a moment, so a refusal is tried again.
    private func saferl(_ arguments: String...) -> CommandStatus {
        for _ in 0..<100 {
            let status = Saferl.run(arguments, registry: registry)
            if status != .cannotCreate { return status }
            usleep(20_000)
        }
        return .cannotCreate
    }

    @Test func theExamplesTrainStopAndAreJudged() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "saferl-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let data = folder.appending(path: "walks.hdf5").path
        try recorded().write(to: data)
        let file = folder.appending(path: "imitation.json").path
        let text = """
            {"algorithm": "imitation", "environment": "corridor", "data": {"file": "\(data)"},
             "schedule": {"steps": 1500}, "evaluation": {"episodes": 30}, "imitation": {"width": 32}}
            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        let run = folder.appending(path: "run").path
        #expect(saferl("env", "check", "corridor") == .success)
        #expect(saferl("train", file, "--run", run, "--quiet") == .success)
        #expect(saferl("train", file, "--run", run, "--quiet", "--resume") == .success)
        let report = try Report(run + "/evaluation/report.json")
        #expect(report["episodes"] == 30)
        // The hand reaches the end in every episode and keeps to 1 m/s where children play.
        #expect(try #require(report["terminated_share"]) == 1)
        #expect(try #require(report["violation_free_share"]) >= 0.9)
        #expect(saferl("evaluate", run, "--out", folder.appending(path: "again").path) == .success)
        #expect(
            try Data(contentsOf: folder.appending(path: "again/episodes.jsonl"))
                == Data(contentsOf: folder.appending(path: "run/evaluation/episodes.jsonl")))
    }
}

/// The numbers of a report.
struct Report {
    private let content: JSONValue

    init(_ path: String) throws {
        content = try JSONValue(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path))))
    }

    subscript(key: String) -> Double? { content[key]?.number?.double }
}
