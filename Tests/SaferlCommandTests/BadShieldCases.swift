import SaferlCommand

// Shields that cannot be set up.
extension BadInput {
    private static let wide = "rules 1\nsignal x = action[0]\nrule a: x <= 1\n"
    private static let calls = "rules 1\ncall c(k: text)\nrule a: not c(k: \"z\")\n"

    private static func shield(
        _ name: String, _ words: [String], _ message: String, rules: String = wide,
        _ status: CommandStatus = .usage
    ) -> BadInput {
        let files = TinyRun.files.merging(["a.rules": Array(rules.utf8)]) { $1 }
        return BadInput(
            name: name, arguments: words, files: files, message: message, status: status.rawValue)
    }

    private static let evaluate = ["evaluate", "run", "--environment", "pair", "--guard", "a.rules"]

    static let shields: [BadInput] = [
        usage(
            "a reaction without rules", ["evaluate", "run", "--react", "stop"],
            "--react says what a shield does, and there is none. Name rules by --guard FILE.rules, --monitor or --router. See \"saferl evaluate --help\"."
        ),
        usage(
            "a comparison without rules", ["evaluate", "run", "--guarded-only"],
            "--guarded-only is about a shield, and there is none. Name rules by --guard FILE.rules, --monitor or --router. See \"saferl evaluate --help\"."
        ),
        usage(
            "a log without a folder", ["evaluate", "run", "--guard", "a.rules", "--log", "all"],
            "--log needs --out DIR, the folder that guard.jsonl is written into. See \"saferl evaluate --help\"."
        ),
        usage(
            "a reaction that nobody knows", ["evaluate", "run", "--guard", "a.rules", "--react", "stop,fly"],
            "The value 'stop,fly' is invalid for '--react <list>': \"fly\" in --react is no reaction. Use a list of mask, resample:N, project, roll-back:N, idle, fallback and stop. See \"saferl evaluate --help\"."
        ),
        usage(
            "no draws", ["certify", "run", "--limit", "1", "--guard", "a.rules", "--react", "resample:0"],
            "The value 'resample:0' is invalid for '--react <list>': \"resample:0\" in --react: the number of draws must be from 1 to 10000. See \"saferl certify --help\"."
        ),
        usage(
            "an answer to alarms that nobody knows",
            ["evaluate", "run", "--guard", "a.rules", "--on-alarm", "halt"],
            "The value 'halt' is invalid for '--on-alarm <what>': \"halt\" in --on-alarm: use log, fallback:N with N from 1 to 1000000, or stop. See \"saferl evaluate --help\"."
        ),
        usage(
            "a solver without time", ["evaluate", "run", "--guard", "a.rules", "--solver-timeout", "0"],
            "--solver-timeout 0.0: must be above 0, and at most 60000 milliseconds. See \"saferl evaluate --help\"."
        ),
        usage(
            "a look-ahead without rules", ["evaluate", "run", "--look-ahead", "2"],
            "--look-ahead says what a shield does, and there is none. Name rules by --guard FILE.rules, --monitor or --router. See \"saferl evaluate --help\"."
        ),
        usage(
            "a look-ahead of no step", ["evaluate", "run", "--guard", "a.rules", "--look-ahead", "0"],
            "--look-ahead 0: must be from 1 to 100 steps. See \"saferl evaluate --help\"."
        ),
        usage(
            "a rule for actions of no data", ["guard", "check", "a.rules", "--actions", "clip"],
            "--actions needs --data FILE, the recording whose actions are meant. See \"saferl guard check --help\"."
        ),
        usage(
            "sizes of no use to the guard's benchmark", ["bench", "guard", "--observation", "3"],
            "--observation is not for guard. See \"saferl bench --help\"."),
        usage(
            "a certificate without rules", ["evaluate", "run", "--certificate", "c.json"],
            "--certificate says what a shield does, and there is none. Name rules by --guard FILE.rules, --monitor or --router. See \"saferl evaluate --help\"."
        ),
        usage(
            "a run without rules", ["run", "run", "--environment", "point-robot"],
            "--guard RULES, --monitor FILE or --router FILE: name what stands between policy and environment. See \"saferl run --help\"."
        ),
        usage(
            "a run that would undo steps",
            ["run", "run", "--environment", "point-robot", "--guard", "a.rules", "--react", "roll-back:41"],
            "The value 'roll-back:41' is invalid for '--react <list>': \"roll-back:41\" in --react: the number of steps must be from 1 to 40. See \"saferl run --help\"."
        ),
        usage(
            "an answer after too long",
            ["run", "run", "--environment", "point-robot", "--guard", "a.rules", "--ask-timeout", "4000"],
            "--ask-timeout 4000.0: must be from 0 to 3600 seconds. See \"saferl run --help\"."),
        usage(
            "a mode without a monitor", ["evaluate", "run", "--mode", "loose"],
            "--mode is about a step monitor, and there is none. Name one by --monitor FILE. See \"saferl evaluate --help\"."
        ),
        usage(
            "no flag in a row", ["evaluate", "run", "--monitor", "M", "--confirm", "0"],
            "--confirm 0: must be at least 1. See \"saferl evaluate --help\"."),
        usage(
            "tighter rules without a router", ["evaluate", "run", "--tight", "a.rules"],
            "--tight is about the class tighten of a router, and there is none. Name one by --router FILE. See \"saferl evaluate --help\"."
        ),
        usage(
            "a router behind a guardian",
            ["evaluate", "run", "--guard", "kde", "--router", "r.json"],
            "--router was calibrated for the policy alone, not for one that a guardian changes. Leave out --guard, or name rules. See \"saferl evaluate --help\"."
        ),
        usage(
            "a monitor where nothing is run", ["evaluate", "run", "--data", "a.hdf5", "--monitor", "M"],
            "--monitor has no effect with --data, where nothing is run. Leave it out. See \"saferl evaluate --help\"."
        ),
        usage(
            "a rate below 0",
            ["run", "run", "--environment", "point-robot", "--guard", "a.rules", "--rate=-1"],
            "--rate -1.0: must be from 0 to 10000 steps a second. See \"saferl run --help\"."),
        shield(
            "a fallback that nobody has",
            ["run", "run", "--environment", "point-mass", "--guard", "a.rules", "--fallback", "brake"],
            "the policy's observation has 3 values, the environment's 4. Name the environment that the policy was trained for.",
            rules: wide, .configuration),
        configuration(
            "rules for an algorithm that does not act",
            #"{"algorithm": "bc", "environment": "point-robot", "guard": {"rules": "point-robot.rules"}}"#,
            "my.json:1:70: guard.rules = \"point-robot.rules\": has no effect: bc learns from recordings and does not act. Write \"\", and judge its policy with saferl evaluate --guard."
        ),
        configuration(
            "a fallback without rules",
            #"{"algorithm": "cpo", "environment": "point-robot", "guard": {"fallback": "brake"}}"#,
            "my.json:1:74: guard.fallback = \"brake\": has no effect without rules. Name a file in \"guard.rules\"."
        ),
        configuration(
            "a monitor's reward without a monitor",
            #"{"algorithm": "cpo", "environment": "point-robot", "guard": {"reward": "hybrid"}}"#,
            "my.json:1:72: guard.reward = \"hybrid\": takes a monitor. Name its file in \"guard.monitor\"."
        ),
        configuration(
            "a monitor that rewards nothing",
            #"{"algorithm": "cpo", "environment": "point-robot", "guard": {"monitor": "M"}}"#,
            "my.json:1:73: guard.monitor = \"M\": has no effect on the task's reward. Write \"guard.reward\": \"hybrid\"."
        ),
        BadInput(
            name: "a monitor's reward, and no file of the monitor",
            arguments: [
                "train", "cpo.json", "--set", "environment=point-robot", "--set", "guard.monitor=M", "--set",
                "guard.reward=hybrid", "--quiet",
            ], files: [:],
            message:
                "M: cannot open: No such file or directory. Check the path, or restore the file from a copy.",
            status: CommandStatus.missingInput.rawValue),
        BadInput(
            name: "a monitor's reward, and a file that is no monitor",
            arguments: [
                "train", "cpo.json", "--set", "environment=point-robot", "--set", "guard.monitor=a.rules",
                "--set",
                "guard.reward=hybrid", "--quiet",
            ], files: ["a.rules": Array(wide.utf8)],
            message:
                "a.rules: not a valid safetensors file: a header of 734403894233036146 bytes is too large. Copy or convert the file again.",
            status: CommandStatus.badData.rawValue),
        configuration(
            "a monitor's reward for an algorithm that does not act",
            #"{"algorithm": "bc", "environment": "point-robot", "guard": {"monitor": "M", "reward": "safety"}}"#,
            "my.json:1:87: guard.reward = \"safety\": has no effect: bc learns from recordings and does not act. Write \"task\"."
        ),
    ]
}
