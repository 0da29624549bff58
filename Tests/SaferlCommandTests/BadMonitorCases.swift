import SaferlCommand

// Labels, monitors and logs that cannot be used, and rates that are none.
extension BadInput {
    private static func bad(
        _ name: String, _ arguments: [String], _ files: [String: String], _ message: String,
        _ status: CommandStatus = .badData
    ) -> BadInput {
        BadInput(
            name: name, arguments: arguments, files: files.mapValues { Array($0.utf8) }, message: message,
            status: status.rawValue)
    }

    private static let head =
        #"{"labels":1,"environment":"e","policy":"p","rollouts":4,"horizon":9,"seed":1,"recoveries":["r"],"#
        + #""features":{"observation_size":1,"action_size":1},"costs":["cost"],"episodes":1,"steps":1}"#
    private static let row =
        #"{"episode":0,"step":0,"observation":[0.5],"action":[0.5],"costs":[0],"policy_violations":null,"#
        + #""recovery_violations":null,"channels":[],"irrecoverable":null,"label":"safe","seed":1,"return":0}"#
    private static let train = ["guard", "train-monitor", "L.jsonl", "--out", "M"]

    static let monitors: [BadInput] = [
        bad(
            "labels of no file", train, [:],
            "L.jsonl: cannot open: No such file or directory. Check the path, or restore the file from a copy.",
            .missingInput),
        bad(
            "labels without a head", train, ["L.jsonl": row + "\n"],
            "L.jsonl: no head of labels in row 1. Write the file by \"saferl guard label\"."),
        bad(
            "labels of a later format", train,
            ["L.jsonl": head.replacing(#""labels":1"#, with: #""labels":2"#) + "\n" + row + "\n"],
            "L.jsonl: has format 2, and this saferl reads 1. Read it with a later saferl."),
        bad(
            "labels cut off", train, ["L.jsonl": head + "\n"],
            "L.jsonl: 0 episodes of 0 steps, where its head promises 1 of 1. Label again, or restore the file from a copy."
        ),
        bad(
            "a label with features of another size", train,
            ["L.jsonl": head + "\n" + row.replacing("[0.5],\"action\"", with: "[0.5, 1],\"action\"") + "\n"],
            "L.jsonl: row 2: observation is not 1 finite numbers. Label again, or restore the file from a copy."
        ),
        bad(
            "a count above the roll-outs", train,
            [
                "L.jsonl": head + "\n"
                    + row.replacing(#""policy_violations":null"#, with: #""policy_violations":5"#) + "\n"
            ],
            "L.jsonl: row 2: policy_violations is no count up to 4. Label again, or restore the file from a copy."
        ),
        bad(
            "too few labels", train, ["L.jsonl": head + "\n" + row + "\n"],
            "monitor: 1 episodes, 0 of them with an unsafe step and 1 with a safe one. Label at least 10, of which at least 4 have unsafe steps and 4 safe ones."
        ),
        usage(
            "a risk of 1", ["guard", "calibrate", "run", "--out", "r.json", "--alpha", "0.1,0.5,1"],
            "--alpha 1.0: must be between 0 and 1. See \"saferl guard calibrate --help\"."),
        usage(
            "risks that do not rise",
            ["guard", "calibrate", "run", "--out", "r.json", "--alpha", "0.1,0.05,0.2"],
            "--alpha 0.1,0.05,0.2: give three that rise, such as 0.01,0.05,0.2. See \"saferl guard calibrate --help\"."
        ),
        usage(
            "a confidence of 0", ["guard", "calibrate", "run", "--out", "r.json", "--delta", "0"],
            "--delta 0.0: must be between 0 and 1. See \"saferl guard calibrate --help\"."),
        usage(
            "no episode to calibrate on",
            ["guard", "calibrate", "run", "--out", "r.json", "--episodes", "0"],
            "--episodes 0: must be at least 1. See \"saferl guard calibrate --help\"."),
        usage(
            "labels without a recovery", ["guard", "label", "run", "--out", "L.jsonl"],
            "Missing expected argument '--recovery <name> ...'. See \"saferl guard label --help\"."),
        bad(
            "a log that is none", ["guard", "why", "guard.jsonl", "--step", "0"], ["guard.jsonl": "{}\n"],
            "guard.jsonl: no head of a guard's log in row 1. Name a guard.jsonl."),
        bad(
            "a step without a line", ["guard", "why", "guard.jsonl", "--step", "7"],
            ["guard.jsonl": "{\"guard\": 1}\n{\"episode\": 0, \"step\": 1, \"outcome\": \"stopped\"}\n"],
            "guard.jsonl: no line of step 7. Where a guard changed nothing it writes none, unless the log is of all steps."
        ),
        bad(
            "a log cut off", ["guard", "why", "guard.jsonl", "--step", "7"],
            ["guard.jsonl": "{\"guard\": 1}\n{\"episode\": 0, \"st"],
            "guard.jsonl: row 2, column 16: text that does not end. Close it with a quotation mark."),
    ]
}
