import SafeRL

/// Routes proposals into act, tighten, ask and refuse by a score, calibrated thresholds and a store of recorded transitions.
///
/// A value; `judge` makes what decides, one step after the other.
public struct Router: Sendable {
    /// What a score is.
    public enum Source: Codable, Sendable, Equatable {
        /// A step monitor's probability that the step is not safe; with the digest of its file.
        case monitor(sha256: String)
        /// The policy's own feasibility value of the state.
        case feasibility
    }

    /// How it was calibrated: what `router.json` holds.
    public struct Facts: Codable, Sendable, Equatable {
        /// Format of the file.
        public var router = Router.format
        /// Where, and of which policy.
        public var environment, policy: String
        /// What a score is.
        public var source: Source
        /// What it sees.
        public var features: MonitorFeatures
        /// H: steps in which a violation counts.
        public var horizon: Int
        /// Seed of the episodes and of their steps.
        public var seed: UInt64
        /// Calibration episodes, and how many of their steps were followed by a violation.
        public var episodes, violated: Int
        /// Between which scores the classes lie.
        public var thresholds: RouterThresholds
        /// How it did on as many fresh episodes.
        public var report: RouterReport

        /// Puts facts together.
        public init(
            environment: String, policy: String, source: Source, features: MonitorFeatures, horizon: Int,
            seed: UInt64, calibratedOn steps: [RoutedStep], thresholds: RouterThresholds, report: RouterReport
        ) {
            (self.environment, self.policy, self.source) = (environment, policy, source)
            (self.features, self.horizon, self.seed) = (features, horizon, seed)
            (episodes, violated) = (steps.count, steps.count { $0.isViolated })
            (self.thresholds, self.report) = (thresholds, report)
        }
    }

    /// Format that is written.
    public static let format = 1

    /// How it was calibrated.
    public let facts: Facts
    /// What scores, where it is a monitor.
    public let monitor: StepMonitor?
    /// What grounds.
    public let store: GroundingStore

    /// Puts a router together.
    ///
    /// - Throws: `MonitorError.otherSize` for a monitor or a store of other features.
    public init(_ facts: Facts, monitor: StepMonitor?, store: GroundingStore) throws(MonitorError) {
        for features in [monitor?.facts.features, store.features] {
            guard let features, features != facts.features else { continue }
            throw .otherSize("the router", fitted: features.count, asked: facts.features.count)
        }
        (self.facts, self.monitor, self.store) = (facts, monitor, store)
    }

    /// What decides.
    ///
    /// - Parameter policy: whose feasibility values score where no monitor does.
    /// - Returns: a judge with the memory that deciding takes.
    public func judge(for policy: any Policy) -> RouterJudge {
        RouterJudge(facts.thresholds, ProposalScore(monitor, policy, facts.features), store)
    }
}

/// Scores proposals: by a step monitor, or by the policy's own feasibility values.
public final class ProposalScore {
    private let judge: StepJudge?
    private let policy: any Policy
    let features: MonitorFeatures

    /// Takes what scores.
    ///
    /// - Parameters:
    ///   - monitor: nil for the policy's values.
    ///   - policy: asked where there is no monitor.
    ///   - features: of its environment.
    public init(_ monitor: StepMonitor?, _ policy: any Policy, _ features: MonitorFeatures) {
        (judge, self.policy, self.features) = (monitor?.judge(), policy, features)
    }

    /// The score of a proposal, higher for more danger; NaN where none can be computed.
    public func score(_ observation: Span<Float>, _ action: Span<Float>) -> Double {
        if let judge { return (try? judge.score(observation, action)) ?? .nan }
        return policy.feasibilityValues(of: observation)?.first.map(Double.init) ?? .nan
    }
}

/// A router ready to decide, one thread at a time.
public final class RouterJudge {
    private let thresholds: RouterThresholds
    private let score: ProposalScore
    private let store: GroundingStore
    /// The latest proposal's features.
    private var pair: [Float]

    init(_ thresholds: RouterThresholds, _ score: ProposalScore, _ store: GroundingStore) {
        (self.thresholds, self.score, self.store) = (thresholds, score, store)
        pair = [Float](repeating: 0, count: score.features.count)
    }

    /// The class of a proposal, as `decide` finds it, without the rows that it rests on.
    public func route(observation: Span<Float>, action: Span<Float>) -> ProposalRoute {
        let features = score.features
        guard observation.count == features.observationSize, action.count == features.actionSize else {
            return ProposalRoute(.refuse, score: .nan, isGrounded: false)
        }
        let score = score.score(observation, action)
        features.write(observation, action, into: &pair)
        let isGrounded = (try? store.isGrounded(pair)) ?? nil
        return ProposalRoute(
            thresholds.route(score, isGrounded: isGrounded), score: score, isGrounded: isGrounded ?? false)
    }

    /// Decides on a proposal; whatever goes wrong is refused.
    ///
    /// - Parameters:
    ///   - observation: in which it is made.
    ///   - action: what is proposed.
    /// - Returns: the class, with score, thresholds and the recorded transitions near it.
    public func decide(observation: Span<Float>, action: Span<Float>) -> RoutedDecision {
        let features = score.features
        guard observation.count == features.observationSize, action.count == features.actionSize else {
            return RoutedDecision(score: .nan, thresholds: thresholds, grounding: nil)
        }
        return RoutedDecision(
            score: score.score(observation, action), thresholds: thresholds,
            grounding: try? store.ground(features.values(observation, action)))
    }
}
