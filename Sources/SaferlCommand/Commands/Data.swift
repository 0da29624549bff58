import ArgumentParser

/// `saferl data`.
struct DataGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Fetch dataset files and look at them.",
        subcommands: [DataInfo.self, DataValidate.self, DataFetch.self])
}

/// `saferl data info`.
struct DataInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show episodes, lengths, return and cost, cost rate and faults of a dataset.")

    @Argument(help: "An HDF5 file in DSRL layout.") var file: String
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func run() throws { try DataWork(file: file).info(isJSON: json) }
}

/// `saferl data validate`.
struct DataValidate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Exit with 65 and name the first fault of a dataset, if it has one.")

    @Argument(help: "An HDF5 file in DSRL layout.") var file: String

    func run() throws { try DataWork(file: file).validate() }
}

/// `saferl data fetch`.
struct DataFetch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Download the official file of a DSRL task.",
        discussion: """
            What an earlier call left unfinished is continued; a file that is there is never overwritten. The SHA-256 is \
            compared with the one that the server states, if it does, and recorded beside the file. Needs curl, which \
            takes a proxy from https_proxy.
            """)

    @Argument(help: "A task, for example OfflineBallRun-v0 or BallRun.") var task: String
    @Option(
        help: ArgumentHelp(
            "Where the file goes; without it DSRL_DATASET_DIR, else ~/.dsrl/datasets, as for DSRL itself.",
            valueName: "dir"))
    var out: String?
    @Option(
        help: ArgumentHelp(
            "Another address of the folder that holds the official files: a mirror.", valueName: "url"))
    var from: String?

    func validate() throws {
        guard let from else { return }
        guard from.hasPrefix("https://") || from.hasPrefix("http://") else {
            throw ValidationError("--from \(from): must begin with https:// or http://.")
        }
    }

    func run() throws { try FetchWork(task: task, out: out, from: from).run() }
}
