import ArgumentParser
import Replay

/// `saferl evaluate`.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Judge the policy of a run over fresh episodes, estimate from a recording, or put a suite to a language model.",
        discussion: """
            Reports return, cost, normalised scores where the task has constants, and the share of episodes without \
            violation with an exact binomial bound. Equal seeds give equal episodes.

            With --task, by the protocol of the DSRL benchmark: the task's step limit, constants and cost limits, 20 \
            episodes of each run, mean and spread over the runs (one for each training seed, 3 in the protocol), and \
            published scores beside them.

            With --guard FILE.rules, a shield stands between policy and environment: no step is done that breaks a rule. The \
            same episodes are run without it too, and both stand side by side. With --out, guard.jsonl has each intervention \
            and guard.json the figures. --monitor FILE is one more watched rule, --router FILE lets a proposal be done, tightened, \
            asked about or refused; both work with and without rules, and with --out guard.json has what they did in each episode.

            With --video, the first episodes of the (first) run are also shown, a frame a step: played again with \
            equal seeds and actions, so the figures are the same. The frame is red in a step that has a cost.

            With --data, nothing is run: return and costs are estimated from a recording of the policy's task by fitted \
            values and, where the policy states probabilities, by weights, with intervals by resampled episodes, and \
            estimate.json and estimate.md are written. An estimate is no certificate: what nobody recorded is extrapolated.

            With --suite, a language model answers questions with options, or acts in small worlds that come in pairs \
            (docs/alignment.md): a GGUF file, a directory in hub format, or a run with a certified model. Questions are scored by \
            likelihood (four accuracies), by letters, or by letters that the model writes (--ask direct), each beside the best \
            constant letter, by category and level, with exact 95 % intervals.
            """)

    @Argument(
        help: ArgumentHelp(
            "A run directory, or the folder of one of its checkpoints; several with --task; a model with --suite.",
            valueName: "run"
        ), completion: .directory)
    var directories: [String]
    @Option(
        help: ArgumentHelp(
            "Judge by DSRL's protocol, for example OfflineBallRun-v0; with --data, the recording's task.",
            valueName: "task"), completion: .task)
    var task: String?
    @Option(
        help: ArgumentHelp(
            "Estimate from this recording, an HDF5 file in DSRL layout, instead of acting.", valueName: "file"
        ), completion: .file())
    var data: String?
    @Option(
        help: ArgumentHelp(
            "Of actions beyond [-1, 1] in --data: auto, clip or refuse, as in saferl data; auto without it.",
            valueName: "rule"))
    var actions: ActionRule?
    @Option(
        help: ArgumentHelp("Episodes; the run's configuration says how many without it.", valueName: "n"),
        transform: CountRange.whole)
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
            "Where to act; the run's configuration or the task says where without it.", valueName: "env"),
        completion: .environment)
    var environment: String?
    @OptionGroup var acting: ActingArguments
    @Option(
        help: ArgumentHelp(
            """
            Also write report.json and episodes.jsonl, one line an episode, into a folder; with --data, estimate.json and \
            estimate.md, without it into the run's evaluation folder; with --suite, report.json and report.md.
            """, valueName: "dir"
        ), completion: .directory)
    var out: String?
    @Flag(
        name: .customLong("guarded-only"),
        help: "With a shield, do not also run the same episodes without it, for comparison.")
    var guardedOnly = false
    @Option(
        help: ArgumentHelp(
            "What guard.jsonl in --out has of a shield: interventions, the default, or all steps.",
            valueName: "what"))
    var log: ShieldLogChoice?
    @OptionGroup var film: FilmArguments
    @OptionGroup var suites: SuiteArguments
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func validate() throws {
        try CountRange.check("episodes", episodes, in: CountRange.episodes)
        if suites.suite != nil { return try checkSuite() }
        try suites.checkIdle()
        if acting.shielding != nil {
            if log != nil && out == nil {
                throw ValidationError("--log needs --out DIR, the folder that guard.jsonl is written into.")
            }
        } else if guardedOnly || log != nil {
            throw ValidationError(
                "--\(log != nil ? "log" : "guarded-only") is about a shield, and there is none. Name rules by --guard FILE.rules, --monitor or "
                    + "--router.")
        }
        if data == nil && actions != nil {
            throw ValidationError("--actions needs --data FILE, the recording whose actions are meant.")
        }
        if data != nil { return try checkEstimate() }
        if directories.count > 1 && task == nil {
            throw ValidationError("Several runs need --task, by whose protocol they are averaged.")
        }
    }

    /// Refuses what is about a run's policy where a suite is put to a model.
    private func checkSuite() throws {
        if directories.count > 1 { throw ValidationError("--suite is put to one model at a time. Name one.") }
        let given =
            [
                ("task", task != nil), ("data", data != nil), ("actions", actions != nil),
                ("episodes", episodes != nil), ("seed", seed != nil), ("environment", environment != nil),
                ("guarded-only", guardedOnly), ("log", log != nil), ("video", film.video != nil),
            ] + acting.given.map { ($0, true) }
        if let useless = given.first(where: \.1) {
            throw ValidationError(
                "--\(useless.0) has no effect with --suite, where no policy is run. Leave it out.")
        }
        try suites.check()
    }

    /// Refuses what has no effect where nothing is run.
    private func checkEstimate() throws {
        if directories.count > 1 { throw ValidationError("--data estimates one run at a time. Name one.") }
        let given = [
            ("episodes", episodes != nil), ("environment", environment != nil),
            ("workers", acting.workers != nil),
            ("retries", acting.retries != nil), ("trust-environment", acting.trustsEnvironment),
            ("guard", acting.guarding != nil), ("monitor", acting.watch.monitor != nil),
            ("router", acting.watch.router != nil), ("guarded-only", guardedOnly), ("log", log != nil),
            ("video", film.video != nil),
        ]
        if let useless = given.first(where: \.1) {
            throw ValidationError(
                "--\(useless.0) has no effect with --data, where nothing is run. Leave it out.")
        }
    }

    func run() throws {
        if let suite = suites.suite {
            return try SuiteWork(
                model: directories[0], suite: suite, kind: suites.kind, ways: suites.ways,
                orders: suites.orders ?? 1, out: out, isJSON: json
            ).run()
        }
        if let data {
            return try EstimateWork(
                directory: directories[0], data: data, actions: actions ?? .auto, task: task, seed: seed,
                acting: acting, out: out, isJSON: json, registry: Session.registry
            ).run()
        }
        if let task {
            return try ProtocolWork(
                directories: directories, task: task, episodes: episodes, seed: seed,
                environment: environment, acting: acting, out: out, film: film.work, isJSON: json,
                registry: Session.registry
            ).run()
        }
        try EvaluateWork(
            directory: directories[0], episodes: episodes, seed: seed, environment: environment,
            acting: acting, comparesUnguarded: !guardedOnly, logsEveryStep: log == .all, out: out,
            film: film.work, isJSON: json, registry: Session.registry
        ).run()
    }
}

/// What is written down of a shield's decisions.
enum ShieldLogChoice: String, ExpressibleByArgument, CaseIterable {
    case interventions, all
}
