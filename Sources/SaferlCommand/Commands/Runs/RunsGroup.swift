import ArgumentParser

/// `saferl runs`.
struct RunsGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List, show, compare, tag and remove run directories.",
        subcommands: [
            RunsList.self, RunsShow.self, RunsDiff.self, RunsTag.self, RunsRemove.self,
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
        abstract: "Show one run: what it is, where it stands, how it was judged and what is claimed of it.")

    @Argument(help: ArgumentHelp("A run directory.", valueName: "run"), completion: .directory) var directory:
        String
    @Flag(help: "Print JSON.") var json = false

    func run() throws { try RunShowing(directory: directory, printsJSON: json).run() }
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
