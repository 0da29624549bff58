// Imitates a recording, estimates from the recording alone what the imitation is worth, and draws how it was learned:
// nothing is simulated, and no policy acts.
//
//     swift run -c release from-data recording.hdf5 curves.svg

import Algorithms
import Foundation
import SafeRL

/// Arguments that are not two.
struct Usage: Fault {
    var kind: FaultKind { .usage }
    var description: String {
        "from-data: two arguments are needed. Call: from-data RECORDING.hdf5 PICTURE.svg"
    }
}

/// Trains behaviour cloning in a run of its own.
func imitate(_ data: TransitionDataset, in path: String) throws -> RunDirectory {
    let text = #"{"algorithm": "bc", "schedule": {"steps": 1000, "log": 20}, "bc": {"widths": [64, 64]}}"#
    let file = ConfigurationFile(name: "from-data", bytes: Array(text.utf8))
    let resolved = try RunDocument(file, overriding: ["data.file=\(path)"])
        .resolve(BehaviourCloning.Configuration.self, of: "bc")
    let run = try RunDirectory.create(
        at: nil,
        RunDescription(
            of: BehaviourCloning.self, resolved, on: .init(path: path, sha256: data.identity),
            subject: "recording"))
    let algorithm = try BehaviourCloning(resolved.options, on: data, seed: resolved.run.seed)
    _ = try Trainer.run(algorithm, schedule: resolved.run.schedule, in: run)
    return run
}

/// What the policy is worth, had it acted where the recorded episodes began.
func estimate(_ trained: TrainedPolicy, on data: TransitionDataset, of path: String) throws
    -> PolicyEstimate
{
    var estimator = PolicyEstimator()
    estimator.mostSteps = 4000
    return try estimator.estimate(
        trained.policy, on: data,
        of: .init(
            checkpoint: trained.checkpoint.path, step: trained.checkpoint.step,
            policy: trained.checkpoint.identity, data: path, dataDigest: data.identity))
}

/// The loss over updates, from the lines that the trainer wrote.
func curve(of run: RunDirectory) throws -> Curve {
    let lines = try String(contentsOfFile: run.metricsPath, encoding: .utf8).split(separator: "\n")
    let points = try lines.compactMap { line -> Curve.Point? in
        let record = try JSONValue(parsing: Array(line.utf8))
        guard let step = record["step"]?.number?.int, let loss = record["loss"]?.number?.double else {
            return nil
        }
        return Curve.Point(step: step, value: loss)
    }
    return Curve(.init(stage: "bc", name: "loss"), title: "Squared error of actions", .nonNegative, points)
}

func judge(_ path: String, drawing picture: String) throws {
    let data = try TransitionDataset(contentsOf: path)
    print("recorded   \(data.count) transitions, \(data.episodes.count) episodes")
    let run = try imitate(data, in: path)
    let trained = try TrainedPolicy(BehaviourCloning.self, in: run.path)
    print(try estimate(trained, on: data, of: path).table)
    let figure = LearningCurves(title: "Imitating a recording", [CurveGroup("bc", [try curve(of: run)])])
    try Data(figure.svg().utf8).write(to: URL(fileURLWithPath: picture))
    print("drawn      \(picture)")
}

do {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 2, let path = arguments.first, let picture = arguments.last else {
        throw Usage()
    }
    try judge(path, drawing: picture)
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(FaultKind(of: error).exitCode)
}
