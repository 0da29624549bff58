import Tensors

/// Tries shares of a step, from the whole one down, until the true surrogates and the true divergence agree.
public struct LineSearch: Codable, Equatable, Sendable {
    /// Each share is this much of the one before; in (0, 1).
    public var shrink: Double
    /// Most shares tried, at least 1.
    public var attempts: Int

    /// Describes a search.
    public init(shrink: Double = 0.8, attempts: Int = 15) {
        precondition(shrink > 0 && shrink < 1 && attempts >= 1, "shrink \(shrink), \(attempts) attempts")
        (self.shrink, self.attempts) = (shrink, attempts)
    }

    /// What the surrogates say about a place.
    public struct Values: Codable, Equatable, Sendable {
        /// KL(old ‖ new), mean over states.
        public var divergence: Double
        /// Change of the reward's surrogate.
        public var rewardChange: Double
        /// Change of each cost's surrogate.
        public var costChanges: [Double]

        /// Puts values together.
        public init(divergence: Double, rewardChange: Double, costChanges: [Double]) {
            (self.divergence, self.rewardChange, self.costChanges) = (divergence, rewardChange, costChanges)
        }
    }

    /// Why a share was taken or not; the first reason that holds.
    public enum Verdict: String, Codable, Sendable, CaseIterable {
        /// It is the new place.
        case accepted
        /// A surrogate or the divergence is not a finite number.
        case notFinite
        /// The divergence is above δ.
        case tooFar
        /// A cost rose by more than was left of its budget; in a recovery, the largest excess rose.
        case costRose
        /// The reward's surrogate fell although the constraints did not ask for it.
        case rewardFell
    }

    /// One share and what became of it.
    public struct Attempt: Codable, Equatable, Sendable {
        /// Share of the step, in (0, 1].
        public var share: Double
        /// What the surrogates said.
        public var values: Values
        /// What was decided.
        public var verdict: Verdict
    }

    /// A search from first to last attempt.
    public struct Trace: Codable, Equatable, Sendable {
        /// All attempts in order; the last one was accepted or none was.
        public var attempts: [Attempt]
        /// The share that was accepted; nil where none was.
        public var acceptedShare: Double? {
            attempts.last.flatMap { $0.verdict == .accepted ? $0.share : nil }
        }
    }

    /// Searches.
    ///
    /// Accepted is the first share with divergence ≤ δ, change of cost j ≤ max(−cⱼ, 0) for every j, and, from
    /// `StepCase.bounded` on, a reward's surrogate that does not fall. In a recovery the costs are held to less where there
    /// are several: max (cⱼ + changeⱼ) ≤ max cⱼ, which for a single violated constraint is the same. Comparisons with a
    /// number that is not finite reject.
    ///
    /// - Parameters:
    ///   - stepCase: of the step.
    ///   - excess: cⱼ.
    ///   - divergence: δ.
    ///   - evaluate: the surrogates at a share of the step.
    /// - Returns: every attempt.
    public func callAsFunction(
        _ stepCase: StepCase, excess: [Double], divergence: Double, evaluate: (Double) throws -> Values
    ) rethrows -> Trace {
        var trace = Trace(attempts: [])
        var share = 1.0
        for _ in 0..<attempts {
            let values = try evaluate(share)
            let verdict = Self.verdict(on: values, stepCase, excess: excess, divergence: divergence)
            trace.attempts.append(Attempt(share: share, values: values, verdict: verdict))
            if verdict == .accepted { break }
            share *= shrink
        }
        return trace
    }

    /// The rule for one place.
    static func verdict(
        on values: Values, _ stepCase: StepCase, excess: [Double], divergence: Double
    ) -> Verdict {
        precondition(
            values.costChanges.count == excess.count,
            "\(values.costChanges.count) changes for \(excess.count) constraints")
        let all = [values.divergence, values.rewardChange] + values.costChanges
        guard all.allSatisfy(\.isFinite) else { return .notFinite }
        guard values.divergence <= divergence else { return .tooFar }
        let costsHold =
            stepCase == .recovery
            ? zip(excess, values.costChanges).allSatisfy { $0 + $1 <= excess.max() ?? 0 }
            : zip(excess, values.costChanges).allSatisfy { $1 <= max(-$0, 0) }
        guard costsHold else { return .costRose }
        return values.rewardChange >= 0 || !stepCase.mustNotLoseReward ? .accepted : .rewardFell
    }
}
