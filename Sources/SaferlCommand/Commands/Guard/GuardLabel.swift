import ArgumentParser
import Monitors

/// `saferl guard label`.
struct GuardLabel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label",
        abstract: "Label the steps of a policy's episodes by whether a violation can still be avoided.",
        discussion: """
            From each step, the policy goes on several times, and so does a recovery. A step is irrecoverable if at least 85 % of \
            the one's continuations are violated and all of the other's; from the first such step on an episode is unsafe. Where an \
            exact rule is known, as in point-robot, it decides, and the disagreement is printed.

            A recovery is a controller of the environment (point-robot: brake, evade), "safest" for the run's own policy \
            with its option "choice" at "safest", or another run. Equal arguments give equal labels, bit for bit.
            """)

    @Argument(
        help: ArgumentHelp("A run directory, or the folder of one of its checkpoints.", valueName: "run"),
        completion: .directory)
    var directory: String
    @ArgumentParser.Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "What could still rescue an episode; may be repeated, and then the best counts.",
            valueName: "name"))
    var recovery: [String]
    @ArgumentParser.Option(
        help: ArgumentHelp("The file of labels to write, JSON Lines.", valueName: "file"), completion: .file()
    )
    var out: String
    @ArgumentParser.Option(help: ArgumentHelp("Continuations of each from a step.", valueName: "k"))
    var rollouts = 16
    @ArgumentParser.Option(help: ArgumentHelp("Steps of a continuation at most.", valueName: "n"))
    var horizon = 100
    @ArgumentParser.Option(
        help: ArgumentHelp("Episodes to label.", valueName: "n"), transform: CountRange.whole)
    var episodes = 200
    @ArgumentParser.Option(help: ArgumentHelp("Decides starts, actions and continuations.", valueName: "s"))
    var seed: UInt64 = 1
    @OptionGroup var policy: PolicyArguments
    @Flag(help: "Replace the file if it is there.") var force = false

    func validate() throws {
        try CountRange.check("rollouts", rollouts, in: 1...1000)
        try CountRange.check("horizon", horizon, in: 1...1_000_000)
        try CountRange.check("episodes", episodes, in: CountRange.episodes)
        if recovery.isEmpty { throw ValidationError("--recovery NAME: name what could rescue an episode.") }
    }

    func run() throws {
        try LabelWork(
            directory: directory, policy: policy.request, recoveries: recovery,
            labeller: RolloutLabeller(rollouts: rollouts, horizon: horizon, seed: seed), episodes: episodes,
            out: NewFile(path: out, isForced: force), registry: Session.registry
        ).run()
    }
}
