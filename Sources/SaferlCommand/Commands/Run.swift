import ArgumentParser

/// `saferl run`.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a guarded policy act in real time, with alarms that a person answers.",
        discussion: """
            A shield stands between policy and environment: no step is done that breaks a rule of the file. A watched rule that \
            becomes false, a step that is not allowed at all, and the word "hold" hold the policy back: the fallback acts until a \
            line "go" comes on standard input; "stop" ends the run. A step monitor (--monitor) that flags a step raises an alarm, \
            too. Where a router (--router) asks, the environment's idle action, or the fallback, holds until somebody writes "yes" or \
            "no"; no answer in time is a no.

            With --out, trace-0.jsonl, trace-1.jsonl and so on have the steps of each episode, which "saferl guard replay" judges \
            again, and guard.jsonl the decisions. Exits with 3 if a step was unprotected or an episode was stopped by rules.
            """)

    @Argument(
        help: ArgumentHelp("A run directory, or the folder of one of its checkpoints.", valueName: "run"),
        completion: .directory)
    var directory: String
    @Option(help: ArgumentHelp("Where to act.", valueName: "env"), completion: .environment) var environment:
        String
    @Option(
        name: .customLong("guard"),
        help: ArgumentHelp("Rules that no step may break (docs/guard.md).", valueName: "rules"),
        completion: .file())
    var rules: String?
    @OptionGroup var shield: ShieldArguments
    @OptionGroup var watch: WatchArguments
    @Option(
        help: ArgumentHelp(
            "Seconds in which a question of --router must be answered; what nobody answers is a no.",
            valueName: "seconds"))
    var askTimeout = 10.0
    @Option(help: ArgumentHelp("The step of the checkpoint; the newest without it.", valueName: "step"))
    var checkpoint: Int?
    @Option(
        help: ArgumentHelp("Episodes; without it until it is stopped.", valueName: "n"),
        transform: CountRange.whole)
    var episodes: Int?
    @Option(help: ArgumentHelp("Seed of the starts and of the policy's noise.", valueName: "s"))
    var seed: UInt64 = 1000
    @Option(
        help: ArgumentHelp(
            "Steps a second; 0 for as fast as it goes. The environment's own time without it, else 0.",
            valueName: "hertz"))
    var rate: Double?
    @Flag(name: .customLong("no-latch"), help: "Let the policy go on after an alarm without a person.")
    var hasNoLatch = false
    @Option(
        help: ArgumentHelp("A folder for traces and guard.jsonl.", valueName: "dir"), completion: .directory)
    var out: String?
    @Flag(help: "Show no status line.") var quiet = false

    func validate() throws {
        try CountRange.check("episodes", episodes, in: CountRange.episodes)
        try CountRange.check("checkpoint", checkpoint, in: 0...1_000_000_000)
        try shield.check(rules.map(GuardChoice.rules), watch.request)
        if rules == nil && watch.request.isEmpty {
            throw ValidationError(
                "--guard RULES, --monitor FILE or --router FILE: name what stands between policy and environment."
            )
        }
        if !(0...3600 ~= askTimeout) {
            throw ValidationError("--ask-timeout \(askTimeout): must be from 0 to 3600 seconds.")
        }
        if let rate, !(0...10_000 ~= rate) {
            throw ValidationError("--rate \(rate): must be from 0 to 10000 steps a second.")
        }
    }

    func run() throws {
        var request = shield.request
        request.watch = watch.request
        let guarded = try GuardedRun(
            run: directory, checkpoint: checkpoint, rules: rules, request, environment: environment,
            registry: Session.registry)
        var work = try RunWork(
            guarded, seed: seed, rate: rate, patience: .seconds(askTimeout), latches: !hasNoLatch, out: out,
            isQuiet: quiet)
        try work.run(episodes: episodes)
    }
}
