import ArgumentParser

/// `saferl runs`.
struct RunsGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List, show, compare, tag, export and remove run directories.",
        subcommands: [
            RunsList.self, RunsShow.self, RunsDiff.self, RunsTag.self, RunsExport.self, RunsRemove.self,
        ])
}

/// `saferl runs list`.
struct RunsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the runs below folders, the oldest first.",
        discussion: """
            The directories are the truth: there is no registry. Links are not followed, and what lies inside of a run is no \
            run of its own.

            With --where, only runs of which a condition is true, over what their files say: manifest, config, evaluation and \
            certificate (the newest). What a run does not say is unknown, and not true. For example:

              --where 'evaluation.cost_mean <= 5 && manifest.algorithm == "fisor"'
            """)

    @Argument(help: ArgumentHelp("Folders to look in.", valueName: "dir"), completion: .directory)
    var folders: [String] = ["Checkpoints"]
    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Only runs of which this is true.", valueName: "condition"))
    var condition: String?
    @Option(help: ArgumentHelp("Only runs with this tag; may be repeated.", valueName: "tag"))
    var tag: [String] = []
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        try RunListing(folders: folders, condition: condition, tags: tag, printsJSON: json).run()
    }
}

/// `saferl runs show`.
struct RunsShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one run: what it is, where it stands, how it was judged and what is claimed of it.",
        discussion:
            "With --events, what its event file holds under each tag; every record is checked, and damage named by its place."
    )

    @Argument(help: ArgumentHelp("A run directory.", valueName: "run"), completion: .directory) var directory:
        String
    @Flag(help: "Read and check the event file instead.") var events = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        if events { return try EventShowing(directory: directory, printsJSON: json).run() }
        try RunShowing(directory: directory, printsJSON: json).run()
    }
}

/// `saferl runs diff`.
struct RunsDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show in what two runs differ: configuration, data, versions, then figures.",
        discussion:
            "Nothing is said of whether the figures differ by chance; saferl compare does that, over seeds.")

    @Argument(help: ArgumentHelp("A run directory.", valueName: "run"), completion: .directory) var first:
        String
    @Argument(help: ArgumentHelp("Another.", valueName: "other")) var second: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws { try RunDifference(first: first, second: second, printsJSON: json).run() }
}

/// `saferl runs tag`.
struct RunsTag: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag",
        abstract: "Add tags to runs, or take them away.",
        discussion: "They lie in tags.json of each run. Without --add and --remove they are shown.")

    @Argument(help: ArgumentHelp("Run directories.", valueName: "run"), completion: .directory)
    var directories: [String]
    @Option(
        help: ArgumentHelp("A tag to add: letters, digits, dots, - and _; may be repeated.", valueName: "tag")
    )
    var add: [String] = []
    @Option(help: ArgumentHelp("A tag to take away; may be repeated.", valueName: "tag"))
    var remove: [String] = []

    func run() throws { try RunTagging(directories: directories, adding: add, removing: remove).run() }
}

/// `saferl runs export`.
struct RunsExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write runs as other programs keep them: TensorBoard's event files, MLflow's folders.",
        discussion: """
            --tensorboard writes an event file for each run into a folder of its own, from metrics.jsonl, whether or not the \
            run has one; with --histograms also how the weights of each network are spread in every checkpoint that is kept \
            (schedule.keep). --mlflow writes an experiment in MLflow's folders: metrics, parameters, tags. MLflow 3.13 and \
            later read these where MLFLOW_ALLOW_FILE_STORE=true is set, or after "mlflow migrate-filestore".
            """)

    @Argument(help: ArgumentHelp("Run directories.", valueName: "run")) var directories: [String]
    @Option(help: ArgumentHelp("The folder for event files; it is made.", valueName: "dir"))
    var tensorboard: String?
    @Option(help: ArgumentHelp("The folder for MLflow; it is made, and must be empty.", valueName: "dir"))
    var mlflow: String?
    @Flag(help: "With --tensorboard, also histograms of weights.") var histograms = false

    func validate() throws {
        if tensorboard == nil && mlflow == nil {
            throw ValidationError("nothing to write. Give --tensorboard DIR or --mlflow DIR.")
        }
        if histograms && tensorboard == nil {
            throw ValidationError("--histograms has no effect without --tensorboard DIR. Leave it out.")
        }
    }

    func run() throws {
        if let tensorboard {
            try EventExport(directories: directories, folder: tensorboard, addsHistograms: histograms).run()
        }
        if let mlflow { try MLflowExport(directories: directories, folder: mlflow).run() }
    }
}

/// `saferl runs rm`.
struct RunsRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Move runs to .trash beside them, or empty that.",
        discussion: """
            A run in which a process trains is not moved, nor one that holds a claim, unless --claimed says so. Whoever wants a \
            run back moves its directory back. --empty-trash removes for good what lies in .trash of the folders that are named.
            """)

    @Argument(
        help: ArgumentHelp(
            "Run directories; with --empty-trash folders that have a .trash.", valueName: "run"),
        completion: .directory)
    var directories: [String]
    @Flag(help: "Do not ask.") var yes = false
    @Flag(help: "Also runs that hold certificates, verdicts or other claims.") var claimed = false
    @Flag(name: .customLong("empty-trash"), help: "Remove for good what was moved before.") var emptiesTrash =
        false

    func validate() throws {
        if emptiesTrash && claimed {
            throw ValidationError("--claimed is about runs that are moved. Leave it out with --empty-trash.")
        }
    }

    func run() throws {
        try RunRemoval(
            directories: directories, asks: !yes, takesClaimed: claimed, emptiesTrash: emptiesTrash
        ).run()
    }
}
