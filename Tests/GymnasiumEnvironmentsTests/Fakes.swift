import Foundation
import GymnasiumEnvironments
import SafeRL

/// The environments of `Environments/gymnasium/tests/fakes.py`, which need nothing but Python itself.
enum Fakes {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Environments/gymnasium/tests").path

    /// Whether there is a `python3`; without one there is no worker to test.
    static let isPythonHere = python != nil

    /// The interpreter itself: what is found on `PATH` may be a script that takes longer than Python.
    private static let python: String? = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import sys; print(sys.executable)"]
        let pipe = Pipe()
        process.standardOutput = pipe
        guard (try? process.run()) != nil else { return nil }
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let path = output.trimmingCharacters(in: .whitespacesAndNewlines)
        return process.terminationStatus == 0 && !path.isEmpty ? path : nil
    }()

    /// Starts workers that find the fakes.
    static func launch(_ variables: [String: String] = [:]) -> WorkerLaunch {
        var launch = WorkerLaunch(python: python ?? "python3", patience: .seconds(30))
        // The fakes need no installed packages, and looking for them is half of Python's start.
        launch.options = ["-S"]
        launch.variables = ["PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"]
            .merging(variables) { $1 }
        return launch
    }

    /// Makes environments of a class of the fakes.
    static func make(
        _ name: String, slots: Int = 1, workers: Int = 1, draws: Bool = false,
        _ variables: [String: String] = [:]
    ) throws -> GymnasiumEnvironment {
        try GymnasiumEnvironment(
            "python:fakes:" + name, EnvironmentRequest(slots: slots, workers: workers, drawsFrames: draws),
            launch: launch(variables))
    }

    /// Makes environments of a worker whose source is given, after the descriptors are set up as the real one does.
    static func worker(_ source: String) throws -> GymnasiumEnvironment {
        var launch = launch()
        launch.modules = [("saferl_worker", Array(source.utf8))]
        return try GymnasiumEnvironment("python:fakes:Walk?timeout=1", .init(), launch: launch)
    }

    /// What making and a few steps of environments throw, in one line.
    static func failure(_ body: () throws -> GymnasiumEnvironment) -> WorkerError? {
        do {
            let environment = try body()
            var episodes = Episodes(environment)
            try episodes.reset()
            for _ in 0..<5 { try episodes.step() }
            return nil
        } catch { return error as? WorkerError }
    }

    /// Whether a process still runs; zombies do not.
    static func isRunning(_ identifier: Int32) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8) else {
            return false
        }
        return text.split(separator: ")").last?.split(separator: " ").first != "Z"
    }
}

/// All slots of an environment, stepped with actions made from a seed.
struct Episodes {
    let environment: any VectorEnvironment
    var observations: [Float]
    private var stream = RandomStream(seed: 4, for: .action)

    init(_ environment: any VectorEnvironment) {
        self.environment = environment
        observations = Array(repeating: .nan, count: environment.slots * environment.observationSpace.size)
    }

    /// Starts all slots, slot i with seed i.
    mutating func reset() throws {
        let (environment, slots) = (environment, Array(0..<environment.slots))
        var span = observations.mutableSpan
        try environment.reset(slots, seeds: slots.map { UInt64($0) }, observations: &span)
    }

    /// Steps some slots, else all; without actions with random ones.
    @discardableResult
    mutating func step(_ slots: [Int]? = nil, _ actions: [Float]? = nil) throws -> [StepOutcome] {
        let environment = environment
        let slots = slots ?? Array(0..<environment.slots)
        let given =
            actions
            ?? (0..<slots.count * environment.actionSpace.size).map { _ in stream.nextUniform(in: -1..<1) }
        var next = [Float](repeating: .nan, count: slots.count * environment.observationSpace.size)
        var span = next.mutableSpan
        let outcomes = try environment.step(slots, actions: given.span, observations: &span)
        let size = environment.observationSpace.size
        for (row, slot) in slots.enumerated() {
            observations.replaceSubrange(
                slot * size..<(slot + 1) * size, with: next[row * size..<(row + 1) * size])
        }
        return outcomes
    }
}
