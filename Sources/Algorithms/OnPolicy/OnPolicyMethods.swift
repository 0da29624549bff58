import PolicyOptimisation
import SafeRL

/// How a policy moves within its cost limit, given what it did.
public protocol OnPolicyMethod: AnyObject {
    /// The algorithm's name, such as `cpo`.
    static var name: String { get }
    /// Options of the update.
    associatedtype Options: Defaulted & Equatable
    /// The policy that is improved.
    var policy: StochasticPolicy { get }
    /// Its parameters now.
    var parameters: [Double] { get }
    /// The value networks of reward and cost.
    var rewardValue: ValueFunction { get }
    /// Of the cost.
    var costValue: ValueFunction { get }
    /// Everything that the next update depends on.
    var state: LearnerState { get }
    /// Starts with fresh weights.
    init(_ policy: StochasticPolicy, _ options: Options, _ values: ValueFitting, seed: UInt64)
    /// Makes one update from rows that the present policy produced, with one constraint.
    ///
    /// - Throws: `NonFiniteError`; nothing is changed then.
    func update(_ batch: PolicyBatch) throws -> OnPolicyReport
    /// Continues from a stored state.
    ///
    /// - Throws: `LearnerStateError`; nothing is changed then.
    func restore(_ state: LearnerState) throws(LearnerStateError)
}

/// What an update did.
public struct OnPolicyReport: Sendable {
    /// λ that the update used; 0 for a method without one.
    public var multiplier = 0.0
    /// KL(old ‖ new), mean over rows.
    public var divergence = 0.0
    /// Of the policy after the update.
    public var entropy = 0.0
    /// Whether the policy moved.
    public var isAccepted = true

    /// An update that moved nothing yet.
    public init() {}
}

/// Options of clipped surrogates.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct ClippedOptions: Defaulted, Equatable {
    @Setting(.open(0, 1), "Ratios beyond 1 ± clip are not rewarded.")
    public var clip = 0.2
    @Setting(.above(0, upTo: 1), "Adam's step size.")
    public var rate = 3e-4
    @Setting(1...1_000, "Passes over an update's rows.")
    public var epochs = 10
    @Setting(0...1_000_000, "Rows of a step of Adam; 0 for all at once.")
    public var rows = 256
    @Setting(0...10, "Weight of the policy's entropy.")
    public var entropyWeight = 0.0
    @Setting(.above(0, upTo: 10), "Divergence from the policy that acted at which passes end.")
    public var divergence = 0.02
    @Setting(.above(0, upTo: 1e6), "Largest multiplier.")
    public var largestMultiplier = 25.0

    /// As published.
    public init() {}

    fileprivate func configuration(_ rule: MultiplierRule, _ values: ValueFitting)
        -> PPOLagrangian.Configuration
    {
        var c = PPOLagrangian.Configuration()
        (c.clip, c.rate, c.epochs, c.rows) = (clip, rate, epochs, rows)
        (c.entropyWeight, c.largestDivergence) = (entropyWeight, divergence)
        (c.multipliers, c.largestMultiplier, c.values) = (rule, largestMultiplier, values)
        return c
    }
}

/// Options of clipped surrogates with what sets their multiplier.
public protocol ClippedMethodOptions: Defaulted, Equatable {
    /// The algorithm's name.
    static var algorithm: String { get }
    /// The policy's steps.
    var clipped: ClippedOptions { get }
    /// What sets the multiplier.
    var rule: MultiplierRule { get }
}

/// A multiplier that climbs by the excess: `ppo-lagrangian`.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct ClimbingMultiplier: ClippedMethodOptions {
    @Setting("The policy's steps.")
    public var clipped = ClippedOptions()
    @Setting(.above(0, upTo: 1e3), "How fast the multiplier follows the excess of an episode's cost.")
    public var multiplierRate = 0.035

    public static let algorithm = "ppo-lagrangian"
    public var rule: MultiplierRule { .plain(rate: multiplierRate) }

    /// As published.
    public init() {}
}

/// A multiplier that a controller sets: `ppo-pid`.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct ControlledMultiplier: ClippedMethodOptions {
    @Setting("The policy's steps.")
    public var clipped = ClippedOptions()
    @Setting(0...1e3, "Weight of the excess (K_P).")
    public var proportional = 0.1
    @Setting(.above(0, upTo: 1e3), "Weight of its sum (K_I).")
    public var integral = 0.01
    @Setting(0...1e3, "Weight of its rise (K_D).")
    public var derivative = 0.01

    public static let algorithm = "ppo-pid"
    public var rule: MultiplierRule {
        .controller(proportional: proportional, integral: integral, derivative: derivative)
    }

    /// As published.
    public init() {}
}

/// Clipped surrogates under a multiplier.
public final class ClippedMethod<Options: ClippedMethodOptions>: OnPolicyMethod {
    /// The options'.
    public static var name: String { Options.algorithm }
    private let learner: PPOLagrangian

    /// Starts with fresh weights.
    public init(_ policy: StochasticPolicy, _ options: Options, _ values: ValueFitting, seed: UInt64) {
        learner = PPOLagrangian(
            policy, constraints: 1, configuration: options.clipped.configuration(options.rule, values),
            seed: seed)
    }

