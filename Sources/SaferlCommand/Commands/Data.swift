import ArgumentParser
import Replay

/// `saferl data`.
struct DataGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Fetch dataset files, look at them, convert them.",
        subcommands: [DataInfo.self, DataValidate.self, DataConvert.self, DataFetch.self])
}

extension ActionRule: ExpressibleByArgument {}

/// What becomes of actions that the simulator may have clipped.
struct ActionArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Of actions beyond [-1, 1]: auto clips if the simulator of the file's task does, else refuses; clip; refuse.",
            valueName: "rule"))
    var actions: ActionRule = .auto
}

/// `saferl data info`.
struct DataInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show episodes, lengths, return and cost, cost rate and faults of a dataset.")

    @Argument(help: "An HDF5 file in DSRL layout.") var file: String
    @Flag(help: "Print one JSON object instead of text.") var json = false
    @OptionGroup var bounds: ActionArguments

    func run() throws { try DataWork(file: file, actions: bounds.actions).info(isJSON: json) }
}

/// `saferl data validate`.
struct DataValidate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Exit with 65 and name the first fault of a dataset, if it has one.")

    @Argument(help: "An HDF5 file in DSRL layout.") var file: String
    @OptionGroup var bounds: ActionArguments

    func run() throws { try DataWork(file: file, actions: bounds.actions).validate() }
}

/// `saferl data convert`.
struct DataConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a recording of another layout in DSRL layout.",
        discussion: """
            Knows other names of columns (state, action, next_state, reward, cost, done, h and their like) and one group an \
            episode, as Minari writes them. A column "done" tells that an episode ends and not why: the step limit divides it \
            into time-outs and terminals.
            """)

    @Argument(help: "An HDF5 file.") var file: String
    @Argument(help: "The file to write.") var out: String
    @Option(
        help: ArgumentHelp(
            "Steps after which an episode is cut; marks time-outs where no end is marked. 0: the task has no limit.",
            valueName: "steps"))
    var timeLimit: Int?
    @Flag(help: "Mark the last row as cut if it ends no episode.") var endLast = false
    @Flag(help: "Replace the file to write if it exists.") var force = false
    @OptionGroup var bounds: ActionArguments

    func validate() throws {
        guard let timeLimit, timeLimit < 0 else { return }
        throw ValidationError("--time-limit \(timeLimit): must be at least 0.")
    }

    func run() throws {
        var conversion = DatasetConversion()
        (conversion.timeLimit, conversion.endsLastEpisode) = (timeLimit, endLast)
        conversion.actions = bounds.actions
        try ConversionWork(file: file, target: out, isForced: force, conversion: conversion).run()
    }
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

    @Option(
        help: ArgumentHelp(
            "Most gigabytes to take where the server states no length.", valueName: "n"))
    var maxGigabytes = 4.0

    func validate() throws {
        guard maxGigabytes > 0 && maxGigabytes <= 1e6 else {
            throw ValidationError("--max-gigabytes \(maxGigabytes): must be above 0, at most 1000000.")
        }
        guard let from else { return }
        guard from.hasPrefix("https://") || from.hasPrefix("http://") else {
            throw ValidationError("--from \(from): must begin with https:// or http://.")
        }
    }

    func run() throws {
        try FetchWork(task: task, out: out, from: from, unstatedLimit: Int(maxGigabytes * 1e9)).run()
    }
}
