import ArgumentParser
import SafeRL

/// `saferl env`.
struct EnvGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env", abstract: "List, check, time and set up environments.",
        subcommands: [EnvList.self, EnvCheck.self, EnvBench.self, EnvSetup.self])
}

/// `saferl env list`.
struct EnvList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the environments there are.",
        discussion: """
            Names with a colon belong to a family: what follows the colon is known to the simulator, and the name \
            shown is an example. With a family, such as bullet, the names that it has are listed.
            """)

    @Argument(help: "A family, such as bullet, whose names to list; all environments without it.")
    var family: String?
    @Flag(help: "Print a JSON list instead of text.") var json = false

    func run() throws {
        let registry = Session.registry
        if let family { return try list(try registry.family(named: family)) }
        let known =
            registry.environments.map { EnvironmentFacts($0) }
            + registry.families.map { EnvironmentFacts($0) }
        if json { return try Output.write(JSONValue.list(known.map(\.json)).pretty) }
        try Output.write(aligned(known.map { ($0.name, $0.text) }))
    }

    private func list(_ family: any EnvironmentFamily) throws {
        guard let names = try family.names() else {
            throw UncountedFamily(family)
        }
        if json { return try Output.write(JSONValue.list(names.map { .text($0) }).pretty) }
        try Output.write(names.joined(separator: "\n"))
    }
}

/// A family whose names nobody can list.
struct UncountedFamily: Fault {
    /// What kind of fault it is.
    var kind: FaultKind { .usage }

    let description: String

    init(_ family: any EnvironmentFamily) {
        description =
            "\(family.prefix): nobody lists its names, which stand for \(family.summary). Name one yourself, such as "
            + "\(family.example)."
    }
}

/// `saferl env check`.
struct EnvCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check that an environment keeps its contract over many random steps.",
        discussion: """
            Equal seeds and actions give equal results, observations are finite and of the declared size, costs are \
            not negative, and an episode ends. Exits with 65 and names the first breach, if there is one.
            """)

    @Argument(help: "An environment; see \"saferl env list\".", completion: .environment) var name: String
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func run() throws {
        try EnvCheckWork(environment: try Session.registry.environment(named: name), isJSON: json).run()
    }
}

/// `saferl env bench`.
struct EnvBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time the steps of an environment with random actions.",
        discussion: "Episodes are started again as they end; the time of that is part of the rate.")

    @Argument(help: "An environment; see \"saferl env list\".", completion: .environment) var name: String
    @ArgumentParser.Option(help: ArgumentHelp("Environments side by side, over all workers.", valueName: "n"))
    var slots = 1
    @ArgumentParser.Option(help: ArgumentHelp("Processes that share them.", valueName: "n")) var workers = 1
    @ArgumentParser.Option(help: ArgumentHelp("Steps to time in all.", valueName: "n")) var steps = 10_000
    @ArgumentParser.Option(help: ArgumentHelp("Repetitions; the median counts.", valueName: "n"))
    var repeats = 5
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func validate() throws {
        try CountRange.check("slots", slots, in: CountRange.slots)
        try CountRange.check("workers", workers, in: CountRange.workers)
        try CountRange.check("steps", steps, in: CountRange.steps)
        try CountRange.check("repeats", repeats, in: CountRange.repeats)
    }

    func run() throws {
        try EnvBenchWork(
            environment: try Session.registry.environment(named: name),
            request: EnvironmentRequest(slots: slots, workers: workers), steps: steps, repeats: repeats,
            isJSON: json
        ).run()
    }
}

/// `saferl env setup`.
struct EnvSetup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup", abstract: "Install what the environments of a kit need.",
        discussion: """
            Installs into the folder that SAFERL_HOME names, else saferl in the one of XDG_DATA_HOME, else \
            ~/.local/share/saferl, and changes nothing else. \
            "gymnasium" makes a virtual environment of Python with pinned packages, by pip; its suites are "bullet" \
            and "safety-gymnasium". "mujoco" fetches the MuJoCo library and five models (5 MB) for the native velocity \
            tasks. "icu-sepsis" fetches the parameters of ICU-Sepsis (4 MB).
            """)

    @Argument(help: "A kit: gymnasium, mujoco or icu-sepsis.") var kit: String
    @ArgumentParser.Option(
        parsing: .singleValue,
        help: ArgumentHelp("A part of the kit, or \"all\"; may be repeated.", valueName: "name"))
    var suite: [String] = []
    @ArgumentParser.Option(
        help: ArgumentHelp("The Python to build on; python3 without it.", valueName: "file"),
        completion: .file())
    var python: String?

    func run() throws {
        let kit = try Session.registry.kit(named: kit)
        for name in suite where name != "all" && !kit.suites.contains(name) {
            throw UnknownName(name, isNone: "suite", of: kit.suites + ["all"])
        }
        let suites = suite.contains("all") ? kit.suites : suite
        try kit.install(KitSetup(suites: suites, python: python)) { try? Output.write($0) }
    }
}

/// What a list says about an environment or a family.
struct EnvironmentFacts {
    let name: String
    let text: String
    let json: JSONValue

    init(_ type: any Environment.Type) {
        let environment = type.init()
        name = type.name
        let observation = environment.observationSpace.size
        let action =
            switch environment.actionSpace {
            case .box(let low, _): "\(low.count) continuous"
            case .discrete(let count): "1 of \(count)"
            }
        let timeLimit = environment.timeLimit
        let costs = environment.costNames
        let behaviours = type.behaviours
        let summary =
            "observation \(observation), action \(action), at most \(timeLimit) steps"
            + (costs == CostChannels.single ? "" : ", costs: \(costs.joined(separator: ", "))")
            + ", behaviours: \(behaviours.joined(separator: ", "))"
        var fields: [(String, JSONValue)] = [
            ("name", .text(type.name)), ("observation", .integer(observation)), ("action", .text(action)),
            ("timeLimit", .integer(timeLimit)), ("costs", .list(costs.map { .text($0) })),
            ("behaviours", .list(behaviours.map { .text($0) })),
        ]
        if case .missing(let remedy) = type.readiness {
            text = "\(summary) (not set up: \(remedy))"
            fields += [("ready", .boolean(false)), ("remedy", .text(remedy))]
        } else {
            text = summary
        }
        json = .object(fields)
    }

    init(_ family: any EnvironmentFamily) {
        name = family.example
        let (isReady, detail) =
            switch family.readiness {
            case .ready(let detail): (true, detail)
            case .missing(let remedy): (false, remedy)
            }
        text = "\(family.summary) (\(isReady ? detail : "not set up: \(detail)"))"
        json = .object([
            ("family", .text(family.prefix)), ("example", .text(family.example)),
            ("summary", .text(family.summary)), ("ready", .boolean(isReady)),
            (isReady ? "by" : "remedy", .text(detail)),
        ])
    }
}
