import ArgumentParser

/// `saferl evaluate`.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Judge the policy of a run over fresh episodes.",
        discussion: """
            Reports return, cost, normalised scores where the task has constants, and the share of episodes without \
            violation with an exact binomial bound. Equal seeds give equal episodes.
            """)

    @Argument(help: ArgumentHelp("A run directory.", valueName: "run")) var directory: String
    @Option(help: ArgumentHelp("Episodes; the run's configuration says how many without it.", valueName: "n"))
    var episodes: Int?
    @Option(help: ArgumentHelp("Seed of the starts and of the policy's noise; likewise.", valueName: "s"))
    var seed: UInt64?
    @Option(
        help: ArgumentHelp(
            "Where to act; the run's configuration says where without it.", valueName: "env"))
    var environment: String?
    @Option(
        help: ArgumentHelp(
            "Processes that share the episodes of an environment in Python; one on each core without it.",
            valueName: "n"))
    var workers: Int?
    @Option(
        help: ArgumentHelp(
            "How often unfinished episodes start again after the environment failed.", valueName: "n"))
    var retries: Int?
    @Option(
        help: ArgumentHelp(
            "Also write report.json and episodes.jsonl, one line an episode, into a folder.", valueName: "dir"
        ))
    var out: String?
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func validate() throws {
        if let episodes, episodes < 1 { throw ValidationError("--episodes \(episodes): must be at least 1.") }
        if let workers, workers < 1 { throw ValidationError("--workers \(workers): must be at least 1.") }
        if let retries, retries < 0 { throw ValidationError("--retries \(retries): must be at least 0.") }
    }

    func run() throws {
        try EvaluateWork(
            directory: directory, episodes: episodes, seed: seed, environment: environment,
            workers: workers, retries: retries, out: out, isJSON: json,
            registry: Session.registry
        ).run()
    }
}
