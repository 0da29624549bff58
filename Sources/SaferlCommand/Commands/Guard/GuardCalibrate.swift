import ArgumentParser
import Assurance

/// `saferl guard calibrate`.
struct GuardCalibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Calibrate a router: which proposals are done, tightened, asked about or refused.",
        discussion: """
            One random step of each of n fresh episodes is scored, by a step monitor or, without one, by the policy's own \
            feasibility value. The thresholds are those of conformal risk control: a violated step is let through with \
            probability at most alpha. As many further episodes say how it does. With --delta each risk holds except with that \
            probability over calibrations; without it, on average.

            Recorded transitions ground decisions: those of --store, else those that the run has learned from. They are written \
            beside the router, with a digest of each file. What lies far from them is asked about at best.
            """)

    @Argument(
        help: ArgumentHelp("A run directory, or the folder of one of its checkpoints.", valueName: "run"),
        completion: .directory)
    var directory: String
    @ArgumentParser.Option(
        help: ArgumentHelp("The router to write, such as router.json.", valueName: "file"),
        completion: .file())
    var out: String
    @ArgumentParser.Option(
        help: ArgumentHelp("Three risks, rising: act, tighten, ask.", valueName: "a,b,c"),
        transform: Self.rates)
    var alpha = [0.01, 0.05, 0.2]
    @ArgumentParser.Option(
        help: ArgumentHelp("How often a risk may be above its alpha, in (0, 1).", valueName: "d"))
    var delta: Double?
    @ArgumentParser.Option(
        help: ArgumentHelp("A step monitor of \"saferl guard train-monitor\".", valueName: "file"),
        completion: .file())
    var monitor: String?
    @ArgumentParser.Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Recorded transitions, an HDF5 file in DSRL layout; may be repeated.", valueName: "file"),
        completion: .file())
    var store: [String] = []
    @ArgumentParser.Option(
        help: ArgumentHelp("Steps within which a violation counts.", valueName: "n"))
    var horizon = 100
    @ArgumentParser.Option(
        help: ArgumentHelp("Episodes to calibrate on, and as many to report on.", valueName: "n"),
        transform: CountRange.whole)
    var episodes = 1000
    @ArgumentParser.Option(help: ArgumentHelp("Decides episodes and steps.", valueName: "s")) var seed:
        UInt64 = 2
    @OptionGroup var policy: PolicyArguments
    @Flag(help: "Replace the file if it is there.") var force = false

    func validate() throws {
        try CountRange.check("horizon", horizon, in: 1...1_000_000)
        try CountRange.check("episodes", episodes, in: CountRange.episodes)
        for (name, rate) in alpha.map({ ("alpha", $0) }) + (delta.map { [("delta", $0)] } ?? [])
        where !(rate > 0 && rate < 1) {
            throw ValidationError("--\(name) \(rate): must be between 0 and 1.")
        }
        guard alpha.count == 3, zip(alpha, alpha.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw ValidationError(
                "--alpha \(alpha.map { "\($0)" }.joined(separator: ",")): give three that rise, such as 0.01,0.05,0.2."
            )
        }
    }

    func run() throws {
        try CalibrateWork(
            directory: directory, policy: policy.request, alphas: alpha, delta: delta, monitor: monitor,
            store: store,
            horizon: horizon, episodes: episodes, seed: seed, out: NewFile(path: out, isForced: force),
            registry: Session.registry
        ).run()
    }

    /// Numbers with commas between them.
    @Sendable private static func rates(_ text: String) throws -> [Double] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map {
            guard let rate = Double($0) else { throw ValidationError("\"\($0)\" is no number.") }
            return rate
        }
    }
}
