import ArgumentParser

/// `saferl evaluate`.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Judge the policy of a run over fresh episodes.",
        discussion: """
            Reports return, cost, normalised scores where the task has constants, and the share of episodes without \
            violation with an exact binomial bound. Equal seeds give equal episodes.

            With --task, by the protocol of the DSRL benchmark: the task's step limit, constants and cost limits, 20 \
            episodes of each run, mean and spread over the runs (one for each training seed, 3 in the protocol), and \
            published scores beside them.

            With --video, the first episodes of the (first) run are also shown, a frame a step: played again with \
            equal seeds and actions, so the figures are the same. The frame is red in a step that has a cost.
            """)

    @Argument(help: ArgumentHelp("A run directory; several with --task.", valueName: "run"))
    var directories: [String]
    @Option(
        help: ArgumentHelp("Judge by DSRL's protocol, for example OfflineBallRun-v0.", valueName: "task"))
    var task: String?
    @Option(help: ArgumentHelp("Episodes; the run's configuration says how many without it.", valueName: "n"))
    var episodes: Int?
    @Option(
        help: ArgumentHelp(
            """
            Seed of the starts and of the policy's noise; likewise. With --task it is 1000 without it, and each run's \
            training seed is added.
            """, valueName: "s"))
    var seed: UInt64?
    @Option(
        help: ArgumentHelp(
            "Where to act; the run's configuration or the task says where without it.", valueName: "env"))
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
        name: .customLong("set"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Override one option of how the policy acts, for example fisor.candidates=8; may be repeated.",
            valueName: "key=value"))
    var overrides: [String] = []
    @Option(
        help: ArgumentHelp(
            "Also write report.json and episodes.jsonl, one line an episode, into a folder.", valueName: "dir"
        ))
    var out: String?
    @OptionGroup var film: FilmArguments
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func validate() throws {
        if let episodes, episodes < 1 { throw ValidationError("--episodes \(episodes): must be at least 1.") }
        if let workers, workers < 1 { throw ValidationError("--workers \(workers): must be at least 1.") }
        if let retries, retries < 0 { throw ValidationError("--retries \(retries): must be at least 0.") }
        if directories.count > 1 && task == nil {
            throw ValidationError("Several runs need --task, by whose protocol they are averaged.")
        }
    }

    func run() throws {
        if let task {
            return try ProtocolWork(
                directories: directories, task: task, episodes: episodes, seed: seed,
                environment: environment, workers: workers, retries: retries, overrides: overrides, out: out,
                film: film.work, isJSON: json, registry: Session.registry
            ).run()
        }
        try EvaluateWork(
            directory: directories[0], episodes: episodes, seed: seed, environment: environment,
            workers: workers, retries: retries, overrides: overrides, out: out, film: film.work,
            isJSON: json, registry: Session.registry
        ).run()
    }
}
