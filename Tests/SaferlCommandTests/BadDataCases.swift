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

    /// Half of the costs as `cost_a` and the other half as `cost_b`, then changed.
    private static func channels(
        _ name: String, _ message: String, _ change: (inout HDF5Columns) -> Void
    ) -> BadInput {
        columns(name, message) {
            $0.others["cost_a"] = $0.costs.enumerated().map { $0.offset % 2 == 0 ? $0.element : 0 }
            $0.others["cost_b"] = $0.costs.enumerated().map { $0.offset % 2 == 1 ? $0.element : 0 }
            change(&$0)
        }
    }

    static let data: [BadInput] = [
        channels(
            "negative cost in a channel",
            #"column "cost_b", row 7: -1.0 is negative. A cost counts harm, at least 0; signed "#
                + #"constraints belong in "constraint_values"."#
        ) { $0.others["cost_b"]?[7] = -1 },
        channels(
            "channels that do not add up",
            #"column "costs", row 9: 0.0, but the cost channels sum up to 0.5. Store their sum, or name "#
                + #"data sets that are no costs without "cost_"."#
        ) { $0.others["cost_a"]?[9] = 0.5 },
        channels(
            "channel of another length",
            #"column "cost_b" has 59 rows, but "observations" has 60. All columns need one row a transition."#
        ) { $0.others["cost_b"]?.removeLast() },
        channels(
            "name that no channel can have",
            #"data set "cost_B": after "cost_" stand 1 to 24 of a-z, 0-9, - and _. Rename it, without "cost_" "#
                + "if it is no cost."
        ) { $0.others["cost_B"] = $0.costs },
        columns(
            "more channels than there can be",
            #"data set "cost_q": a file has at most 16 cost channels. Rename it, without "cost_" if it is no cost."#
        ) {
            for letter in "abcdefghijklmnopq" { $0.others["cost_\(letter)"] = $0.costs }
        },
        BadInput(
            name: "missing data file", arguments: ["data", "validate", "a.hdf5"],
            message: "a.hdf5: no such file. Check the path, or make the file with `saferl collect`.",
            status: CommandStatus.missingInput.rawValue),
        BadInput(
            name: "folder as data", arguments: ["data", "info", "a.hdf5"], files: ["a.hdf5/": []],
            message: "a.hdf5: cannot be read (not a regular file). Check its permissions and kind.",
            status: CommandStatus.missingInput.rawValue),
        file("empty data file", [], "not an HDF5 file. Give a file of the DSRL layout."),
        file(
            "text as data", Array("observations,actions\n".utf8),
            "not an HDF5 file. Give a file of the DSRL layout."),
        file(
            "truncated data file", Array(good.bytes.prefix(2000)),
            "a broken HDF5 file (truncated file: eof = 2000, sblock->base_addr = 0, "
                + "stored_eof = 21488). Get a fresh copy."),
        columns(
            "wrong rank",
            #"column "observations" has shape [60, 3, 1], expected [rows] or [rows, values] with at "#
                + "least one value. Store one row a transition, its values one after the other."
        ) {
            $0.observationShape = [60, 3, 1]
        },
        columns(
            "unequal lengths",
            #"column "next_observations" has 59 rows, but "observations" has 60. All columns "#
                + "need one row a transition."
        ) { $0.nextRows = 59 },
        columns(
            "no observations",
            #"no column "observations". Present: actions, costs, next_observations, rewards, "#
                + "terminals, timeouts. Store the states, one row a transition."
        ) { $0.left = ["observations"] },
        columns(
            "no costs",
            #"no column "costs". Present: actions, next_observations, observations, rewards, "#
                + "terminals, timeouts. Store the costs of the steps, 0 where there is none, one row a transition. "
                + "Of a task without costs: saferl data convert a.hdf5 OUT --cost-free."
        ) { $0.left = ["costs"] },
        columns(
            "NaN in the observations",
            #"column "observations", row 10, component 1: not a finite number. Remove the "#
                + "episode or repair the value."
        ) { $0.observations[31] = .nan },
        columns(
            "infinite reward",
            #"column "rewards", row 7: not a finite number. Remove the episode or repair the value."#
        ) { $0.rewards[7] = .infinity },
        columns(
            "no terminal",
            #"no terminal: no row has "terminals" or "timeouts" set, so no episode ends. Set "terminals" where the "#
                + #"task ended an episode and "timeouts" where a step limit did, or mark by that limit: "#
                + "saferl data convert a.hdf5 OUT --time-limit STEPS."
        ) {
            ($0.terminals, $0.timeouts) = (.init(repeating: 0, count: 60), .init(repeating: 0, count: 60))
        },
        columns(
            "action out of bounds",
            #"column "actions", row 5, component 0: 1.5 is outside [-1, 1]. Store actions "#
                + "scaled to these bounds, or clip them where the simulator does: data.actions=clip, "
                + "saferl data info --actions clip."
        ) { $0.actions[5] = 1.5 },
        columns(
            "negative cost",
            #"column "costs", row 8: -1.0 is negative. A cost counts harm, at least 0; signed "#
                + #"constraints belong in "constraint_values"."#
        ) { $0.costs[8] = -1 },
        columns(
            "flag that is none",
            #"column "terminals", row 3: the flag is 2.0, expected 0 or 1. Store 1 where the episode ends."#
        ) {
            $0.terminals[3] = 2
        },
        columns("empty data set", "no transitions: the columns have zero rows. Collect some first.") {
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
            "unknown task", #"{"algorithm": "fisor", "data": {"file": "tiny.hdf5", "task": "BallRum"}}"#,
            #"my.json:1:62: data.task = "BallRum": unknown DSRL task. Did you mean "BallRun"?"#),
        training(
            "task of other sizes",
            #"{"algorithm": "fisor", "data": {"file": "tiny.hdf5", "task": "BallRun"}}"#,
            #"my.json:1:62: data.task = "BallRun": its observations have 7 and its actions 2 "#
                + #"values, those of tiny.hdf5 3 and 1. Name the task of the file, or write "none"."#),
        training(
            "file name without a task",
            #"{"algorithm": "fisor", "data": {"file": "tiny.hdf5", "rewards": "task"}}"#,
            #"my.json:1:65: data.rewards = "task": "task" needs a DSRL task, which the name "#
                + #"of tiny.hdf5 does not tell. Name it in data.task, or write "recorded"."#),
        training(
            "environment of other sizes",
            #"{"algorithm": "fisor", "environment": "point-robot", "data": {"file": "tiny.hdf5"}}"#,
            #"my.json:1:39: environment = "point-robot": observations of 11 and actions of 2 "#
                + #"values do not fit the data's, 3 and 1. Name the environment of the data, or "" "#
                + "for none."),
        training(
            "unknown environment to evaluate in",
            #"{"algorithm": "fisor", "data": {"file": "tiny.hdf5"}, "evaluation": {"environment": "point-robt"}}"#,
            #"my.json:1:85: evaluation.environment = "point-robt": unknown environment. Did "#
                + #"you mean "point-robot"?"#),
        training(
            "column that the algorithm needs",
            #"{"algorithm": "fisor", "data": {"file": "tiny.hdf5"}, "fisor": {"constraint": "stored"}}"#,
            #"my.json:1:79: fisor.constraint = "stored": "stored" needs a column "#
                + #""constraint_values", which the data lack. Use "cost"."#),
        training(
            "one transition to collect",
            #"{"algorithm": "fisor", "environment": "point-robot", "data": {"collect": {"transitions": 1}}}"#,
            #"my.json:1:90: data.collect.transitions = 1: 1 is too few. Write at least 2, or 0."#),
        training(
            "unknown behaviour to collect",
            #"{"algorithm": "fisor", "environment": "point-robot", "data": {"collect": {"behaviour": "randm"}}}"#,
            #"my.json:1:88: data.collect.behaviour = "randm": unknown behaviour. Did you mean "random"?"#),
        training(
            "evaluation during training without a place",
            #"{"algorithm": "fisor", "data": {"file": "tiny.hdf5"}, "evaluation": {"interval": 5}}"#,
            "my.json:1:82: evaluation.interval = 5: no environment to evaluate in. Name one in "
                + #""environment", or write 0."#),
        training(
            "negative cost limit",
            #"{"algorithm": "fisor", "data": {"file": "tiny.hdf5"}, "evaluation": {"costLimit": -0.5}}"#,
            "my.json:1:83: evaluation.costLimit = -0.5: negative. Write -1 for the task's "
                + "limit, or at least 0."),
        BadInput(
            name: "folder that is not there",
            arguments: ["collect", "point-robot", "--transitions", "10", "--out", "b/a.hdf5"],
            message: "b/a.hdf5: cannot be written (No such file or directory). Choose another place "
                + "or free some space.", status: CommandStatus.cannotCreate.rawValue),
        usage(
            "one transition", ["collect", "point-robot", "--transitions", "1", "--out", "a.hdf5"],
            #"--transitions 1: must be at least 2. See "saferl collect --help"."#),
    ]
}
