import Foundation
import SaferlCommand

// Data files that cannot be used.
extension BadInput {
    private static let good = HDF5Columns()
    private static let bad = CommandStatus.badData.rawValue

    /// A file that `data validate` refuses.
    private static func file(_ name: String, _ bytes: [UInt8], _ message: String) -> BadInput {
        BadInput(
            name: name, arguments: ["data", "validate", "a.hdf5"], files: ["a.hdf5": bytes],
            message: "a.hdf5: " + message, status: bad)
    }

    private static func columns(
        _ name: String, _ message: String, _ change: (inout HDF5Columns) -> Void
    ) -> BadInput {
        file(name, good.with(change).bytes, message)
    }

    static let data: [BadInput] = [
        BadInput(
            name: "missing data file", arguments: ["data", "validate", "a.hdf5"],
            message: "a.hdf5: no such file. Check the path, or make the file with `saferl collect`.",
            status: CommandStatus.missingInput.rawValue),
        BadInput(
            name: "folder as data", arguments: ["data", "info", "a.hdf5"], files: ["a.hdf5/": []],
            message: "a.hdf5: cannot be read (not a regular file). Check its permissions and kind.",
            status: CommandStatus.missingInput.rawValue),
        file("empty data file", [], "?"),
        file("text as data", Array("observations,actions\n".utf8), "?"),
        file("truncated data file", Array(good.bytes.prefix(2000)), "?"),
        columns("wrong rank", "?") {
            $0.observationShape = [60, 3, 1]
        },
        columns("unequal lengths", "?") { $0.nextRows = 59 },
        columns("no observations", "?") { $0.left = ["observations"] },
        columns("no costs", "?") { $0.left = ["costs"] },
        columns("NaN in the observations", "?") { $0.observations[31] = .nan },
        columns("infinite reward", "?") { $0.rewards[7] = .infinity },
        columns("no terminal", "?") {
            ($0.terminals, $0.timeouts) = (.init(repeating: 0, count: 60), .init(repeating: 0, count: 60))
        },
        columns("action out of bounds", "?") { $0.actions[5] = 1.5 },
        columns("negative cost", "?") { $0.costs[8] = -1 },
        columns("flag that is none", "?") { $0.terminals[3] = 2 },
        columns("empty data set", "?") {
            ($0.rows, $0.observationShape, $0.observations, $0.actions) = (0, [0, 3], [], [])
            ($0.rewards, $0.costs, $0.terminals, $0.timeouts) = ([], [], [], [])
        },
    ]

    /// A configuration that `train` reads, with `tiny.hdf5` beside it.
    private static func training(
        _ name: String, _ text: String, _ message: String, _ status: CommandStatus = .configuration
    ) -> BadInput {
        BadInput(
            name: name, arguments: ["train", "my.json", "--quiet"],
            files: ["my.json": Array(text.utf8), "tiny.hdf5": good.bytes], message: message,
            status: status.rawValue)
    }

    static let uses: [BadInput] = [
        training(
            "missing data to train on", #"{"algorithm": "fisor", "data": {"file": "b.hdf5"}}"#,
            "b.hdf5: no such file. Check the path, or make the file with `saferl collect`.", .missingInput),
        training(
            "unknown task", #"{"algorithm": "fisor", "data": {"file": "tiny.hdf5", "task": "BallRum"}}"#, "?"),
        training(
            "task of other sizes",
            #"{"algorithm": "fisor", "data": {"file": "tiny.hdf5", "task": "BallRun"}}"#,
            "?"),
        training(
            "file name without a task",
            #"{"algorithm": "fisor", "data": {"file": "tiny.hdf5", "rewards": "task"}}"#,
            "?"),
        training(
            "environment of other sizes",
            #"{"algorithm": "fisor", "environment": "point-robot", "data": {"file": "tiny.hdf5"}}"#, "?"),
        training(
            "unknown environment to evaluate in",
            #"{"algorithm": "fisor", "data": {"file": "tiny.hdf5"}, "evaluation": {"environment": "point-robt"}}"#,
            "?"),
        training(
            "environment without behaviour",
            #"{"algorithm": "fisor", "environment": "point-robot-feasible"}"#, "?"),
        training(
            "column that the algorithm needs",
            #"{"algorithm": "fisor", "data": {"file": "tiny.hdf5"}, "fisor": {"constraint": "stored"}}"#, "?"),
        training(
            "negative cost limit",
            #"{"algorithm": "fisor", "data": {"file": "tiny.hdf5"}, "evaluation": {"costLimit": -0.5}}"#, "?"),
        BadInput(
            name: "nothing to collect", arguments: ["collect", "point-robot-feasible", "--out", "a.hdf5"],
            message: "?", status: CommandStatus.usage.rawValue),
        BadInput(
            name: "folder that is not there",
            arguments: ["collect", "point-robot", "--transitions", "10", "--out", "b/a.hdf5"],
            message: "?", status: CommandStatus.cannotCreate.rawValue),
        usage(
            "one transition", ["collect", "point-robot", "--transitions", "1", "--out", "a.hdf5"],
            #"--transitions 1: must be at least 2. See "saferl collect --help"."#),
    ]
}
