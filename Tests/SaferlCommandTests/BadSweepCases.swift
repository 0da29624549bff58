import SaferlCommand

// Sweeps, event files and exports that cannot be done.
extension BadInput {
    private static func sweep(
        _ name: String, _ changes: [String: String] = [:], arguments: [String] = [], _ message: String,
        _ status: CommandStatus = .configuration
    ) -> BadInput {
        let files: [String: [UInt8]] = [
            "sweep.json": Array(SweepFiles.sweep(changes).utf8), "bc.json": Array(SweepFiles.base.utf8),
        ]
        return BadInput(
            name: "sweep " + name, arguments: ["sweep", "sweep.json"] + arguments, files: files,
            message: message, status: status.rawValue)
    }

    static let sweeps: [BadInput] = [
        sweep(
            "of an unknown key", ["space": #"{"bc.rate": {"real": [0, 1]}}"#],
            "--set bc.rate=0.0: unknown key. Known keys: bc.episodes, bc.rows, bc.learningRate, bc.widths."),
        sweep(
            "beyond the domain of a key", ["space": #"{"bc.learningRate": {"real": [-1, 1]}}"#],
            "--set bc.learningRate=-1.0: must be a number in (0, 1]. The default is 0.001."),
        sweep(
            "with a space that is none", ["space": "3"],
            "sweep.json:1:85: space: an object of keys is needed, such as {\"fisor.rewardExpectile\": {\"real\": [0.6, 0.95]}}."
        ),
        BadInput(
            name: "sweep without its file", arguments: ["sweep", "nix.json"],
            message:
                "nix.json: cannot open: No such file or directory. Check the path, or restore the file from a copy.",
            status: CommandStatus.missingInput.rawValue),
        usage(
            "sweep with memory of no cluster", ["sweep", "sweep.json", "--memory", "4G"],
            "--memory has no effect without --on slurm. See \"saferl sweep run --help\"."),
        usage(
            "sweep with a partition of no cluster", ["sweep", "sweep.json", "--partition", "p"],
            "--partition has no effect without --on slurm. See \"saferl sweep run --help\"."),
        usage(
            "sweep with a word that is no option of sbatch",
            ["sweep", "sweep.json", "--on", "slurm", "--sbatch", "account"],
            "--sbatch account: must be an option of sbatch, such as --sbatch=--account=x. See \"saferl sweep run --help\"."
        ),
        usage(
            "sweep with a time of two lines", ["sweep", "sweep.json", "--on", "slurm", "--time", "1\n2"],
            "--time: must be one line that is not empty. See \"saferl sweep run --help\"."),
        usage(
            "sweep with a job of no cores", ["sweep", "sweep.json", "--on", "slurm", "--cpus", "0"],
            "--cpus 0: must be at least 1. See \"saferl sweep run --help\"."),
        BadInput(
            name: "trial of no sweep", arguments: ["sweep", "trial", "s", "--number", "0"], files: [:],
            message: "s/trials/0000: no task of a sweep. saferl sweep --on slurm writes it; begin it there.",
            status: CommandStatus.missingInput.rawValue),
        usage(
            "sweep with no job", ["sweep", "sweep.json", "--jobs", "0"],
            "--jobs 0: must be at least 1. See \"saferl sweep run --help\"."),
        BadInput(
            name: "sweep that is not there, shown", arguments: ["sweep", "show", "nowhere"],
            message: "nowhere: no sweep. Name the folder of one, or begin it with saferl sweep FILE.",
            status: CommandStatus.missingInput.rawValue),
        BadInput(
            name: "sweep that is not there, stopped", arguments: ["sweep", "stop", "nowhere"],
            message: "nowhere: no sweep. Name the folder of one.",
            status: CommandStatus.missingInput.rawValue),
        BadInput(
            name: "sweep whose study is none", arguments: ["sweep", "best", "s"],
            files: ["s/sweep.sqlite": Array("this is no database of SQLite, whatever its name says".utf8)],
            message:
                "s/sweep.sqlite: file is not a database. Restore the file from a copy, or begin the sweep in another folder.",
            status: CommandStatus.badData.rawValue),
        BadInput(
            name: "events of a run without", arguments: ["runs", "show", "run", "--events"],
            files: TinyRun.files.filter { !$0.key.hasPrefix("run/events") },
            message: "run: no event file. Make one: saferl runs export run --tensorboard DIR",
            status: CommandStatus.missingInput.rawValue),
        usage(
            "export to nowhere", ["runs", "export", "run"],
            "nothing to write. Give --tensorboard DIR or --mlflow DIR. See \"saferl runs export --help\"."),
        usage(
            "histograms without event files", ["runs", "export", "run", "--mlflow", "m", "--histograms"],
            "--histograms has no effect without --tensorboard DIR. Leave it out. See \"saferl runs export --help\"."
        ),
        usage(
            "unknown choice of events", ["train", "--events", "yes"],
            "The value 'yes' is invalid for '--events <events>'. Please provide one of 'on', 'timeless' or 'off'. See \"saferl train --help\"."
        ),
        BadInput(
            name: "export of two runs of one name",
            arguments: ["runs", "export", "run", "run/", "--tensorboard", "t"], files: TinyRun.files,
            message: "run: has the name of run. Export them into folders of their own.",
            status: CommandStatus.usage.rawValue),
        BadInput(
            name: "export for MLflow into a folder with files",
            arguments: ["runs", "export", "run", "--mlflow", "run"], files: TinyRun.files,
            message: "run: is not empty. Name a folder that is not there yet.",
            status: CommandStatus.usage.rawValue),
    ]
}

/// Files of small sweeps.
enum SweepFiles {
    static let base = """
        {"algorithm": "bc", "environment": "point-robot", "data": {"collect": {"transitions": 200}},
         "bc": {"widths": [4], "rows": 8}, "schedule": {"steps": 20, "log": 2, "checkpoint": 5}, "evaluation": {"episodes": 2}}
        """

    /// A sweep with some members changed, or left out where they are empty.
    static func sweep(_ changes: [String: String]) -> String {
        var members = [
            "base": #""bc.json""#, "maximise": #""evaluation.return_mean""#, "search": #""tpe""#,
            "trials": "3", "space": #"{"bc.learningRate": {"real": [1e-4, 1e-1], "log": true}}"#,
        ]
        for (key, value) in changes { members[key] = value == "" ? nil : value }
        return "{"
            + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
            .joined(separator: ", ") + "}"
    }
}
