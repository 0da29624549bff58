import ArgumentParser

/// `saferl sweep`.
struct SweepGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Try settings of a configuration, and look at what was tried.",
        subcommands: [
            SweepRun.self, SweepShow.self, SweepBest.self, SweepStop.self, SweepExport.self, SweepTask.self,
        ],
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

            With --on slurm the runs are jobs of SLURM, submitted as arrays from the folder that the command is called in, which \
            all nodes must see. Jobs whose driver was killed go on, and are taken up by the next one.

            "saferl sweep FILE" is short for "saferl sweep run FILE". Exits with 3 where no trial keeps to all conditions.
            """)

    @Argument(help: ArgumentHelp("A sweep, as docs/sweep.md describes it.", valueName: "file")) var file:
        String
    @Option(
        help: ArgumentHelp(
            "Where study and runs go; Checkpoints/ and the file's name without it.", valueName: "dir"))
    var out: String?
    @Option(help: ArgumentHelp("Trials at a time.", valueName: "n")) var jobs = 1
    @Option(
        name: .customLong("on"),
        help: ArgumentHelp("Where runs are carried out: local or slurm.", valueName: "place"))
    var place = SweepPlace.local
    @Option(help: ArgumentHelp("With slurm: the partition.", valueName: "name")) var partition: String?
    @Option(
        help: ArgumentHelp(
            "With slurm: most time of a job, such as 2:00:00; two minutes before, it leaves a checkpoint.",
            valueName: "time"))
    var time: String?
    @Option(help: ArgumentHelp("With slurm: cores of a job. (default: 2)", valueName: "n")) var cpus: Int?
    @Option(help: ArgumentHelp("With slurm: memory of a job. (default: 4G)", valueName: "size"))
    var memory: String?
    @Option(
        help: ArgumentHelp(
            "With slurm: a further option of sbatch, such as --account=x; may be repeated.",
            valueName: "option"))
    var sbatch: [String] = []
    @Flag(
        name: .customLong("dry-run"),
        help: "Check the file, print what would be tried and, for slurm, the first script, and stop.")
    var isDry = false

    func validate() throws {
        try CountRange.check("jobs", jobs, in: CountRange.workers)
        try CountRange.check("cpus", cpus, in: CountRange.workers)
        let given = [
            ("partition", partition != nil), ("time", time != nil), ("cpus", cpus != nil),
            ("memory", memory != nil), ("sbatch", !sbatch.isEmpty),
        ]
        if place == .local, let first = given.first(where: \.1) {
            throw ValidationError("--\(first.0) has no effect without --on slurm.")
        }
        for (name, text) in [("partition", partition), ("time", time), ("memory", memory)]
            + sbatch.map({ ("sbatch", Optional($0)) })
        where text.map({ $0.isEmpty || $0.contains(where: \.isNewline) }) ?? false {
            throw ValidationError("--\(name): must be one line that is not empty.")
        }
        if let other = sbatch.first(where: { !$0.hasPrefix("-") }) {
            throw ValidationError(
                "--sbatch \(other): must be an option of sbatch, such as --sbatch=--account=x.")
        }
    }

    func run() throws {
        let options = SlurmOptions(
            partition: partition, time: time, cpus: cpus ?? 2, memory: memory ?? "4G", further: sbatch)
        try SweepWork(
            file: file, out: out, jobs: jobs, slurm: place == .slurm ? options : nil, isDry: isDry,
            registry: Session.registry
        ).run()
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

/// Where the runs of a sweep are carried out.
enum SweepPlace: String, CaseIterable, ExpressibleByArgument {
    /// As processes of this machine.
    case local
    /// As jobs of SLURM.
    case slurm
}

/// `saferl sweep trial`.
struct SweepTask: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trial",
        abstract: "Carry out a trial of a sweep: what a job of SLURM does.",
        discussion: """
            "saferl sweep --on slurm" writes what is to be done into the trial's folder and submits this command. It trains, gives \
            a sign of life every half minute, and leaves how it ended. A second copy of a job ends with 73 at once.
            """)

    @Argument(help: ArgumentHelp("The folder of a sweep.", valueName: "dir")) var folder: String
    @Option(help: ArgumentHelp("The trial.", valueName: "n")) var number: Int

    func validate() throws { try CountRange.check("number", number, in: 0...1_000_000) }

    func run() throws { try TaskWork(folder: folder, number: number).run() }
}
