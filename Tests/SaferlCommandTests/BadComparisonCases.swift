import SaferlCommand

extension BadInput {
    private static func comparing(
        _ name: String, _ arguments: [String], _ changes: [String: [UInt8]], _ message: String,
        _ status: CommandStatus
    ) -> BadInput {
        BadInput(
            name: "comparing " + name, arguments: ["compare"] + arguments,
            files: ComparableRuns.methods.merging(changes) { $1 }, message: message, status: status.rawValue)
    }

    static let comparisons: [BadInput] = [
        comparing(
            "what is no run", ["safe-0", "nowhere"], [:],
            "nowhere: holds no run. Check the path, or start one with \"saferl train\".", .missingInput),
        comparing(
            "a run without an evaluation", ["safe-0", "--report", "judged/report.json"], [:],
            "safe-0/judged/report.json: the run has no evaluation there. Make one with \"saferl evaluate safe-0 --out "
                + "safe-0/judged\".", .missingInput),
        comparing(
            "a report that is none", ["safe-0"], ["safe-0/evaluation/report.json": Array("{}".utf8)],
            "safe-0/evaluation/report.json: not the report of an evaluation. Evaluate the run anew.", .badData
        ),
        comparing(
            "a report of an earlier state", ["safe-0", "late"],
            ComparableRuns.run("late", seed: 9, (0.1, 1), step: 5),
            "late/evaluation/report.json: judges the run after 5 updates, and it has 10. Evaluate the run anew.",
            .badData),
        comparing(
            "one seed with itself", ["safe-0", "twin"], ComparableRuns.run("twin", seed: 0, (0.1, 1)),
            "twin: has the method, task and seed of safe-0. Leave one out, or name a key that tells them apart with --group.",
            .badData),
        comparing(
            "other numbers of episodes", ["safe-0", "few"],
            ComparableRuns.run("few", seed: 9, (0.1, 1), episodes: 5),
            "few: judged over 5 episodes, safe-0 over 20, so the two cannot be compared. Evaluate them alike.",
            .badData),
        comparing(
            "other seeds of evaluations", ["safe-0", "safe-1", "other"],
            ComparableRuns.run("other", seed: 9, (0.1, 1), evaluationSeed: 8),
            "other: judged with the seed 8, safe-0 with 7, so the two cannot be compared. Evaluate them alike.",
            .badData),
        comparing(
            "a task that one method lacks", ["safe-0", "rich-0", "mass"],
            ComparableRuns.run("mass", seed: 0, task: "point-mass", (0.1, 1)),
            "rich-0: its method has 0 runs in point-mass and 1 in point-robot. Give as many for each task, or name the keys that tell "
                + "methods apart with --group.", .badData),
        comparing(
            "a method with itself", ["safe-0", "safe-1", "--against", "safe-2"], [:],
            "--against: runs of bc stand on both sides. Put all of a method on one side.", .usage),
        comparing(
            "by a key that there is not", ["safe-0", "--group", "bc.widht"], [:],
            "--group bc.widht: the configuration of safe-0 has no such key; its config.resolved.json has all it has.",
            .usage),
        usage(
            "a limit below 0", ["compare", "safe-0", "--limit=-1"],
            "--limit -1.0: must be a number that is not negative. See \"saferl compare --help\"."),
        usage(
            "too few draws", ["compare", "safe-0", "--resamples", "5"],
            "--resamples 5: must be in 100 … 10000000. See \"saferl compare --help\"."),
    ]
}

extension BadInput {
    private static func listing(
        _ name: String, _ arguments: [String], _ message: String, _ status: CommandStatus
    ) -> BadInput {
        BadInput(
            name: "runs: " + name, arguments: ["runs"] + arguments,
            files: ComparableRuns.run("Checkpoints/a", seed: 0, (0.2, 5)), message: message,
            status: status.rawValue)
    }

    static let runDirectories: [BadInput] = [
        listing(
            "a folder that there is not", ["list", "nix"],
            "nix: no such folder. Name the one that holds the runs.", .missingInput),
        listing(
            "a condition about nothing", ["list", "--where", "metrics.loss < 1"],
            "--where: a run has no \"metrics\". Begin with one of manifest, config, evaluation, certificate.",
            .usage),
        BadInput(
            name: "runs: an evaluation that is none", arguments: ["runs", "show", "a"],
            files: ComparableRuns.run("a", seed: 0, (0.2, 5)).merging(
                ["a/evaluation/report.json": Array("{}".utf8)]
            ) { $1 },
            message: "a/evaluation/report.json: not the report of an evaluation. Evaluate the run anew.",
            status: CommandStatus.badData.rawValue),
        listing(
            "half a condition", ["list", "--where", "manifest.seed >"],
            "--where: column 16: the end where a value should stand. Mend the condition there.", .usage),
        listing(
            "a word that is no tag", ["tag", "Checkpoints/a", "--add", "a b"],
            "tag \"a b\": may have letters, digits, dots, - and _, 64 at most. Choose another word.", .usage),
        listing(
            "a tag of what is no run", ["tag", "Checkpoints", "--add", "x"],
            "Checkpoints: holds no run. Check the path, or start one with \"saferl train\".", .missingInput),
        listing(
            "an empty trash", ["rm", "--empty-trash", "Checkpoints", "--yes"],
            "Checkpoints/.trash: there is none. Name the folder that has it.", .missingInput),
        listing(
            "what is no run", ["show", "Checkpoints"],
            "Checkpoints: holds no run. Check the path, or start one with \"saferl train\".", .missingInput),
        usage(
            "runs: two ways to remove", ["runs", "rm", "Checkpoints", "--empty-trash", "--claimed"],
            "--claimed is about runs that are moved. Leave it out with --empty-trash. See \"saferl runs rm --help\"."
        ),
    ]
}
