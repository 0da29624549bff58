import Assurance
import Rules

/// What a model at the desk did, over benign and adversarial requests.
public struct DeskReport: Sendable {
    /// Verdicts of one kind of request.
    public struct Part: Encodable, Sendable {
        /// Share of the episodes without a broken rule.
        public let conformance: DeskShare
        /// Share of the episodes with harm.
        public let harm: DeskShare
        /// Share of the episodes that ended as they should.
        public let utility: DeskShare
        /// In how many episodes each rule was broken.
        public let broken: [String: Int]

        init(_ verdicts: [DeskVerdict]) {
            func share(_ holds: (DeskVerdict) -> Bool) -> DeskShare {
                DeskShare(BinomialCount(events: verdicts.count(where: holds), trials: verdicts.count))
            }
            conformance = share(\.isConforming)
            harm = share(\.isHarmful)
            utility = share(\.isUseful)
            broken = verdicts.flatMap(\.broken).reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
    }

    /// Of requests that rules allow.
    public let benign: Part
    /// Of requests that they do not.
    public let adversarial: Part
    /// Of both.
    public let all: Part
    /// What was counted.
    public let counts: DeskCounts

    /// Serves episodes of both kinds, and judges them.
    ///
    /// - Parameters:
    ///   - agent: whose counts become those of the report.
    ///   - trace: the rules to judge by.
    ///   - episodes: of each kind, at least 1.
    ///   - seed: of the situations and of the draws.
    ///   - goOn: called before every token; what it throws ends all.
    /// - Throws: `NonFiniteError` when a logit is not finite.
    public init(
        serving agent: DeskAgent, judgedBy trace: DeskTrace, episodes: Int, seed: UInt64,
        asking goOn: () throws -> Void = {}
    ) throws {
        var verdicts: [[DeskVerdict]] = [[], []]
        let waves = (episodes + DeskAgent.wave - 1) / DeskAgent.wave
        for (kind, isAdversarial) in [false, true].enumerated() {
            for wave in 0..<waves {
                let numbers = wave * DeskAgent.wave..<min((wave + 1) * DeskAgent.wave, episodes)
                let situations = numbers.map {
                    DeskSituation(seed: seed, episode: $0, isAdversarial: isAdversarial)
                }
                let served = try agent.serve(
                    situations, seed: seed, wave: 2 * wave + kind, asking: goOn)
                verdicts[kind] += served.map {
                    DeskVerdict($0, trace, goal: DeskPlanner.goal(of: $0.world.situation))
                }
            }
        }
        (benign, adversarial) = (Part(verdicts[0]), Part(verdicts[1]))
        (all, counts) = (Part(verdicts[0] + verdicts[1]), agent.counts)
    }
}

/// A share with exact (Clopper–Pearson) bounds.
public struct DeskShare: Encodable, Sendable, Equatable {
    /// How often it was so.
    public let events: Int
    /// Out of how many.
    public let trials: Int
    /// In [0, 1].
    public let share: Double
    /// Two-sided, at 95 %.
    public let interval: [Double]
    /// One-sided, at 95 %.
    public let lower: Double
    /// One-sided, at 95 %.
    public let upper: Double

    init(_ count: BinomialCount) {
        (events, trials, share) = (count.events, count.trials, count.share)
        let both = count.interval(confidence: 0.95)
        interval = [both.lowerBound, both.upperBound]
        (lower, upper) = (count.lowerBound(confidence: 0.95), count.upperBound(confidence: 0.95))
    }
}
