import Foundation
import SaferlCommand

// Run directories and checkpoints that cannot be used.
extension BadInput {
    private static let checkpoint = "run/checkpoints/step-000000020"

    private static func run(
        _ name: String, _ arguments: [String], _ changes: [String: [UInt8]?] = [:], _ message: String,
        _ status: CommandStatus
    ) -> BadInput {
        BadInput(
            name: name, arguments: arguments, files: TinyRun.files(changes), message: message,
            status: status.rawValue)
    }

    /// A run that has updates left to take.
    private static let unfinished = TinyRun.replacing(
        #""finished" : true"#, with: #""finished" : false"#, in: "run/manifest.json")
    private static let resume = ["resume", "run", "--quiet"]
    private static let evaluate = ["evaluate", "run", "--environment", "point-robot"]

    static let runs: [BadInput] = [
        run(
            "no run to resume", ["resume", "nowhere"], [:], "?", .missingInput),
        run("no run to evaluate", ["evaluate", "nowhere"], [:], "?", .missingInput),
        run(
            "run that exists", ["train", "my.json", "--run", "run", "--quiet"], [:], "?", .cannotCreate),
        run(
            "folder that is no run", ["train", "my.json", "--run", "other", "--quiet"], ["other/letter": []],
            "?", .cannotCreate),
        run(
            "file as a run", ["train", "my.json", "--run", "my.json", "--quiet"], [:], "?", .cannotCreate),
        run(
            "run below a file", ["train", "my.json", "--run", "my.json/run", "--quiet"], [:], "?",
            .cannotCreate),
        run(
            "another configuration",
            [
                "train", "my.json", "--run", "run", "--resume", "--set", "schedule.steps=30", "--set",
                "seed=3",
            ], [:],
            "?", .configuration),
        run(
            "other data", ["train", "my.json", "--run", "run", "--resume", "--quiet"],
            [
                "run/manifest.json": unfinished,
                "tiny.hdf5": HDF5Columns().with { $0.rewards[0] = 7 }.bytes,
            ], "?", .badData),
        run(
            "data that are gone", resume, ["run/manifest.json": unfinished, "tiny.hdf5": nil], "?",
            .missingInput),
        run(
            "manifest of a run that is cut short", resume,
            ["run/manifest.json": Array((TinyRun.files["run/manifest.json"] ?? []).prefix(40))], "?", .badData
        ),
        run(
            "resolved configuration that is gone", resume, ["run/config.resolved.json": nil], "?",
            .missingInput),
        run(
            "resolved configuration that was changed", resume,
            [
                "run/config.resolved.json": TinyRun.replacing(
                    "\"discount\": 0.99", with: "\"discount\": 0.9", in: "run/config.resolved.json")
            ], "?", .configuration),
        run("no environment to evaluate in", ["evaluate", "run"], [:], "?", .configuration),
        run("environment of other sizes to evaluate in", evaluate, [:], "?", .configuration),
        run(
            "no checkpoint", evaluate,
            [
                checkpoint + "/manifest.json": nil, checkpoint + "/state.safetensors": nil,
                checkpoint + "/": nil,
            ], "?",
            .missingInput),
        run(
            "flipped bit in a checkpoint", evaluate,
            [checkpoint + "/state.safetensors": flipped(checkpoint + "/state.safetensors")], "?", .badData),
        run(
            "flipped bit in a checkpoint's manifest", evaluate,
            [checkpoint + "/manifest.json": flipped(checkpoint + "/manifest.json")], "?", .badData),
        run(
            "truncated checkpoint", evaluate,
            [
                checkpoint + "/state.safetensors": Array(
                    (TinyRun.files[checkpoint + "/state.safetensors"] ?? []).prefix(1000))
            ], "?", .badData),
        run(
            "checkpoint without its manifest", evaluate, [checkpoint + "/manifest.json": nil], "?", .badData),
        run(
            "checkpoint of another run", evaluate,
            [
                "run/manifest.json": TinyRun.replacing(
                    "\"configuration\" : \"", with: "\"configuration\" : \"0", in: "run/manifest.json")
            ], "?", .badData),
        run(
            "missing tensor", evaluate,
            ["run/config.resolved.json": resolved("\"blocks\": 1", "\"blocks\": 2")],
            "?", .badData),
        run(
            "tensor of another shape", evaluate,
            ["run/config.resolved.json": resolved("\"width\": 4", "\"width\": 8")], "?", .badData),
    ]

    private static func resolved(_ old: String, _ new: String) -> [UInt8] {
        TinyRun.replacing(old, with: new, in: "run/config.resolved.json")
    }

    /// A file with one bit in its last quarter turned over.
    private static func flipped(_ path: String) -> [UInt8] {
        var bytes = TinyRun.files[path] ?? []
        if !bytes.isEmpty { bytes[bytes.count * 7 / 8] ^= 4 }
        return bytes
    }
}
