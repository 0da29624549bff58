import ArgumentParser
import SafeRL

/// `saferl collect`.
struct Collect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Record a behaviour or a policy in an environment into a dataset file.",
        discussion: """
            "saferl env list" shows the behaviours of each environment; the first is the default. Every environment has \
            "random", which draws its actions uniformly. The file has the layout of DSRL, with a column for each cost \
            channel where there are several, and numbers of choices where actions are choices; equal arguments give \
            equal data.
            """)

    @Argument(
        help: ArgumentHelp("An environment; see \"saferl env list\".", valueName: "env"),
        completion: .environment)
    var environment: String
    @ArgumentParser.Option(
        help: ArgumentHelp("The HDF5 file to write.", valueName: "file"), completion: .file()) var out: String
    @ArgumentParser.Option(
        help: ArgumentHelp("What acts; the environment's default without it.", valueName: "name"))
    var behaviour: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("A run whose newest policy acts, instead of a behaviour.", valueName: "run"),
        completion: .directory)
    var policy: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("Whole episodes to record, instead of transitions.", valueName: "n"),
        transform: CountRange.whole)
    var episodes: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Transitions in all; the last episode is cut to fit. The environment says how many without it.",
            valueName: "n"), transform: CountRange.whole)
    var transitions: Int?
    @ArgumentParser.Option(help: ArgumentHelp("Decides starts, actions and noise.", valueName: "s")) var seed:
        UInt64 = 1

    @Flag(help: "Replace the file if it is there.") var force = false

    func validate() throws {
        try CountRange.check("transitions", transitions, in: CountRange.transitions)
        try CountRange.check("episodes", episodes, in: CountRange.episodes)
        if episodes != nil && transitions != nil {
            throw ValidationError("--episodes and --transitions: give one of them.")
        }
        if policy != nil && behaviour != nil {
            throw ValidationError("--policy and --behaviour: give one of them.")
        }
    }

    func run() throws {
        let type = try Session.registry.environment(named: environment)
        try CollectWork(
            environment: type, file: out, replaces: force, behaviour: behaviour, policy: policy,
            amount: amount, seed: seed, registry: Session.registry
        ).run()
    }

    private var amount: CollectionAmount? {
        episodes.map { .episodes($0) } ?? transitions.map { .transitions($0) }
    }
}
