import Rules
import SafeRL

/// What a shield did in one episode.
public struct ShieldTally: Sendable {
    /// The episode's number.
    public let episode: Int
    /// Decisions.
    public internal(set) var steps = 0
    /// Outcomes other than `allowed`, by their names.
    public private(set) var outcomes: [ShieldEntry.Outcome: Int] = [:]
    /// Proposals that could not be judged.
    public internal(set) var notJudged = 0
    /// Steps in which every reaction was refused.
    public internal(set) var deadEnds = 0
    /// Steps done in which an enforced rule was false.
    public internal(set) var brokenSteps = 0
    /// Distances of projections, summed.
    public private(set) var distance = 0.0
    /// Questions that a solver did not answer in time.
    public internal(set) var solverTimeouts = 0
    /// For each rule: proposals that it refused, steps done in which it was false, alarms, smallest margin.
    public internal(set) var refused, broken, alarms: [Int]
    /// For each rule, the smallest margin of a step that was done.
    public internal(set) var margins: [Double]
    /// Interventions and alarms, or all steps.
    public private(set) var entries: [ShieldEntry] = []
    /// Nanoseconds of each decision; empty where nothing is logged.
    public private(set) var times: [Int64] = []

    init(episode: Int, rules: RuleFile) {
        self.episode = episode
        let none = [Int](repeating: 0, count: rules.rules.count)
        (refused, broken, alarms) = (none, none, none)
        margins = [Double](repeating: .infinity, count: rules.rules.count)
    }

    /// Whether nothing was refused.
    public var isUntouched: Bool { outcomes.isEmpty }

    mutating func close(_ entry: ShieldEntry, logging: ShieldLogging) {
        if entry.outcome != .allowed { outcomes[entry.outcome, default: 0] += 1 }
        if entry.outcome == .projected { distance += entry.distance ?? 0 }
        guard logging != .nothing else { return }
        times.append(entry.nanoseconds)
        if logging == .everyStep || entry.outcome != .allowed || !entry.alarms.isEmpty {
            entries.append(entry)
        }
    }
}
