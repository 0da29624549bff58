import ArgumentParser

/// `saferl data`.
struct DataGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Look at dataset files.",
        subcommands: [DataInfo.self, DataValidate.self])
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
