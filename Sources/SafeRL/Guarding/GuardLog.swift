/// A decision in which a guarded policy did not do what it had proposed.
public struct GuardEvent: Codable, Sendable, Equatable {
    /// Why it did not.
    public enum Cause: String, Codable, Sendable {
        /// The guardian calls the pair of observation and action outside.
        case outside
        /// The guardian could not judge the pair.
        case notJudged = "not judged"
        /// The policy failed, or proposed what is no action.
        case noAction = "no action"
    }

    /// Which decision, counted from 1 over all episodes.
    public let decision: Int
    /// Why.
    public let cause: Cause
    /// What the policy proposed; nothing where that is no action.
    public let proposed: [Float]?
    /// What was done.
    public let done: [Float]
    /// Whether the guardian calls what was done inside.
    public let isInside: Bool
}

/// What a guard did, over all decisions of a guarded policy.
public final class GuardLog {
    /// Events that are kept; all are counted.
    public static let mostEvents = 1000

    /// Decisions that were judged.
    public private(set) var decisions = 0
    /// How often what was proposed was not done, by cause.
    public private(set) var counts: [GuardEvent.Cause: Int] = [:]
    /// How often no fallback was inside either.
    public private(set) var outsideAnyway = 0
    /// The first of these decisions.
    public private(set) var events: [GuardEvent] = []

    /// An empty log.
    public init() {}

    /// How often what was proposed was not done.
    public var interventions: Int { counts.values.reduce(0, +) }

    func countDecisions(_ count: Int) { decisions += count }

    func record(
        _ cause: GuardEvent.Cause, row: Int, proposed: [Float]?, done: [Float], isInside: Bool
    ) {
        counts[cause, default: 0] += 1
        if !isInside { outsideAnyway += 1 }
        guard events.count < Self.mostEvents else { return }
        events.append(
            GuardEvent(
                decision: decisions + row + 1, cause: cause, proposed: proposed, done: done,
                isInside: isInside))
    }
}

/// The figures of a guard's log, as reports have them.
public struct GuardSummary: Codable, Sendable, Equatable {
    /// The guardian's kind, such as `kde`.
    public let guardian: String
    /// How often it may call a recorded pair outside; nothing where nobody says.
    public let alpha: Double?
    /// Decisions that were judged.
    public let decisions: Int
    /// Those in which another action was done than the policy proposed, and their share.
    public let interventions: Int
    /// `interventions` over `decisions`; nothing without a decision.
    public let share: Double?
    /// Interventions by their cause.
    public let causes: [String: Int]
    /// Interventions in which no fallback was inside either.
    public let outsideAnyway: Int

    private enum CodingKeys: String, CodingKey {
        case guardian, alpha, decisions, interventions, share, causes
        case outsideAnyway = "outside_anyway"
    }

    /// Sums a log up.
    public init(_ log: GuardLog, of guardian: String, alpha: Double?) {
        (self.guardian, self.alpha) = (guardian, alpha)
        (decisions, interventions, outsideAnyway) = (log.decisions, log.interventions, log.outsideAnyway)
        share = decisions > 0 ? Double(interventions) / Double(decisions) : nil
        causes = Dictionary(uniqueKeysWithValues: log.counts.map { ($0.key.rawValue, $0.value) })
    }

    /// The figures in words, without a full stop.
    public var text: String {
        let share = share.map { String(format: " (%.3g %%)", 100 * $0) } ?? ""
        let causes = causes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        let why = causes.isEmpty ? "" : ": " + causes.joined(separator: ", ")
        let anyway = outsideAnyway > 0 ? "; in \(outsideAnyway) of them no recorded action was inside" : ""
        return "\(guardian) replaced \(interventions) of \(decisions) actions\(share)\(why)\(anyway)"
    }
}
