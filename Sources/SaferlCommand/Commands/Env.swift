import ArgumentParser
import SafeRL

/// `saferl env`.
struct EnvGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env", abstract: "Look at environments.", subcommands: [EnvList.self, EnvCheck.self])
}

/// `saferl env list`.
struct EnvList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the environments there are.")

    @Flag(help: "Print a JSON list instead of text.") var json = false

    func run() throws {
        let known = Session.registry.environments.map { EnvironmentFacts($0) }
        if json { return try Output.write(JSONValue.list(known.map(\.json)).pretty) }
        try Output.write(Output.table(known.map { ($0.name, $0.text) }))
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

    @Argument(help: "An environment; see \"saferl env list\".") var name: String
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func run() throws {
        try EnvCheckWork(environment: try Session.registry.environment(named: name), isJSON: json).run()
    }
}

/// What a list says about an environment.
struct EnvironmentFacts {
    let name: String
    private let observation: Int
    private let action: String
    private let timeLimit: Int

    init(_ type: any Environment.Type) {
        let environment = type.init()
        name = type.name
        observation = environment.observationSpace.size
        action =
            switch environment.actionSpace {
            case .box(let low, _): "\(low.count) continuous"
            case .discrete(let count): "1 of \(count)"
            }
        timeLimit = environment.timeLimit
    }

    var text: String { "observation \(observation), action \(action), at most \(timeLimit) steps" }

    var json: JSONValue {
        .object([
            ("name", .text(name)), ("observation", .integer(observation)), ("action", .text(action)),
            ("timeLimit", .integer(timeLimit)),
        ])
    }
}
