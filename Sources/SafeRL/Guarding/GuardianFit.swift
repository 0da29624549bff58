import Guardians
import Replay
import Tensors

/// A guardian fitted to the data of a run, for whatever policy acts.
public struct GuardianFit {
    /// The methods that can be fitted to any data without a choice that depends on it.
    public enum Kind: String, CaseIterable, Codable, Sendable {
        /// `CountGuardian`: for observations that repeat.
        case count
        /// `NeighbourGuardian`.
        case neighbours
        /// `DensityGuardian`.
        case kde
        /// `ChristoffelGuardian` of degree 2.
        case christoffel
    }

    /// The method.
    public let kind: Kind
    /// How often a pair of the data's own kind may be called outside; of `count` without effect.
    public let alpha: Double
    /// What judges.
    public let guardian: any SupportGuardian
    /// What replaces.
    public let records: RecordedActions

    /// Share of the episodes that are held out to find the threshold.
    static let heldOutShare = 0.2

    /// Fits a guardian to recorded pairs of an observation and an action.
    ///
    /// The threshold is conformal: an order statistic of one pair of each of a fifth of the episodes.
    ///
    /// - Parameters:
    ///   - kind: the method.
    ///   - alpha: in (0, 1).
    ///   - data: raw numbers, as the environment gives them.
    ///   - seed: chooses the episodes that are held out.
    /// - Throws: `GuardianError`.
    public init(_ kind: Kind, alpha: Double, to data: TransitionDataset, seed: UInt64 = 0) throws {
        let observations = Matrix(data.count, data.observationSize, data.observations.map(Double.init))
        let actions = Matrix(data.count, data.actionSize, data.actions.map(Double.init))
        let choices = data.actionChoices
        let pairs = observations.joined(RecordedActions.seen(actions, choices: choices))
        let points = try GuardianData(
            points: pairs, episodes: data.episodes.map(\.rows), holdingOut: Self.heldOutShare, seed: seed)
        let threshold = GuardianThreshold.conformal(alpha: alpha)
        (self.kind, self.alpha) = (kind, alpha)
        records = try RecordedActions(observations: observations, actions: actions, choices: choices)
        switch kind {
        case .count: guardian = try CountGuardian(.init(), fittedTo: points)
        case .neighbours:
            var chosen = NeighbourGuardian.Configuration()
            chosen.threshold = threshold
            guardian = try NeighbourGuardian(chosen, fittedTo: points)
        case .kde:
            var chosen = DensityGuardian.Configuration()
            chosen.threshold = threshold
            guardian = try DensityGuardian(chosen, fittedTo: points)
        case .christoffel:
            var chosen = ChristoffelGuardian.Configuration()
            chosen.threshold = threshold
            guardian = try ChristoffelGuardian(chosen, fittedTo: points)
        }
    }

    /// A policy guarded by it.
    ///
    /// - Parameters:
    ///   - policy: what proposes.
    ///   - log: takes what happens.
    /// - Returns: a policy that acts wherever the other does.
    /// - Throws: `GuardianError.otherSize` for a policy of other sizes than the data's.
    public func guarding(_ policy: any Policy, log: GuardLog) throws(GuardianError) -> any Policy {
        let width = policy.observationSize + (policy.actionChoices ?? policy.actionSize)
        guard guardian.inputSize == width, records.choices == policy.actionChoices else {
            throw .otherSize(kind: kind.rawValue, fitted: guardian.inputSize, asked: width)
        }
        func opened(_ policy: some Policy) -> any Policy {
            Guarded(policy, by: guardian, fallback: records, log: log)
        }
        return opened(policy)
    }

    /// What the guard did.
    public func summary(of log: GuardLog) -> GuardSummary {
        GuardSummary(log, of: kind.rawValue, alpha: kind == .count ? nil : alpha)
    }
}
