import ArgumentParser
import Comparison

/// `saferl compare`.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare methods over seeds and tasks, with intervals.",
        discussion: """
            Reads evaluation/report.json of each run and trains nothing. Runs whose configurations differ only in seed, \
            environment, data and evaluation are one method. Every method needs the same tasks, with the same number of \
            seeds in each, judged by the same protocol; what cannot be compared is refused by name.

            Shown are mean, median and interquartile mean of the (normalised) return and the optimality gap, with 95 % \
            intervals of runs drawn anew within each task; cost, in limits; the probability that one method returns more \
            than another; and the order that puts safety first: by the share of runs within the limit, then by what these \
            return. With fewer than 3 seeds nothing is put in order. The intervals are approximate.

            With --out, comparison.json and comparison.md are written into a folder.
            """)

    @Argument(help: ArgumentHelp("Run directories, evaluated.", valueName: "run"), completion: .directory)
    var directories: [String]
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Compare the methods of the runs before with those of these alone; every pair without it.",
            valueName: "run"), completion: .directory)
    var against: [String] = []
    @Option(
        name: .customLong("group"),
        help: ArgumentHelp(
            "Tell methods apart by this key of their configurations instead; may be repeated.",
            valueName: "key"), completion: .key)
    var keys: [String] = []
    @Option(
        help: ArgumentHelp(
            "Judge all costs by this limit; without it each task's own, where its evaluation has one.",
            valueName: "cost"))
    var limit: Double?
    @Option(
        help: ArgumentHelp(
            "Where each run's evaluation lies (default: evaluation/report.json).", valueName: "path"),
        completion: .file())
    var report = "evaluation/report.json"
    @Option(help: ArgumentHelp("How often runs are drawn anew.", valueName: "n")) var resamples = 50_000
    @Option(help: ArgumentHelp("Seed of these draws.", valueName: "s")) var seed: UInt64 = 0
    @Option(
        help: ArgumentHelp("The folder to write into; it is made.", valueName: "dir"), completion: .directory)
    var out: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if let limit, !(limit >= 0 && limit.isFinite) {
            throw ValidationError("--limit \(limit): must be a number that is not negative.")
        }
        if !(100...10_000_000).contains(resamples) {
            throw ValidationError("--resamples \(resamples): must be in 100 … 10000000.")
        }
    }

    func run() throws {
        try CompareWork(
            directories: directories, against: against, keys: keys, limit: limit, report: report,
            bootstrap: StratifiedBootstrap(repetitions: resamples, seed: seed), out: out, printsJSON: json
        ).run()
    }
}
