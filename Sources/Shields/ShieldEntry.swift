import Rules
import SafeRL

/// A decision of a shield, as a line of `guard.jsonl` has it.
public struct ShieldEntry: Sendable {
    /// What came of a proposal.
    public enum Outcome: String, Sendable, CaseIterable {
        /// Done as it was proposed.
        case allowed
        /// An allowed choice by the policy's probabilities.
        case masked
        /// A further draw of the policy.
        case resampled
        /// The nearest allowed action.
        case projected
        /// Clipped to a range shrunk round the fallback's action.
        case tightened
        /// Nothing: the episode went back.
        case rolledBack = "rolled back"
        /// What the environment calls doing nothing.
        case idle
        /// What the fallback does.
        case fallback
        /// The episode ended.
        case stopped
        /// Nothing was allowed, and the episode could not end.
        case unprotected

        /// Whether what was done is the policy's own, or stands for it.
        var isPolicys: Bool {
            switch self {
            case .allowed, .masked, .resampled, .projected, .tightened: true
            case .rolledBack, .idle, .fallback, .stopped, .unprotected: false
            }
        }
    }

    /// A rule that refused the proposal.
    public struct Refusal: Sendable, Equatable, Encodable {
        /// Its name.
        public let rule: String
        /// How far its comparisons are from becoming true, below 0; nothing where that is not measured.
        public let margin: Double?
        /// What its terms were worth, by their texts.
        public let terms: [String: Double]
    }

    /// Which episode, and which of its steps, from 0.
    public let episode, step: Int
    /// What the policy proposed.
    public let proposed: [Float]
    /// What came of it.
    public internal(set) var outcome = Outcome.allowed
    /// What was done; nothing where the episode stopped.
    public internal(set) var executed: [Float]?
    /// The rules that refused the proposal.
    public internal(set) var broken: [Refusal] = []
    /// Watched rules that became false.
    public internal(set) var alarms: [String] = []
    /// Why the proposal could not be judged.
    public internal(set) var fault: String?
    /// Further steps that could be survived behind a proposal that rules allowed, where they are fewer than the look-ahead.
    public internal(set) var survives: Int?
    /// How far a projection lies from the proposal, in ranges of the action.
    public internal(set) var distance: Double?
    /// Further draws.
    public internal(set) var tries = 0
    /// The class that a router gave the proposal; nothing without one.
    public internal(set) var routed: RoutedClass?
    /// What the class rests on; nothing where it is not written down.
    public internal(set) var evidence: (any Encodable & Sendable)?
    /// What somebody said who was asked; nothing where nobody was.
    public internal(set) var answer: AskAnswer?
    /// Steps that were undone; nothing where none were.
    public internal(set) var undone: Int?
    /// Whether the shield's certificate covers the state; true without one.
    public internal(set) var isCovered = true
    /// Time that the decision took.
    public internal(set) var time = Duration.zero

    init(episode: Int, step: Int, proposed: [Float]) {
        (self.episode, self.step, self.proposed) = (episode, step, proposed)
    }
}

extension ShieldEntry: Encodable {
    private enum CodingKeys: String, CodingKey {
        case episode, step, outcome, broken, alarms, fault, survives, proposed, executed, distance, tries,
            uncovered, ns
        case router, answer, undone
    }

    /// Writes one object: numbers of a proposal that are none as `null`, without what did not happen.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(episode, forKey: .episode)
        try values.encode(step, forKey: .step)
        try values.encode(outcome.rawValue, forKey: .outcome)
        if !broken.isEmpty { try values.encode(broken, forKey: .broken) }
        if !alarms.isEmpty { try values.encode(alarms, forKey: .alarms) }
        try values.encodeIfPresent(fault, forKey: .fault)
        try values.encodeIfPresent(survives, forKey: .survives)
        try values.encode(proposed.map { $0.isFinite ? $0 : nil }, forKey: .proposed)
        try values.encodeIfPresent(executed, forKey: .executed)
        try values.encodeIfPresent(distance, forKey: .distance)
        if tries > 0 { try values.encode(tries, forKey: .tries) }
        if let evidence { try values.encode(evidence, forKey: .router) }
        try values.encodeIfPresent(answer, forKey: .answer)
        try values.encodeIfPresent(undone, forKey: .undone)
        if !isCovered { try values.encode(true, forKey: .uncovered) }
        try values.encode(nanoseconds, forKey: .ns)
    }

    /// Whether a log of interventions has it: something else was done than proposed, or somebody has to know.
    public var isNoteworthy: Bool {
        outcome != .allowed || !alarms.isEmpty || answer != nil || routed.map { $0 > .act } ?? false
    }

    /// The decision's time.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = time.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
