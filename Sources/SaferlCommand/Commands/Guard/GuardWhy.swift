import ArgumentParser

/// `saferl guard why`.
struct GuardWhy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Show what a guard's decision rests on: rules, score, thresholds, recorded transitions.")

    @Argument(help: ArgumentHelp("A log of a guard, guard.jsonl.", valueName: "log"), completion: .file())
    var log: String
    @ArgumentParser.Option(help: ArgumentHelp("The step, from 0.", valueName: "i")) var step: Int
    @ArgumentParser.Option(
        help: ArgumentHelp("The episode, from 0; every one without it.", valueName: "e"))
    var episode: Int?

    func validate() throws {
        try CountRange.check("step", step, in: 0...Int.max)
        try CountRange.check("episode", episode, in: 0...Int.max)
    }

    func run() throws { try WhyWork(log: log, step: step, episode: episode).run() }
}
