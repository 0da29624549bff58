import ArgumentParser
import Replay

/// `saferl guard`.
struct GuardGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard",
        abstract:
            "Check rules, judge traces by them, label steps, train monitors, filters and heads, calibrate routers.",
        subcommands: [
            GuardCheck.self, GuardExplain.self, GuardExport.self, GuardReplay.self, GuardDeadlock.self,
            GuardModelError.self,
            GuardLabel.self, GuardTrainMonitor.self, GuardCalibrate.self, GuardWhy.self,
            GuardTrainFilter.self, GuardTrainHead.self, GuardTestHead.self, GuardTrainReward.self,
        ])
}

/// `saferl guard check`.
struct GuardCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Exit with 78 and name the first fault of a file of rules, if it has one.",
        discussion: """
            With --data, columns must be those of the recording, and a model that states less error than was seen in it is a \
            fault; signals that leave their range in it are warned of.
            """)

    @OptionGroup var file: RuleArguments
    @Option(
        help: ArgumentHelp(
            "Recorded transitions to check models and ranges by, in any format that \"saferl data convert\" reads.",
            valueName: "file"), completion: .file())
    var data: String?
    @Option(
        help: ArgumentHelp(
            "Of actions beyond [-1, 1] in --data: auto, clip or refuse, as in saferl data; auto without it.",
            valueName: "rule"))
    var actions: ActionRule?

    func validate() throws {
        if data == nil && actions != nil {
            throw ValidationError("--actions needs --data FILE, the recording whose actions are meant.")
        }
    }

    func run() throws {
        let work = try file.work()
        if let data { try work.check(by: data, actions: actions ?? .auto) }
        try work.check()
    }
}

/// `saferl guard explain`.
struct GuardExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show each rule as it was read, what can be done about it, and what it remembers.")

    @OptionGroup var file: RuleArguments
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func run() throws { try file.work().explain(isJSON: json) }
}

/// `saferl guard replay`.
struct GuardReplay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Judge traces by rules; exit with 3 if one breaks a rule.",
        discussion: """
            A trace is JSON Lines, one step a line with "signals", "events", "state" and "end", or one object of "columns" and \
            "rows". Each trace is an episode of its own.

            With --out, one JSON object over all traces is written too, as an assurance case reads it: the hashes of rules and \
            traces, and the policy where a guard.jsonl beside all of them names one and these rules.
            """)

    @Argument(help: "A file of rules (docs/guard.md).", completion: .file()) var rules: String
    @Argument(help: "Traces.", completion: .file()) var traces: [String]
    @Option(
        help: ArgumentHelp("Write what was found here, for an assurance case.", valueName: "file"),
        completion: .file()) var out: String?
    @Flag(help: "Print one JSON object for each trace instead of text.") var json = false

    func run() throws {
        try RuleWork(rules: rules, environment: nil).replay(traces, into: out, isJSON: json)
    }
}

/// `saferl guard deadlock`.
struct GuardDeadlock: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadlock",
        abstract:
            "Find a shortest allowed trace after which no choice is allowed; exit with 3 if there is one.",
        discussion: """
            Tries every observation, which is one event or none, and every choice, which is one call or none. With --solve, says \
            whether some choice always remains, for ever, whatever is observed.
            """)

    @Argument(
        help: "A file of rules about events and calls without parameters, or with flags.", completion: .file()
    ) var rules: String
    @Option(help: ArgumentHelp("Steps to search.", valueName: "n")) var depth = 6
    @Flag(help: "Solve the game of choices against observations instead.") var solve = false

    func validate() throws {
        guard 0...1000 ~= depth else { throw ValidationError("--depth \(depth): must be from 0 to 1000.") }
    }

    func run() throws { try RuleWork(rules: rules, environment: nil).deadlock(solve ? nil : depth) }
}

/// `saferl guard model-error`.
struct GuardModelError: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model-error",
        abstract:
            "Compare models with recorded transitions; exit with 3 if one states less error than was seen.",
        discussion: """
            Shows for each model the largest error of any row, and what a further episode of the same policy stays within, by the \
            largest errors of the recorded episodes: with a probability of at least 1 - alpha, since episodes, unlike their rows, \
            are exchangeable.
            """)

    @Argument(help: "A file of rules with models (docs/guard.md).", completion: .file()) var rules: String
    @Argument(
        help: "Recorded transitions, in any format that \"saferl data convert\" reads.") var data: String
    @Option(help: ArgumentHelp("The chance that a further episode exceeds its bound.", valueName: "share"))
    var modelAlpha = 0.05
    @Flag(help: "Print one JSON object instead of text.") var json = false
    @OptionGroup var bounds: ActionArguments

    func validate() throws {
        guard modelAlpha > 0 && modelAlpha < 1 else {
            throw ValidationError("--model-alpha \(modelAlpha): must be between 0 and 1.")
        }
    }

    func run() throws {
        try RuleWork(rules: rules, environment: nil).modelErrors(
            data, actions: bounds.actions, alpha: modelAlpha, isJSON: json)
    }
}
