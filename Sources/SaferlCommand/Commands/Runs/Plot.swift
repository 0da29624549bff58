import ArgumentParser

/// `saferl plot`.
struct Plot: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw the metrics of one or several runs as a figure for a paper.",
        discussion: """
            One plot for each metric in metrics.jsonl, with the limits that the configuration keeps to and, for one run, \
            the intervals of its evaluation. Runs whose configurations differ in nothing but the seed are drawn as one \
            line, the mean over them, with a band: Student's 95 % interval of the mean, an approximation.

            The file is a vector picture, in PDF or SVG by the ending of its name. Equal runs give equal bytes.
            """)

    @Argument(
        help: ArgumentHelp("Run directories, drawn over each other.", valueName: "run"),
        completion: .directory)
    var directories: [String]
    @Option(
        help: ArgumentHelp(
            "The file to write, ending in .pdf or .svg. A file that is there is replaced.", valueName: "file"),
        completion: .file()
    )
    var out: String
    @Option(
        name: .customLong("metric"),
        help: ArgumentHelp(
            "Draw this metric, by its name in metrics.jsonl; may be repeated. All without it.",
            valueName: "name"))
    var metrics: [String] = []
    @Option(help: ArgumentHelp("The line at the top.", valueName: "text")) var title: String?

    func validate() throws {
        if PlotFormat(ofPath: out) == nil {
            throw ValidationError("--out \(out): must end in .pdf or .svg.")
        }
    }

    func run() throws {
        guard let format = PlotFormat(ofPath: out) else { return }
        try PlotWork(
            directories: directories, out: out, format: format, metrics: metrics, title: title,
            registry: Session.registry
        ).run()
    }
}
