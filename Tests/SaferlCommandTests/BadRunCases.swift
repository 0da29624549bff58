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
    private static let certify = ["certify", "run", "--episodes", "9", "--limit", "1", "--delta", "0.05"]

    static let runs: [BadInput] = [
        run(
            "watching what is no run", ["watch", "nowhere"], [:],
            "nowhere: holds no run. Check the path, or start one with \"saferl train\".", .missingInput),
        run(
            "a board of a folder that is not there", ["board", "nowhere"], [:],
            "nowhere: no such folder. Name the one that holds the runs.", .missingInput),
        run(
            "a board of a file", ["board", "my.json"], [:],
            "my.json: no such folder. Name the one that holds the runs.", .missingInput),
        run(
            "watching a run of an unknown algorithm", ["watch", "run", "--once"],
            [
                "run/config.resolved.json": TinyRun.replacing(
                    "\"fisor\"", with: "\"fisro\"", in: "run/config.resolved.json")
            ],
            "run/config.resolved.json:2:16: algorithm = \"fisro\": unknown algorithm. Did you mean \"fisor\"?",
            .configuration),
        run(
            "video in a folder that is not there", evaluate + ["--video", "videos/out.gif"], [:],
            "videos/out.gif: cannot create: No such file or directory. Check the path, or restore the file from a "
                + "copy.", .cannotCreate),
        run(
            "video below a file", evaluate + ["--video", "my.json/out.gif"], [:],
            "my.json/out.gif: cannot create: Not a directory. Name another place.", .cannotCreate),
        run(
            "folder as a video", evaluate + ["--video", "out.gif"], ["out.gif/": []],
            "out.gif: cannot create: Is a directory. Name another place.", .cannotCreate),
        run(
            "video of more episodes than there are",
            evaluate + ["--video", "out.gif", "--episodes", "2", "--video-episodes", "3"], [:],
            "--video-episodes 3: only 2 are evaluated. Evaluate more with --episodes, or show fewer.", .usage),
        run(
            "step without a checkpoint", evaluate + ["--checkpoint", "10"], [:],
            "run/checkpoints: no checkpoint of step 10. Those there are: 20.", .missingInput),
        run(
            "folder of one checkpoint and the step of another",
            ["evaluate", checkpoint, "--environment", "point-robot", "--checkpoint", "10"], [:],
            "run/checkpoints/step-000000020: the checkpoint of step 20, but --checkpoint says 10. Leave one of them out.",
            .usage),
        run(
            "checkpoint outside its run", ["evaluate", "alone", "--environment", "point-robot"],
            [
                "alone/state.safetensors": TinyRun.files["\(checkpoint)/state.safetensors"],
                "alone/manifest.json": TinyRun.files["\(checkpoint)/manifest.json"],
            ],
            "alone: a checkpoint, without the configuration that its run has. Give the run's directory, two folders up.",
            .missingInput),
        run(
            "figure of an unknown metric", ["plot", "run", "--out", "a.pdf", "--metric", "polcy_loss"], [:],
            #"polcy_loss: unknown metric. Did you mean "policy_loss"?"#, .usage),
        run(
            "figure of no run", ["plot", "nowhere", "--out", "a.pdf"], [:],
            #"nowhere: holds no run. Check the path, or start one with "saferl train"."#, .missingInput),
        run(
            "figure below a file", ["plot", "run", "--out", "my.json/a.pdf"], [:],
            "my.json/a.pdf: cannot create: Not a directory. Name another place.", .cannotCreate),
        run(
            "no run to resume", ["resume", "nowhere"], [:],
            #"nowhere: holds no run. Check the path, or start one with "saferl train"."#,
            .missingInput),
        run(
            "no run to evaluate", ["evaluate", "nowhere"], [:],
            #"nowhere: holds no run. Check the path, or start one with "saferl train"."#,
            .missingInput),
        run(
            "run that exists", ["train", "my.json", "--run", "run", "--quiet"], [:],
            "run: holds a run already. Continue it with --resume, or name another directory.", .cannotCreate),
        run(
            "folder that is no run", ["train", "my.json", "--run", "other", "--quiet"], ["other/letter": []],
            "other: not empty (letter) and not a run of saferl. Name another directory.", .cannotCreate),
        run(
            "file as a run", ["train", "my.json", "--run", "my.json", "--quiet"], [:],
            "my.json: a file is in the way. Name another directory.", .cannotCreate),
        run(
            "run below a file", ["train", "my.json", "--run", "my.json/run", "--quiet"], [:],
            "my.json: cannot create the directory: File exists. Name another place.",
            .cannotCreate),
        run(
            "another configuration",
            [
                "train", "my.json", "--run", "run", "--resume", "--quiet", "--set", "schedule.steps=30",
                "--set",
                "seed=3",
            ], [:],
            "run: the run was started with another configuration: schedule.steps is 30, was "
                + "20; seed is 3, was 0. Restore these values, or start a new run.", .configuration),
        run(
            "other data", ["train", "my.json", "--run", "run", "--resume", "--quiet"],
            [
                "run/manifest.json": unfinished,
                "tiny.hdf5": HDF5Columns().with { $0.rewards[0] = 7 }.bytes,
            ],
            "run: the content of the data differs: the run was started on SHA-256 "
                + "24cf3fecd78e9d286a6ca6554ad0eea1098ba89d0329af53b39c9aca5aa74a0a, this is "
                + "554145e7b37021193ee5c6bb568def7f3beb139e2e7e75b9a62b627d1159fc27. Give the same "
                + "data, or start a new run.", .badData),
        run(
            "data that are gone", resume, ["run/manifest.json": unfinished, "tiny.hdf5": nil],
            "tiny.hdf5: no such file, and run learns from it. Where it has moved, name its new place: "
                + "saferl resume run --set data.file=PATH",
            .missingInput),
        run(
            "manifest of a run that is cut short", resume,
            ["run/manifest.json": Array((TinyRun.files["run/manifest.json"] ?? []).prefix(40))],
            "run/manifest.json: not the manifest of a run. Restore the file from a copy.", .badData
        ),
        run(
            "resolved configuration that is gone", resume, ["run/config.resolved.json": nil],
            "run/config.resolved.json: cannot open: No such file or directory. Check the "
                + "path, or restore the file from a copy.",
            .missingInput),
        run(
            "resolved configuration that was changed", resume,
            [
                "run/config.resolved.json": TinyRun.replacing(
                    "\"discount\": 0.99", with: "\"discount\": 0.9", in: "run/config.resolved.json")
            ],
            "run: the run was started with another configuration: config.resolved.json was "
                + "changed. Restore these values, or start a new run.", .configuration),
        run(
            "no environment to evaluate in", ["evaluate", "run"], [:],
            #"run/config.resolved.json:4:18: environment = "": none to evaluate in. Name one "#
                + "with --environment.", .configuration),
        run(
            "override of what was trained", evaluate + ["--set", "fisor.width=8"], [:],
            "--set fisor.width=8: no option that changes how a trained policy acts. Those that do: "
                + "fisor.candidates, fisor.choice, fisor.safetyMargin, fisor.sampler, fisor.temperature, fisor.policy.draws.",
            .configuration),
        run(
            "override of the run", evaluate + ["--set", "seed=3"], [:],
            "--set seed=3: no option that changes how a trained policy acts. Those that do: fisor.candidates, "
                + "fisor.choice, fisor.safetyMargin, fisor.sampler, fisor.temperature, fisor.policy.draws.",
            .configuration),
        run(
            "override of a policy without a value", evaluate + ["--set", "fisor.choice"], [:],
            "--set fisor.choice: not a key and a value. Write key=value, such as schedule.steps=1000.",
            .configuration),
        run(
            "override of a policy with a value that is not allowed",
            evaluate + ["--set", "fisor.candidates=0"], [:],
            "--set fisor.candidates=0: must be a whole number from 1 to 4096. The default is 16.",
            .configuration),
        run(
            "no run to judge by a protocol", ["evaluate", "run", "nowhere", "--task", "BallRun"], [:],
            #"nowhere: holds no run. Check the path, or start one with "saferl train"."#, .missingInput),
        run(
            "run of other sizes than the task", ["evaluate", "run", "--task", "BallRun"], [:],
            "the policy's observation has 3 values, the environment's 7. Name the environment that the policy was "
                + "trained for.", .configuration),
        run(
            "no environment to test in", certify, [:],
            #"run/config.resolved.json:4:18: environment = "": none to test in. Name one with --environment."#,
            .configuration),
        run(
            "environment of other sizes to test in", certify + ["--environment", "point-robot"], [:],
            "the policy's observation has 3 values, the environment's 11. Name the "
                + "environment that the policy was trained for.", .configuration),
        run(
            "unknown environment to test in", certify + ["--environment", "point-robt"], [:],
            #"point-robt: unknown environment. Did you mean "point-robot"?"#, .usage),
        run(
            "no run to certify", ["certify", "nowhere"] + certify.dropFirst(2), [:],
            #"nowhere: holds no run. Check the path, or start one with "saferl train"."#, .missingInput),
        run(
            "damaged checkpoint to certify", certify + ["--environment", "point-robot"],
            [checkpoint + "/manifest.json": flipped(checkpoint + "/manifest.json")],
            "run/checkpoints: no checkpoint verifies; the newest: "
                + "run/checkpoints/step-000000020: damaged: manifest.json does not match its own "
                + "SHA-256. Restore it from a copy or use an older checkpoint. Restore a copy or "
                + "start anew.", .badData),
        run(
            "environment of other sizes to evaluate in", evaluate, [:],
            "the policy's observation has 3 values, the environment's 11. Name the "
                + "environment that the policy was trained for.", .configuration),
        run(
            "no checkpoint", evaluate,
            [
                checkpoint + "/manifest.json": nil, checkpoint + "/state.safetensors": nil,
                checkpoint + "/": nil,
            ], "run/checkpoints: no checkpoint. Start the run anew.",
            .missingInput),
        run(
            "flipped bit in a checkpoint", evaluate,
            [checkpoint + "/state.safetensors": flipped(checkpoint + "/state.safetensors")],
            "run/checkpoints: no checkpoint verifies; the newest: "
                + "run/checkpoints/step-000000020: damaged: tensor "
                + #""policy.target.block0.l1.weight" in state.safetensors does not match its "#
                + "SHA-256. Restore it from a copy or use an older checkpoint. Restore a copy or "
                + "start anew.", .badData),
        run(
            "flipped bit in a checkpoint's manifest", evaluate,
            [checkpoint + "/manifest.json": flipped(checkpoint + "/manifest.json")],
            "run/checkpoints: no checkpoint verifies; the newest: "
                + "run/checkpoints/step-000000020: damaged: manifest.json does not match its own "
                + "SHA-256. Restore it from a copy or use an older checkpoint. Restore a copy or "
                + "start anew.", .badData),
        run(
            "truncated checkpoint", evaluate,
            [
                checkpoint + "/state.safetensors": Array(
                    (TinyRun.files[checkpoint + "/state.safetensors"] ?? []).prefix(1000))
            ],
            "run/checkpoints: no checkpoint verifies; the newest: "
                + "run/checkpoints/step-000000020: damaged: state.safetensors has 1000 bytes, not "
                + "\(TinyRun.files[checkpoint + "/state.safetensors"]?.count ?? 0). Restore it from a copy or use an older checkpoint. Restore a copy or "
                + "start anew.", .badData),
        run(
            "checkpoint without its manifest", evaluate, [checkpoint + "/manifest.json": nil],
            "run/checkpoints: no checkpoint verifies; the newest: "
                + "run/checkpoints/step-000000020/manifest.json: not there, so the checkpoint "
                + "cannot be verified. Restore the file from a copy. Restore a copy or start anew.", .badData),
        run(
            "checkpoint of another run", evaluate,
            [
                "run/manifest.json": TinyRun.replacing(
                    "\"configuration\" : \"", with: "\"configuration\" : \"0", in: "run/manifest.json")
            ],
            "run/checkpoints/step-000000020: written with another configuration. Resume with "
                + "config.resolved.json of its run, or start a new run.", .badData),
        run(
            "missing tensor", evaluate,
            ["run/config.resolved.json": resolved("\"blocks\": 1", "\"blocks\": 2")],
            #"run/checkpoints/step-000000020: no tensor "policy.target.block1.ln.scale". Use "#
                + "the algorithm and configuration that wrote the checkpoint.", .badData),
        run(
            "tensor of another shape", evaluate,
            ["run/config.resolved.json": resolved("\"width\": 4", "\"width\": 8")],
            #"run/checkpoints/step-000000020: tensor "policy.target.in.weight" has shape [8, "#
                + "4], not [8, 8]. Use the configuration that wrote the checkpoint.", .badData),
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
