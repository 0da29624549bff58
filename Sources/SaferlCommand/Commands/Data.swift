import ArgumentParser
import Replay
import Storage

/// `saferl data`.
struct DataGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Fetch dataset files, look at them, convert, filter, divide and merge them.",
        subcommands: [
            DataInfo.self, DataValidate.self, DataConvert.self, DataFilter.self, DataSplit.self,
            DataMerge.self,
            DataFetch.self, DataProvenance.self,
        ])
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

    @Argument(help: "An HDF5 file in DSRL layout.", completion: .file()) var file: String
    @Flag(help: "Print one JSON object instead of text.") var json = false
    @Option(
        help: ArgumentHelp(
            "Draw the returns of the episodes over their costs into this file, .svg or .pdf, and below the text.",
            valueName: "file"), completion: .file())
    var plot: String?
    @OptionGroup var bounds: ActionArguments

    func validate() throws {
        guard let plot, PlotFormat(ofPath: plot) == nil else { return }
        throw ValidationError("--plot \(plot): must end in .pdf or .svg.")
    }

    func run() throws {
        try DataWork(file: file, actions: bounds.actions).info(isJSON: json, plot: plot)
    }
}

/// `saferl data validate`.
struct DataValidate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Exit with 65 and name the first fault of a dataset, if it has one.")

    @Argument(help: "An HDF5 file in DSRL layout.", completion: .file()) var file: String
    @OptionGroup var bounds: ActionArguments

    func run() throws { try DataWork(file: file, actions: bounds.actions).validate() }
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

    @Argument(help: "A task, for example OfflineBallRun-v0 or BallRun.", completion: .task) var task: String
    @Option(
        help: ArgumentHelp(
            "Where the file goes; without it DSRL_DATASET_DIR, else ~/.dsrl/datasets, as for DSRL itself.",
            valueName: "dir"), completion: .directory)
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

/// `saferl data filter`.
struct DataFilter: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "filter",
        abstract: "Write a sparser, harder or worse copy of a dataset, by DSRL's filters.",
        discussion: """
            Whole episodes are kept or dropped, in this order: density, outliers, inpainting, epsilon, noise; rows after the \
            last end are left out. Ranges of costs and returns are the constants of the task, which the file's name or --task \
            tells, else what the file holds. Equal arguments give equal bytes.
            """)

    @Argument(help: "An HDF5 file in DSRL layout.", completion: .file()) var file: String
    @Option(help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file()) var out: String
    @Option(
        help: ArgumentHelp(
            "Thin out by the grid that DSRL publishes for the task under this name: 0.25, 0.5 or 0.75.",
            valueName: "name"))
    var density: Double?
    @Option(
        help: ArgumentHelp(
            """
            Thin out by a grid: cells along costs and along returns, most episodes of a cell, and how few of them are \
            dropped, for example 10,50,5,2.
            """, valueName: "c,r,most,least"), transform: Numbers.grid)
    var densityGrid: EpisodeGrid?
    @Option(
        help: ArgumentHelp(
            """
            Make this share of the episodes, of costly and rewarding ones, seem cheap: fewer costs than --cost-limit, rewards \
            1.5 times as large.
            """, valueName: "share"))
    var outliers: Double?
    @Option(
        help: ArgumentHelp(
            """
            Cut out a region, in shares of the ranges: costs from, to, and returns from, to within those costs, for example \
            0.25,0.75,0,0.5. May be given several times.
            """, valueName: "from,to,from,to"), transform: Numbers.region)
    var inpaint: [OutcomeRegion] = []
    @Option(
        help: ArgumentHelp(
            """
            Drop the episodes within --cost-limit whose return is at most so much below their best; below 0, those beyond it.
            """, valueName: "width"))
    var epsilon: Double?
    @Option(
        help: ArgumentHelp(
            "Add normal noise to observations, with so many of their standard deviations.", valueName: "scale"
        ))
    var noise: Float?
    @Option(
        help: ArgumentHelp(
            "The cost that an episode may have, for --outliers and --epsilon.", valueName: "cost"))
    var costLimit: Double?
    @Option(
        help: ArgumentHelp("The task; the file's name tells it otherwise.", valueName: "task"),
        completion: .task)
    var task: String?
    @Option(help: ArgumentHelp("Decides what is drawn.", valueName: "s")) var seed: UInt64 = 1
    @Flag(help: "Replace the file to write if it exists.") var force = false
    @OptionGroup var bounds: ActionArguments

    func validate() throws {
        if density == nil && densityGrid == nil && outliers == nil && inpaint.isEmpty && epsilon == nil
            && noise == nil
        {
            throw ValidationError(
                "no filter. Give --density, --density-grid, --outliers, --inpaint, --epsilon or --noise.")
        }
        if density != nil && densityGrid != nil {
            throw ValidationError("--density and --density-grid: give one of them.")
        }
        try Numbers.check("outliers", outliers, "above 0, at most 1") { $0 > 0 && $0 <= 1 }
        try Numbers.check("epsilon", epsilon, "a number other than 0") { $0 != 0 && $0.isFinite }
        try Numbers.check("noise", noise.map(Double.init), "above 0") { $0 > 0 && $0.isFinite }
        try Numbers.check("cost-limit", costLimit, "at least 0, at most 1e9") { $0 >= 0 && $0 <= 1e9 }
        guard outliers != nil || epsilon != nil else {
            if costLimit == nil { return }
            throw ValidationError("--cost-limit: without effect but for --outliers and --epsilon.")
        }
        guard let costLimit else { throw ValidationError("--outliers and --epsilon need --cost-limit.") }
        if outliers != nil && costLimit < 1 {
            throw ValidationError(
                "--cost-limit \(costLimit): must be at least 1 for --outliers, which cost less than it in whole steps."
            )
        }
    }

    func run() throws {
        var filters = DatasetFilters()
        (filters.density, filters.outliers, filters.gaps) = (densityGrid, outliers, inpaint)
        (filters.epsilon, filters.noise, filters.costLimit) = (epsilon, noise, costLimit)
        let work = FilterWork(
            file: file, target: NewFile(path: out, isForced: force), actions: bounds.actions,
            task: try task.map { try DSRLTask(argument: $0) }, density: density, filters: filters, seed: seed)
        try Output.write(work.run())
    }
}

