import ArgumentParser

/// `saferl sweep`.
struct SweepGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Try settings of a configuration, and look at what was tried.",
        subcommands: [SweepRun.self, SweepShow.self, SweepBest.self, SweepStop.self, SweepExport.self],
        defaultSubcommand: SweepRun.self)
}

/// `saferl sweep FILE`.
struct SweepRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Train with settings out of a space, in search of the best that keeps to all conditions.",
        discussion: """
            The file names a configuration, the space, what is sought and what has to hold (docs/sweep.md). Settings are \
            chosen by a grid, evenly, or by what earlier trials showed (TPE); trials that fall behind can be ended early \
            (ASHA, Hyperband). Each trial is a folder of ordinary runs below trials/.

            The command can be stopped or killed at any time and repeated: finished trials stay, interrupted ones go on, and \
            with --jobs 1 the study is the same as without. It is kept in sweep.sqlite, which this command alone writes.

            "saferl sweep FILE" is short for "saferl sweep run FILE". Exits with 3 where no trial keeps to all conditions.
            """)

    @Argument(help: ArgumentHelp("A sweep, as docs/sweep.md describes it.", valueName: "file")) var file:
        String
    @Option(
        help: ArgumentHelp(
            "Where study and runs go; Checkpoints/ and the file's name without it.", valueName: "dir"))
    var out: String?
    @Option(help: ArgumentHelp("Trials at a time.", valueName: "n")) var jobs = 1
    @Flag(name: .customLong("dry-run"), help: "Check the file, print what would be tried, and stop.")
    var isDry = false

    func validate() throws { try CountRange.check("jobs", jobs, in: CountRange.workers) }

    func run() throws {
        try SweepWork(file: file, out: out, jobs: jobs, isDry: isDry, registry: Session.registry).run()
    }
}

/// `saferl sweep show`.
struct SweepShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print all trials of a sweep, also while it runs.")

    @Argument(help: ArgumentHelp("The folder of a sweep.", valueName: "dir")) var folder: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws { try SweepFolder(folder).show(json: json) }
}

/// `saferl sweep best`.
struct SweepBest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "best",
        abstract: "Print the best trial that keeps to all conditions, with its settings and runs.",
        discussion: "Exits with 3 where there is none.")

    @Argument(help: ArgumentHelp("The folder of a sweep.", valueName: "dir")) var folder: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws { try SweepFolder(folder).best(json: json) }
}

/// `saferl sweep stop`.
struct SweepStop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "End the process that runs a sweep; its trials leave checkpoints.")

    @Argument(help: ArgumentHelp("The folder of a sweep.", valueName: "dir")) var folder: String

    func run() throws { try SweepFolder.stop(folder) }
}

/// `saferl sweep export`.
struct SweepExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a study for Optuna.",
        discussion: "The file is a log that Optuna's JournalStorage opens, and so optuna-dashboard.")

    @Argument(help: ArgumentHelp("The folder of a sweep.", valueName: "dir")) var folder: String
    @Option(help: ArgumentHelp("The file to write; one that is there is replaced.", valueName: "file"))
    var optuna: String

    func run() throws { try SweepFolder(folder).export(optuna: optuna) }
}
