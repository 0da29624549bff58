import SaferlCommand
import ShippedConfigurations

// Configuration files and overrides that cannot be used.
extension BadInput {
    private static let missing = CommandStatus.missingInput.rawValue
    private static let algorithms = Registry.builtIn.algorithms.map { $0.name }.joined(separator: ", ")
    private static let shipped = ShippedConfigurations.texts.keys.sorted().joined(separator: ", ")

    static let files: [BadInput] = [
        BadInput(
            name: "missing file", arguments: ["train", "nowhere/my.json"],
            message: "nowhere/my.json: no such file. Shipped with saferl: \(shipped).",
            status: missing),
        BadInput(
            name: "mistyped file", arguments: ["train", "my.jsn"], files: ["my.json": []],
            message: #"my.jsn: no such file. Did you mean "my.json"?"#, status: missing),
        BadInput(
            name: "two files that differ in case", arguments: ["train", "MY.json"],
            files: ["my.json": [], "My.json": []],
            message: "MY.json: several files match: My.json, my.json. Write one of them exactly.",
            status: missing),
        BadInput(
            name: "folder", arguments: ["train", "runs"], files: ["runs/": []],
            message: "runs: a directory. Name a configuration file inside it.", status: missing),
        configuration("empty file", "", "my.json:1:1: empty. Write at least {}."),
        configuration("blank file", " \n\n", "my.json:3:1: empty. Write at least {}."),
        configuration(
            "byte-order mark", "\u{FEFF}{}",
            "my.json:1:1: begins with a byte-order mark. Save it as UTF-8 without one."),
        BadInput(
            name: "not UTF-8", arguments: ["config", "show", "my.json"],
            files: ["my.json": Array("{\"seed\": \"".utf8) + [0xFF] + Array("\"}".utf8)],
            message: "my.json:1:10: text that is not UTF-8.", status: CommandStatus.configuration.rawValue),
        BadInput(
            name: "zip file", arguments: ["config", "show", "my.json"],
            files: ["my.json": [0x50, 0x4B, 3, 4, 0, 0]],
            message: "my.json:1:1: \"P\" where a value should stand.",
            status: CommandStatus.configuration.rawValue),
        configuration("not JSON", "seed: 3", "my.json:1:1: \"s\" where a value should stand."),
        configuration("no object", "[1, 2]", "my.json:1:1: a list where an object in braces should stand."),
        configuration(
            "trailing comma", "{\n  \"seed\": 3,\n}",
            "my.json:2:12: a comma after the last element. Remove it."),
        configuration("cut short", "{\"seed\": ", "my.json:1:10: the file ends where a value should stand."),
        configuration("trailing text", "{} {}", "my.json:1:4: \"{\" where the end of the file should stand."),
        configuration(
            "duplicate key", "{\"seed\": 1,\n \"seed\": 2}",
            #"my.json:2:2: "seed" stands here a second time, after 1:2. Remove one."#),
        configuration("NaN", "{\"seed\": NaN}", "my.json:1:10: NaN is not a number that JSON knows."),
        configuration("leading zero", "{\"seed\": 007}", "my.json:1:10: a number with a leading zero."),
        configuration(
            "number too large", "{\"seed\": 1e999}", "my.json:1:10: a number too large for double precision."),
        configuration(
            "integer beyond 64 bits", "{\"seed\": 99999999999999999999}",
            "my.json:1:10: a whole number that does not fit in 64 bits."),
        configuration(
            "nested too deep", String(repeating: "[", count: 10_000),
            "my.json:1:65: nested deeper than 64 levels."),
        configuration(
            "file too large", "{}" + String(repeating: " ", count: 1 << 20),
            "my.json:1:1: larger than 1048576 bytes, the most that is read."),
        configuration(
            "no algorithm", "{}",
            "my.json: algorithm: no algorithm named. Known algorithms: \(algorithms)."),
        configuration(
            "unknown algorithm", "{\"algorithm\": \"fizor\"}",
            #"my.json:1:15: algorithm = "fizor": unknown algorithm. Did you mean "fisor"?"#),
        configuration(
            "nothing to learn from", "{\"algorithm\": \"fisor\"}",
            #"my.json: data.file: no data to learn from. Name a file, or an "environment" to collect data from."#
        ),
        configuration(
            "unknown environment", "{\"algorithm\": \"fisor\", \"environment\": \"point-robt\"}",
            #"my.json:1:39: environment = "point-robt": unknown environment. Did you mean "point-robot"?"#),
    ]

    static let members: [BadInput] = [
        member(
            "unknown key of the algorithm", #""fisor": {"feasibilityTemprature": 4}"#,
            #"my.json:2:11: fisor.feasibilityTemprature: unknown key. Did you mean "feasibilityTemperature"?"#
        ),
        member(
            "unknown key", #""sheduel": {}"#, #"my.json:2:1: sheduel: unknown key. Did you mean "schedule"?"#),
        member(
            "key of another group", #""steps": 5"#,
            #"my.json:2:1: steps: unknown key. Did you mean "schedule.steps"?"#),
        member(
            "text for a number", #""schedule": {"steps": "many"}"#, wrongSteps("my.json:2:23", "\"many\"")),
        member(
            "fraction with an exponent", #""schedule": {"steps": 1.5e0}"#, wrongSteps("my.json:2:23", "1.5e0")
        ),
        member(
            "exponent that leaves a fraction", #""schedule": {"steps": 12e-1}"#,
            wrongSteps("my.json:2:23", "12e-1")),
        member(
            "whole number above the largest", #""schedule": {"steps": 1e10}"#,
            wrongSteps("my.json:2:23", "1e10")),
        member(
            "seed beyond 64 bits by an exponent", #""seed": 1e20"#,
            "my.json:2:9: seed = 1e20: must be a whole number from 0 to 18446744073709551615. The default is 0."
        ),
        member(
            "seed with a fraction", #""evaluation": {"seed": 1.5}"#,
            "my.json:2:24: evaluation.seed = 1.5: must be a whole number from 0 to 18446744073709551615. The default is "
                + "1000."),
        member(
            "unknown rule for actions", #""data": {"actions": "clips"}"#,
            #"my.json:2:21: data.actions = "clips": must be "auto", "clip" or "refuse". Did you mean "clip"?"#
        ),
        override(
            "override with a fraction", "schedule.steps=1.5e0",
            "--set schedule.steps=1.5e0: must be a whole number from 1 to 1000000000. The default is 12000."),
        override(
            "override of a seed that is negative", "data.collect.seed=-1e0",
            "--set data.collect.seed=-1e0: must be a whole number from 0 to 18446744073709551615. The default is 1."
        ),
        member(
            "fraction for a whole number", #""schedule": {"steps": 3.7}"#, wrongSteps("my.json:2:23", "3.7")),
        member("null", #""schedule": {"steps": null}"#, wrongSteps("my.json:2:23", "null")),
        member("zero steps", #""schedule": {"steps": 0}"#, wrongSteps("my.json:2:23", "0")),
        member(
            "negative seed", #""seed": -4"#,
            "my.json:2:9: seed = -4: must be a whole number from 0 to 18446744073709551615. The default is 0."
        ),
        member(
            "out of range", #""evaluation": {"confidence": 1}"#,
            "my.json:2:30: evaluation.confidence = 1: must be a number in (0, 1). The default is 0.95."),
        member("number for a group", #""data": 5"#, "my.json:2:9: data = 5: must be an object in braces."),
        member(
            "number for text", #""data": {"file": 5}"#,
            #"my.json:2:18: data.file = 5: must be text in quotation marks. The default is ""."#),
        member(
            "text for a truth value", #""data": {"normalizeObservations": "yes"}"#,
            #"my.json:2:35: data.normalizeObservations = "yes": must be true or false. The default is false."#
        ),
        member(
            "unknown choice", #""data": {"rewards": "tsak"}"#,
            #"my.json:2:21: data.rewards = "tsak": must be "task", "recorded" or "raw". Did you mean "task"?"#
        ),
        member(
            "rewards of no task", #""data": {"rewards": "task"}"#,
            #"my.json:2:21: data.rewards = "task": "task" contradicts data that is collected from an environment. "#
                + #"Write "recorded" or "raw"."#),
        member(
            "contradictory fields", #""data": {"file": "a.hdf5", "task": "none", "rewards": "task"}"#,
            #"my.json:2:55: data.rewards = "task": "task" contradicts "task": "none". Write "recorded" or "raw", or name the task."#
        ),
        override(
            "override of an unknown key", "schedule.setps=5",
            #"--set schedule.setps=5: unknown key. Did you mean "schedule.steps"?"#),
        override(
            "override of the wrong type", "schedule.steps=many",
            "--set schedule.steps=many: must be a whole number from 1 to 1000000000. The default is 12000."),
        override(
            "override without a value", "schedule.steps",
            "--set schedule.steps: not a key and a value. Write key=value, such as schedule.steps=1000."),
        override(
            "override below a value", "seed.first=1", #"--set seed.first=1: "seed" has no keys of its own."#),
        override(
            "override of an unknown environment", "environment=mars",
            "--set environment=mars: unknown environment. Known environments: point-robot, point-robot-feasible, "
                + "point-robot-stoppable, point-mass, gumbel-sepsis, gumbel-sepsis-observed, icu-sepsis, icu-sepsis-terminate, preference-bandit, hazard-tokens, consent, rules, gymnasium:SafetyPointGoal1-v0, bullet:SafetyBallRun-v0, dsrl:OfflineBallRun-v0, python:my_module:MyTask, "
                + "mujoco:SafetyHopperVelocity-v1."
        ),
    ]

    private static func wrongSteps(_ place: String, _ value: String) -> String {
        "\(place): schedule.steps = \(value): must be a whole number from 1 to 1000000000. The default is 12000."
    }
}
