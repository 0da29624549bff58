import ArgumentParser
import SafeRL

/// `saferl benchmark`.
struct Benchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train and judge methods on tasks with several seeds, and print the table.",
        discussion: """
            The file lists tasks, methods and seeds (docs/benchmark.md). Each training run is a folder of its own, where \
            saferl's other commands find it; runs go on side by side, a core each. Whatever is finished is kept: the \
            command can be stopped or killed at any time and repeated. Every policy is judged by fresh episodes at \
            each cost limit of its task, and certified there where the file asks for that.

            Writes table.md, table.csv, table.json and table.tex, with means over limits and seeds, intervals over seeds, \
            and published scores beside them where limits and task are the benchmark's.
            """)

    @Argument(
        help: ArgumentHelp("A benchmark, such as configs/benchmark-small.json.", valueName: "file"),
        completion: .file())
    var file: String
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Where runs and tables go; Checkpoints/ and the file's name without it.", valueName: "dir"),
        completion: .directory)
    var out: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("Runs at a time; one on each core without it.", valueName: "n")) var jobs: Int?
    @Flag(help: "Train nothing: make the table of what is finished.") var table = false

    func validate() throws {
        try CountRange.check("jobs", jobs, in: CountRange.workers)
        if table && jobs != nil {
            throw ValidationError("--jobs has no effect with --table, which runs nothing. Leave it out.")
        }
    }

    func run() throws {
        try BenchmarkWork(
            file: file, out: out, jobs: jobs, onlyTable: table, registry: Session.registry
        ).run()
    }
}
