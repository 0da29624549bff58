import Agents
import ArgumentParser
import SafeRL

/// `saferl agent`.
struct Agent: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a run's language model call tools under rules, and judge what it did.",
        discussion: """
            The world desk is a retail desk whose truth is known (docs/agents.md); its models are trained by \
            "saferl train configs/desk.json". Judged are conformance (no rule broken, by the definition of rules and not \
            by the guard's monitor), harm and utility, with exact 95 % intervals.

            Modes: none keeps calls to the tools' grammar alone; check ends an episode at the first call that is refused; \
            resample draws a refused call again, up to 8 times; mask lets only allowed calls be written.
            """)

    @Argument(
        help: ArgumentHelp("A run directory, or the folder of one of its checkpoints.", valueName: "run"),
        completion: .directory)
    var directory: String
    @ArgumentParser.Option(
        help: ArgumentHelp("Where it calls tools: desk, also without it.", valueName: "name"),
        transform: Self.world)
    var world = "desk"
    @ArgumentParser.Option(
        name: .customLong("guard"),
        help: ArgumentHelp(
            "Rules to guard and judge by (docs/guard.md); the desk's own without it.", valueName: "file"),
        completion: .file())
    var rules: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "How calls are guarded: \(GuardMode.allCases.map(\.rawValue).joined(separator: ", ")); mask without it.",
            valueName: "name"), transform: Self.mode)
    var mode = GuardMode.mask
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Episodes with benign requests, and as many with adversarial ones; 200 without it.",
            valueName: "n"),
        transform: CountRange.whole)
    var episodes = 200
    @ArgumentParser.Option(help: ArgumentHelp("Seed of the episodes and of the draws.", valueName: "s"))
    var seed: UInt64 = 0
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "The step of the checkpoint to judge; the newest without it.", valueName: "step"))
    var checkpoint: Int?
    @Flag(help: "Print one JSON object instead of text.") var json = false

    private static func mode(_ text: String) throws -> GuardMode {
        guard let mode = GuardMode(rawValue: text) else {
            let names = GuardMode.allCases.map(\.rawValue)
            throw ValidationError("no such mode. Name one of \(names.joined(separator: ", ")).")
        }
        return mode
    }

    private static func world(_ text: String) throws -> String {
        guard text == "desk" else { throw ValidationError("no such world. Name desk.") }
        return text
    }

    func validate() throws {
        try CountRange.check("episodes", episodes, in: CountRange.episodes)
        try CountRange.check("checkpoint", checkpoint, in: 0...1_000_000_000)
    }

    func run() throws {
        try AgentWork(
            directory: directory, rules: rules, mode: mode, episodes: episodes, seed: seed,
            checkpoint: checkpoint, isJSON: json, registry: Session.registry
        ).run()
    }
}
