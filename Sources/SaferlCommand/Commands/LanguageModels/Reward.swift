import ArgumentParser
import SafeRL

/// `saferl reward`.
struct RewardGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reward", abstract: "Look at rewards that verifiers make.",
        subcommands: [RewardExplain.self])
}

/// `saferl reward explain`.
struct RewardExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Print, term by term, what a configuration's reward gives to answers to a request.",
        discussion: """
            The request is that of a demonstration, and its answer is judged unless others are given by --answer, which are one \
            group. Printed are what the task's judge tells, each term with its weight, gate, penalties, the floor that bounded \
            the reward, and what is compared within the group. Nothing is trained, and no answer is written by a model.
            """)

    @OptionGroup var source: ConfigurationArguments
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "The demonstration whose request is answered; 0, the first, without it.", valueName: "n"),
        transform: CountRange.whole)
    var row = 0
    @ArgumentParser.Option(
        name: .customLong("answer"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("An answer to judge; may be repeated, and all are one group.", valueName: "text"))
    var answers: [String] = []
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func validate() throws { try CountRange.check("row", row, in: 0...9_999_999) }

    func run() throws {
        try RewardWork(
            source: source, row: row, answers: answers, isJSON: json, registry: Session.registry
        ).run()
    }
}