    /// The policy that is improved.
    public var policy: StochasticPolicy { learner.policy }
    /// Its parameters now.
    public var parameters: [Double] { learner.parameters }
    /// The value network of the reward.
    public var rewardValue: ValueFunction { learner.rewardValue }
    /// The value network of the cost.
    public var costValue: ValueFunction { learner.costValues[0] }
    /// Everything that the next update depends on.
    public var state: LearnerState { learner.state }
    /// Continues from a stored state.
    public func restore(_ state: LearnerState) throws(LearnerStateError) { try learner.restore(state) }

    /// One update.
    public func update(_ batch: PolicyBatch) throws -> OnPolicyReport {
        let done = try learner.update(batch)
        var report = OnPolicyReport()
        (report.multiplier, report.divergence) = (done.multipliers[0], done.change.divergence)
        report.entropy = done.entropy
        return report
    }
}

/// `ppo-lagrangian`.
public typealias PPOLagrangianMethod = ClippedMethod<ClimbingMultiplier>
/// `ppo-pid`.
public typealias PPOControllerMethod = ClippedMethod<ControlledMultiplier>

/// Options of a step within a trust region.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct TrustRegionOptions: Defaulted, Equatable {
    @Setting(.above(0, upTo: 10), "Largest divergence of a step (delta).")
    public var divergence = 0.01
    @Setting(0...10, "Added to the diagonal of the Fisher matrix.")
    public var damping = 0.1

    /// As published.
    public init() {}

    fileprivate func configuration(_ values: ValueFitting) -> TrustRegionLearner.Configuration {
        var c = TrustRegionLearner.Configuration()
        (c.divergence, c.damping, c.values) = (divergence, damping, values)
        return c
    }
}

/// A step within a trust region up the reward less the weighted cost, and a multiplier that climbs by the excess.
public final class TRPOLagrangianMethod: OnPolicyMethod {
    /// `trpo-lagrangian`.
    public static let name = "trpo-lagrangian"
    private let learner: TRPOLagrangian

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct Options: Defaulted, Equatable {
        @Setting("The policy's step.")
        public var step = TrustRegionOptions()
        @Setting(.above(0, upTo: 1e3), "How fast the multiplier follows the excess of an episode's cost.")
        public var multiplierRate = 0.035
        @Setting(.above(0, upTo: 1e6), "Largest multiplier.")
        public var largestMultiplier = 25.0

        /// As published.
        public init() {}
    }

    /// Starts with fresh weights.
    public init(_ policy: StochasticPolicy, _ options: Options, _ values: ValueFitting, seed: UInt64) {
        learner = TRPOLagrangian(
            policy, rule: .plain(rate: options.multiplierRate), largest: options.largestMultiplier,
            configuration: options.step.configuration(values), seed: seed)
    }

    /// The policy that is improved.
    public var policy: StochasticPolicy { learner.policy }
    /// Its parameters now.
    public var parameters: [Double] { learner.parameters }
    /// The value network of the reward.
    public var rewardValue: ValueFunction { learner.rewardValue }
    /// The value network of the cost.
    public var costValue: ValueFunction { learner.costValue }
    /// Everything that the next update depends on.
    public var state: LearnerState { learner.state }
    /// Continues from a stored state.
    public func restore(_ state: LearnerState) throws(LearnerStateError) { try learner.restore(state) }

    /// One update.
    public func update(_ batch: PolicyBatch) throws -> OnPolicyReport {
        var report = OnPolicyReport(try learner.update(batch))
        report.multiplier = learner.multiplier
        return report
    }
}

/// Constrained policy optimisation: the step of largest reward within trust region and cost limit, or back into it.
public final class CPOMethod: OnPolicyMethod {
    /// `cpo`.
    public static let name = "cpo"
    private let learner: TrustRegionLearner

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct Options: Defaulted, Equatable {
        @Setting("The policy's step.")
        public var step = TrustRegionOptions()

        /// As published.
        public init() {}
    }

    /// Starts with fresh weights.
    public init(_ policy: StochasticPolicy, _ options: Options, _ values: ValueFitting, seed: UInt64) {
        learner = TrustRegionLearner(
            policy, constraints: 1, configuration: options.step.configuration(values), seed: seed)
    }

    /// The policy that is improved.
    public var policy: StochasticPolicy { learner.policy }
    /// Its parameters now.
    public var parameters: [Double] { learner.parameters }
    /// The value network of the reward.
    public var rewardValue: ValueFunction { learner.rewardValue }
    /// The value network of the cost.
    public var costValue: ValueFunction { learner.costValues[0] }
    /// Everything that the next update depends on.
    public var state: LearnerState { learner.state }
    /// One update.
    public func update(_ batch: PolicyBatch) throws -> OnPolicyReport {
        OnPolicyReport(try learner.update(batch))
    }
    /// Continues from a stored state.
    public func restore(_ state: LearnerState) throws(LearnerStateError) { try learner.restore(state) }
}

extension OnPolicyReport {
    fileprivate init(_ done: TrustRegionLearner.UpdateReport) {
        self.init()
        (entropy, isAccepted) = (done.entropy, done.isAccepted)
        divergence = done.isAccepted ? done.search.attempts.last?.values.divergence ?? 0 : 0
    }
}
