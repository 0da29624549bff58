import SaferlCommand

// Benchmarks and baselines that cannot be run on the data or tasks that they name.
extension BadInput {
    private static let robot =
        #"{"name": "r", "environment": "point-robot", "limits": [5], "collect": {"environment": "point-robot", "transitions": 50}}"#
    private static let method = #"{"configuration": "my.json"}"#

    private static func benchmark(
        _ name: String, tasks: String = robot, methods: String = method, more: String = "",
        _ message: String, algorithm: String = "bc", _ status: CommandStatus = .configuration
    ) -> BadInput {
        let text = #"{"tasks": [\#(tasks)], "methods": [\#(methods)]\#(more)}"#
        return BadInput(
            name: name, arguments: ["benchmark", "b.json"],
            files: [
                "b.json": Array(text.utf8),
                "my.json": Array(#"{"algorithm": "\#(algorithm)", "data": {"file": "tiny.hdf5"}}"#.utf8),
            ], message: message, status: status.rawValue)
    }

    static let benchmarks: [BadInput] = [
        benchmark(
            "a benchmark of an unknown algorithm",
            #"my.json:1:15: algorithm = "cqp": unknown algorithm. Did you mean "cpq"?"#, algorithm: "cqp"),
        benchmark(
            "a benchmark of an unknown task", tasks: #"{"task": "BalRun"}"#,
            #"b.json:1:21: task: BalRun: no DSRL task. Did you mean "BallRun"?"#),
        benchmark(
            "a benchmark in an unknown environment",
            tasks:
                #"{"name": "r", "environment": "point-robt", "limits": [5], "collect": {"environment": "point-robot"}}"#,
            #"b.json: task r: environment point-robt: unknown environment. Did you mean "point-robot"?"#),
        benchmark(
            "a benchmark of an unknown behaviour",
            tasks:
                #"{"name": "r", "environment": "point-robot", "limits": [5], "collect": {"environment": "point-robot", "behaviour": "saef"}}"#,
            "b.json: task r: collect saef: unknown behaviour. Known behaviours: standard, random, controller."
        ),
        benchmark(
            "a benchmark of a mistyped shipped configuration",
            methods: #"{"configuration": "configs/cpp.json"}"#,
            #"configs/cpp.json: no such file. Did you mean "cpo.json"?"#, .missingInput),
        benchmark(
            "a benchmark of a data file that is not there",
            tasks: #"{"name": "r", "environment": "point-robot", "limits": [5], "data": "d.hdf5"}"#,
            "d.hdf5: no such data file, which task r names. Its path is relative to the current folder.",
            .missingInput),
        benchmark(
            "a benchmark without limits",
            tasks: #"{"name": "r", "environment": "point-robot"}"#,
            #"b.json:1:12: a task needs "limits", for example [10, 20, 40]."#),
        benchmark(
            "a benchmark of a negative limit",
            tasks: #"{"name": "r", "environment": "point-robot", "limits": [5, -1]}"#,
            "b.json:1:70: a cost limit is a number that is not negative."),
        benchmark(
            "a benchmark of no steps",
            tasks: #"{"name": "r", "environment": "point-robot", "limits": [5], "stepLimit": 0}"#,
            "b.json:1:84: stepLimit: a whole number from 1 to 1000000000 is needed."),
        benchmark(
            "a benchmark with an impossible certificate", more: #", "certificates": {"delta": 1}"#,
            "b.json:1:204: delta: a number between 0.0 and 1.0 is needed."),
        benchmark(
            "a benchmark of two methods of one name", methods: method + ", " + method,
            "b.json:1:146: methods: my stands there twice. Give each a name of its own."),
        benchmark(
            "a benchmark of a seed and a half", more: #", "seeds": [1.5]"#,
            "b.json:1:188: a seed is a whole number that is not negative."),
        benchmark(
            "a benchmark with a key that there is not", more: #", "sedes": [1]"#,
            #"b.json:1:178: sedes: unknown key. Did you mean "seeds"?"#),
    ]

    /// A configuration of a baseline with data that cannot serve it.
    private static func baseline(
        _ name: String, _ text: String, on data: HDF5Columns = HDF5Columns(), _ message: String,
        _ status: CommandStatus = .configuration
    ) -> BadInput {
        BadInput(
            name: name, arguments: ["train", "my.json", "--quiet"],
            files: ["my.json": Array(text.utf8), "tiny.hdf5": data.bytes], message: message,
            status: status.rawValue)
    }

    static let baselines: [BadInput] = [
        baseline(
            "a cost limit on data without costs",
            #"{"algorithm": "cpq", "data": {"file": "tiny.hdf5"}, "cpq": {"costLimit": 10}}"#,
            on: HDF5Columns().with { $0.left = ["costs"] },
            #"tiny.hdf5: no column "costs". Present: actions, next_observations, observations, rewards, terminals, timeouts. Store the costs of the steps, 0 where there is none, one row a transition. Of a task without costs: saferl data convert tiny.hdf5 OUT --cost-free."#,
            .badData),
        baseline(
            "a negative cost limit of a baseline",
            #"{"algorithm": "cpq", "data": {"file": "tiny.hdf5"}, "cpq": {"costLimit": -1}}"#,
            "my.json:1:74: cpq.costLimit = -1: must be a number in [0, 1000000]. The default is 10."),
        baseline(
            "a context of nothing",
            #"{"algorithm": "cdt", "data": {"file": "tiny.hdf5"}, "cdt": {"contextLength": 0}}"#,
            "my.json:1:78: cdt.contextLength = 0: must be a whole number from 1 to 10000. The default is 10."),
        baseline(
            "a context longer than every episode",
            #"{"algorithm": "cdt", "data": {"file": "tiny.hdf5"}, "cdt": {"contextLength": 11}}"#,
            "my.json:1:78: cdt.contextLength = 11: 11 steps are more than the 10 of the longest recorded episode. Write at most 10."
        ),
        baseline(
            "episodes that are shorter than recorded ones",
            #"{"algorithm": "cdt", "data": {"file": "tiny.hdf5"}, "cdt": {"episodeLength": 5}}"#,
            "my.json:1:78: cdt.episodeLength = 5: 5 is less than the 10 steps of a recorded episode. Write 10 or more, or 0."
        ),
        baseline(
            "safe episodes where there are none",
            #"{"algorithm": "bc", "data": {"file": "tiny.hdf5"}, "bc": {"episodes": {"kind": "safe", "costLimit": 0}}}"#,
            "my.json:1:101: bc.episodes.costLimit = 0: none of the 6 episodes costs so little: the smallest cost is 1. "
                + #"Raise it to that or more, or set episodes to "all"."#),
    ]
}