/// `saferl data split`.
struct DataSplit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split",
        abstract: "Divide a dataset into the episodes within a cost limit and those beyond it.",
        discussion: "Rows after the last end are left out. One of the two files may be left away.")

    @Argument(help: "An HDF5 file in DSRL layout.", completion: .file()) var file: String
    @Option(
        help: ArgumentHelp("The largest sum of an episode's costs that is safe.", valueName: "cost"))
    var costLimit: Float
    @Option(help: ArgumentHelp("Where safe episodes go.", valueName: "file"), completion: .file()) var safe:
        String?
    @Option(help: ArgumentHelp("Where the others go.", valueName: "file"), completion: .file()) var unsafe:
        String?
    @Flag(help: "Replace files to write that exist.") var force = false
    @OptionGroup var bounds: ActionArguments

    func validate() throws {
        try Numbers.check("cost-limit", Double(costLimit), "at least 0, at most 1e9") { $0 >= 0 && $0 <= 1e9 }
        if safe == nil && unsafe == nil { throw ValidationError("Give --safe, --unsafe or both.") }
        if safe == unsafe { throw ValidationError("--safe and --unsafe: one file cannot be both.") }
    }

    func run() throws {
        let parts: [(CostSelection, String?)] = [(.safe, safe), (.unsafe, unsafe)]
        let work = SplitWork(
            file: file, actions: bounds.actions, limit: costLimit,
            parts: parts.compactMap { part, path in
                path.map { (selection: part, target: NewFile(path: $0, isForced: force)) }
            })
        try Output.write(work.run())
    }
}

/// `saferl data merge`.
struct DataMerge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Write the episodes of several datasets into one, in the order given.",
        discussion: "Rows after a file's last end are left out.")

    @Argument(
        help: ArgumentHelp("HDF5 files in DSRL layout, at least two.", valueName: "file"), completion: .file()
    )
    var files: [String]
    @Option(help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file()) var out: String
    @Flag(help: "Replace the file to write if it exists.") var force = false
    @OptionGroup var bounds: ActionArguments

    func validate() throws {
        if files.count < 2 { throw ValidationError("one file: give at least two to be merged.") }
    }

    func run() throws {
        let work = MergeWork(
            files: files, target: NewFile(path: out, isForced: force), actions: bounds.actions)
        try Output.write(work.run())
    }
}

/// Numbers with commas between them, and numbers in a range.
private enum Numbers {
    static func grid(_ text: String) throws -> EpisodeGrid {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let whole = numbers.compactMap(\.self)
        guard whole.count == 4, numbers.count == 4, whole.prefix(3).allSatisfy({ 1...100_000 ~= $0 }),
            0...100_000 ~= whole[3]
        else {
            throw ValidationError(
                "\(quoted(text)) is no grid. Give four whole numbers, such as 10,50,5,2, the first three at least 1."
            )
        }
        return EpisodeGrid(costBins: whole[0], returnBins: whole[1], most: whole[2], least: whole[3])
    }

    static func region(_ text: String) throws -> OutcomeRegion {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).compactMap { Double($0) }
        guard numbers.count == 4, numbers.allSatisfy({ $0 >= 0 && $0 <= 1 }), numbers[0] <= numbers[1],
            numbers[2] <= numbers[3]
        else {
            throw ValidationError(
                "\(quoted(text)) is no region. Give four shares from 0 to 1, such as 0.25,0.75,0,0.5, each \"from\" at "
                    + "most its \"to\".")
        }
        return OutcomeRegion(cost: numbers[0]...numbers[1], reward: numbers[2]...numbers[3])
    }

    static func check(_ name: String, _ value: Double?, _ domain: String, _ isWithin: (Double) -> Bool) throws
    {
        guard let value, !isWithin(value) else { return }
        throw ValidationError("--\(name) \(value): must be \(domain).")
    }
}
