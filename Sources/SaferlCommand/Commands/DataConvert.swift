import ArgumentParser
import Replay
import Storage

extension DataFormat: ExpressibleByArgument {}

/// `saferl data convert`.
struct DataConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract:
            "Write a recording in another layout or format: DSRL, D4RL, Minari, NPZ, CSV, JSON Lines, Parquet.",
        discussion: """
            The ending of a file's name says its format: .csv, .jsonl or .ndjson, .npz, .parquet or .pq; anything else is HDF5, \
            and a directory one of Minari. --to says which kind of HDF5 is written: dsrl (without it), d4rl, minari (a directory) \
            or minari-hdf5 (its file alone). What a format cannot hold is refused, never left out.

            Tables have one row a step: columns episode, observation_0, action_0, reward, cost, terminal, timeout, \
            next_observation_0 and so on, or what --columns says. Costs of several channels are cost_NAME. In JSON Lines and \
            Parquet a list stands for its numbered columns. Parquet needs Python with pyarrow.

            Of HDF5 other names of columns are known (state, action, next_state, reward, cost, done, h and their like) and one \
            group an episode, as Minari writes them. A column "done" tells that an episode ends and not why: the step limit \
            divides it into time-outs and terminals.
            """)

    @Argument(help: "An HDF5 file, a directory of Minari, a table, or arrays of NumPy.", completion: .file())
    var file: String
    @Argument(help: "The file or directory to write.", completion: .file()) var out: String
    @Option(
        help: ArgumentHelp(
            "The format to write; the ending of its name tells it otherwise.", valueName: "format"))
    var to: DataFormat?
    @Option(
        help: ArgumentHelp(
            "A JSON file that says which column of the table is what (docs/data.md).", valueName: "map"),
        completion: .file())
    var columns: String?
    @Option(
        help: ArgumentHelp(
            "Steps after which an episode is cut; marks time-outs where no end is marked. 0: the task has no limit.",
            valueName: "steps"))
    var timeLimit: Int?
    @Flag(help: "Mark the last row as cut if it ends no episode.") var endLast = false
    @Flag(help: "The recording has no costs, as those of D4RL: 0 in every step. Without it they are needed.")
    var costFree = false
    @Flag(help: "Replace the file to write if it exists.") var force = false
    @OptionGroup var bounds: ActionArguments

    func validate() throws {
        if let timeLimit, timeLimit < 0 {
            throw ValidationError("--time-limit \(timeLimit): must be at least 0.")
        }
        let source = DataFormat(fileName: file)
        if columns != nil && !source.isTable {
            throw ValidationError(
                "--columns is for tables, and \(file) does not end in .csv, .jsonl, .ndjson or .parquet.")
        }
        let idle = [
            ("time-limit", timeLimit != nil), ("end-last", endLast), ("cost-free", costFree),
        ].first { $0.1 }
        if let idle, source.isTable || source == .arrays {
            let reason =
                idle.0 == "cost-free" ? "which need a column of costs" : "whose episodes are marked"
            throw ValidationError(
                "--\(idle.0) has no effect on \(source.title) files, \(reason). Leave it out.")
        }
        let named = DataFormat(fileName: out)
        if let to, to != named, to.isTable || to == .arrays || named != .dsrl {
            throw ValidationError(
                "--to \(to.rawValue): the name \(out) says \(named.title). Name the file otherwise, or leave --to out."
            )
        }
    }

    func run() throws {
        var conversion = DatasetConversion()
        (conversion.timeLimit, conversion.endsLastEpisode) = (timeLimit, endLast)
        (conversion.actions, conversion.isFreeOfCosts) = (bounds.actions, costFree)
        try ConversionWork(
            file: file, target: out, format: to ?? DataFormat(fileName: out), columns: columns,
            isForced: force, conversion: conversion
        ).run()
    }
}
