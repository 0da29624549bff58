import Foundation
import RuleExport
import Rules
import SafeRL
import Shields

/// What `saferl guard` does with a file of rules.
struct RuleWork {
    private let rules: RuleFile
    private let environment: NamedEnvironment?

    /// Reads the file, with the environment's step where one is named.
    init(rules path: String, environment name: String?) throws {
        let environment = try name.map { try Session.registry.environment(named: $0) }
        let place = try environment?.make(EnvironmentRequest())
        let rules = try RuleFile.open(path, stepDuration: place?.frameRate.map { 1 / Double($0) })
        if let place { try rules.check(against: place) }
        (self.rules, self.environment) = (rules, environment)
    }

    /// Says that the file has no fault.
    func check() throws {
        let watched = rules.rules.count(where: \.isWatched)
        let fit = environment.map { ", fit \($0.name)" } ?? ""
        try Output.write(
            "\(rules.name): \(rules.rules.count) rules, \(watched) of them watched\(fit). sha256 \(rules.digest)"
        )
    }

    /// Refuses rules that recorded transitions contradict, and warns of signals beyond their ranges.
    func check(by data: String, actions: ActionRule) throws {
        let dataset = try Self.open(data, actions)
        try ModelErrors.check(rules, dataset, data)
        for warning in SignalRanges(rules, dataset).warnings { FileHandle.warn("\(rules.name): \(warning)") }
        guard !rules.models.isEmpty else { return }
        // The chance matters for a bound alone, which is not looked at.
        let errors = try ModelErrors(rules, dataset, named: data, alpha: 0.05)
        guard let short = errors.models.first(where: \.isExceeded) else { return }
        throw ConfigurationError(
            at: rules.name,
            "model \(short.signal) states \(short.declared), and row \(short.row) of \(oneLine(data)) is off by \(short.largest). "
                + "Write at least that.")
    }

    private static func open(_ data: String, _ actions: ActionRule) throws -> TransitionDataset {
        var conversion = DatasetConversion()
        // Costs are of no use here.
        (conversion.actions, conversion.isFreeOfCosts) = (actions, true)
        return try conversion.open(data, columns: nil).dataset
    }

    /// Shows every rule.
    func explain(isJSON: Bool) throws {
        let explained = RuleExplanations(rules)
        if isJSON { try Output.write(json: explained) } else { try Output.write(explained.text) }
    }

    /// Writes a monitor in C.
    func export(to file: NewFile) throws {
        try file.check()
        let bytes = Array(try RuleSource(rules).text().utf8)
        try SystemFiles().replaceFile(file.path, with: bytes)
        try Output.write(
            "\(oneLine(file.path)): \(bytes.count) bytes, SHA-256 \(SHA256.hexadecimal(of: bytes))\n"
                + "It judges \(rules.rules.count) rules by \(rules.signals.count) signals.")
    }

    /// Judges traces, each an episode of its own.
    ///
    /// - Parameters:
    ///   - traces: their files.
    ///   - out: where a record of all of them is written; nothing for none.
    ///   - isJSON: whether an object for each is printed instead of text.
    /// - Throws: `CommandStatus.noSolutionFound` where a rule is broken.
    func replay(_ traces: [String], into out: String?, isJSON: Bool) throws {
        var record = ReplayRecord(rules)
        for path in traces {
            let bytes = try fileContents(path)
            let replay = try TraceReplay(
                path, rules, try TraceReader.steps(of: bytes, rules, name: path))
            record.add(replay, bytes)
            if isJSON { try Output.write(json: replay) } else { try Output.write(replay.text) }
        }
        if let out { try SystemFiles().replaceFile(out, with: Array(record.json.pretty.utf8)) }
        if record.broken > 0 { throw CommandStatus.noSolutionFound }
    }

    /// Compares models with recorded transitions.
    func modelErrors(_ data: String, actions: ActionRule, alpha: Double, isJSON: Bool) throws {
        let dataset = try Self.open(data, actions)
        let errors = try ModelErrors(rules, dataset, named: data, alpha: alpha)
        if isJSON { try Output.write(json: errors) } else { try Output.write(errors.text) }
        if errors.isExceeded { throw CommandStatus.noSolutionFound }
    }

    /// Searches for a dead end, or solves the game where no depth is given.
    func deadlock(_ depth: Int?) throws {
        let game = try RuleGame(rules)
        guard let depth else { return try solve(game) }
        guard let found = try game.deadEnd(within: depth) else {
            return try Output.write("none up to depth \(depth)")
        }
        var lines = ["a dead end after \(found.trace.count) steps:"]
        for (number, step) in found.trace.enumerated() { lines.append("  \(number): \(named(step))") }
        lines.append("  then \(named(found.observed)) is observed, and no choice is allowed.")
        try Output.write(lines.joined(separator: "\n"))
        throw CommandStatus.noSolutionFound
    }

    private func solve(_ game: RuleGame) throws {
        let solution = try game.solve()
        let states = "\(solution.winning) of \(solution.states) states"
        guard let spoiling = solution.spoiling else {
            return try Output.write("won: some choice always remains, for ever (\(states)).")
        }
        try Output.write(
            "lost: once \(named(spoiling)) is observed, every choice runs into a dead end (\(states)).")
        throw CommandStatus.noSolutionFound
    }

    private func named(_ events: [TraceEvent]) -> String {
        guard !events.isEmpty else { return "nothing" }
        return events.map { event in
            let arguments = event.arguments.map { if case .flag(let flag) = $0 { "\(flag)" } else { "?" } }
            return "\(rules.events[event.event].name)(\(arguments.joined(separator: ", ")))"
        }.joined(separator: ", ")
    }
}
