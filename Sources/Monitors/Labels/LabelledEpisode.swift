/// An episode with what became of continuations from its steps, and the labels that follow.
public struct LabelledEpisode: Sendable, Equatable {
    /// What happened.
    public let episode: RecordedEpisode
    /// k of the counts.
    public let rollouts: Int
    /// Violated continuations of the policy from each step; nil where none were run.
    public var policyViolations: [Int?]
    /// The fewest violated continuations of a recovery from each step; nil where none were run.
    public var recoveryViolations: [Int?]
    /// How often each channel was the first to be violated, `[length][channels]`; empty where nothing was run.
    public var channelViolations: [[Int]]
    /// Whether each step is irrecoverable by an exact rule, which overrides the counts; nil where none is known.
    public var exact: [Bool]?

    /// An episode without counts.
    public init(_ episode: RecordedEpisode, rollouts: Int) {
        (self.episode, self.rollouts) = (episode, rollouts)
        policyViolations = episode.actions.map { _ in nil }
        recoveryViolations = policyViolations
        channelViolations = episode.actions.map { _ in [] }
    }

    /// The counts, 0 where nothing was run.
    public var counts: RolloutCounts {
        RolloutCounts(
            rollouts: rollouts, policyViolations: policyViolations.map { $0 ?? 0 },
            recoveryViolations: recoveryViolations.map { $0 ?? 0 })
    }

    /// The first irrecoverable step: by the exact rule where there is one, else by the counts.
    public var onset: Int? { exact.map { $0.firstIndex(of: true) } ?? counts.onset }

    /// Safe before the onset, unsafe from it on.
    public var labels: [StepClass] { RolloutCounts.labels(steps: episode.length, onset: onset) }

    /// Steps that a classifier learns from: those up to the first violation, behind which there is nothing left to foresee.
    ///
    /// Steps behind the onset from which a violation can be avoided again by the exact rule are left out: they are unsafe by what
    /// came before, which a step does not show.
    public var learnable: [Int] {
        let labels = labels, end = min(episode.length, (episode.firstViolation ?? episode.length) + 1)
        return (0..<end).filter { labels[$0] == .safe || exact?[$0] ?? true }
    }

    /// Steps at which counts and exact rule say different things, of those that have both.
    public var disagreements: (steps: Int, of: Int) {
        guard let exact else { return (0, 0) }
        let counted = counts.isIrrecoverable
        let both = counted.indices.filter { policyViolations[$0] != nil }
        return (both.count { counted[$0] != exact[$0] }, both.count)
    }

    /// Whether further continuations would change no label.
    var isDecided: Bool { counts.onset != nil && (exact == nil || onset != nil) }

    /// The channels that continuations from a step violate first in half of those violated at least; nil where none was.
    func violatedChannels(at step: Int) -> [Bool]? {
        guard let violated = policyViolations[step], violated > 0 else { return nil }
        return channelViolations[step].map { 2 * $0 >= violated }
    }
}
