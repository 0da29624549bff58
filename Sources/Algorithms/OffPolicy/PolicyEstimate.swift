import OffPolicyEvaluation
import SafeRL

/// What a policy is worth by a recording alone: a claim of kind *estimate*, never a certificate.
public struct PolicyEstimate: Codable, Sendable, Equatable {
    /// What an estimate is about, by hash.
    public struct Subject: Codable, Sendable, Equatable {
        /// The checkpoint's folder and the updates that its policy has learned from.
        public var checkpoint: String, step: Int
        /// SHA-256 of the checkpoint's numbers.
        public var policy: String
        /// The recording.
        public var data: String
        /// SHA-256 of the recording.
        public var dataDigest: String
        /// Options that were changed for this estimate, as `key=value`.
        public var overrides: [String]

        /// Names all of it.
        public init(
            checkpoint: String, step: Int, policy: String, data: String, dataDigest: String,
            overrides: [String] = []
        ) {
            (self.checkpoint, self.step, self.policy) = (checkpoint, step, policy)
            (self.data, self.dataDigest, self.overrides) = (data, dataDigest, overrides)
        }

        private enum CodingKeys: String, CodingKey {
            case checkpoint, step, data, overrides
            case policy = "policy_sha256"
            case dataDigest = "data_sha256"
        }
    }

    /// How an estimate is made.
    public enum Method: String, Codable, Sendable, CaseIterable {
        /// Fitted values, one regression a step from the last one back.
        case fittedValues = "fqe"
        /// Acting in a model that was fitted to the recording.
        case model
        /// Weighted importance sampling, decision by decision.
        case weighted = "pdwis"
        /// Fitted values corrected by weighted residuals.
        case doublyRobust = "wdr"
    }

    /// One estimate.
    public struct Estimate: Codable, Sendable, Equatable {
        /// How it is made.
        public var method: Method
        /// The value; nothing where it was refused.
        public var value: Double?
        /// Lower and upper end of the interval; nothing where there is none.
        public var interval: [Double]?
        /// Why there is no value; nothing where there is one.
        public var refusal: String?

        private enum CodingKeys: String, CodingKey {
            case value, interval, refusal
            case method = "estimator"
        }
    }

    /// The estimates of one sum over an episode.
    public struct Figures: Codable, Sendable, Equatable {
        /// `reward`, `cost`, or `cost NAME`.
        public var signal: String
        /// Mean of what the recorded episodes summed up to.
        public var recorded: Double
        /// In the order of the methods.
        public var estimates: [Estimate]
        /// The estimate by the model, or by fitted values where there is none, and its interval, on the scale of the task's
        /// constants.
        public var normalized: Double?, normalizedInterval: [Double]?

        /// The estimate by a method; nothing where it was not asked for.
        public subscript(_ method: Method) -> Estimate? { estimates.first { $0.method == method } }

        private enum CodingKeys: String, CodingKey {
            case signal, estimates, normalized
            case recorded = "recorded_mean"
            case normalizedInterval = "normalized_interval"
        }
    }

    /// How far what the policy does is from what was recorded.
    public struct Nearness: Codable, Sendable, Equatable {
        /// Recorded states that were looked at.
        public var states: Int
        /// Share of them in which the policy's action is the recorded one; nothing for actions of real numbers.
        public var equalShare: Double?
        /// Mean distance of the policy's action from the recorded one, ‖·‖₂; nothing for choices.
        public var meanDistance: Double?
        /// Share of the policy's pairs that lie farther from the fifth nearest recorded pair than 95 % of these do.
        public var outsideShare: Double
        /// The same share of recorded pairs that were not looked at for that threshold, for comparison; about 0.05, and far more
        /// where the steps of an episode lie nearer to each other than to those of other episodes.
        public var recordedOutsideShare: Double
        /// Share of the policy's actions, over the recorded states, that nobody took there; nothing where states are many.
        public var unseenShare: Double?

        private enum CodingKeys: String, CodingKey {
            case states
            case equalShare = "equal_share"
            case meanDistance = "mean_distance"
            case outsideShare = "outside_share"
            case recordedOutsideShare = "recorded_outside_share"
            case unseenShare = "unseen_share"
        }
    }

    /// `estimate`.
    public private(set) var kind = "estimate"
    /// What the figures are, in one sentence.
    public var statement: String
    /// Which policy, and which recording.
    public var subject: Subject
    /// Recorded episodes, those of them that were cut, and their steps.
    public var episodes: Int, truncated: Int, steps: Int
    /// Steps that values were fitted to.
    public var fittedSteps: Int
    /// How values were fitted: `table` or `random features`.
    public var fit: String
    /// Most steps of an episode that are summed up.
    public var horizon: Int
    /// Confidence that the intervals are meant to have, in (0, 1).
    public var confidence: Double
    /// Resamples of the episodes to which values were fitted anew.
    public var resamples: Int
    /// Seed of draws, features and resamples.
    public var seed: UInt64
    /// The return, the cost, and the cost channels that the recording names.
    public var figures: [Figures]
    /// How evenly episodes count where they are weighted; nothing where no weights could be computed.
    public var weights: WeightDiagnostics?
    /// How near the policy is to what was recorded.
    public var nearness: Nearness
    /// Share of the recorded states that the policy's own V_h calls feasible; nothing where it judges no states.
    public var feasibleShare: Double?
    /// What a reader should know before using the figures.
    public var warnings: [String]

    private enum CodingKeys: String, CodingKey {
        case kind, statement, subject, episodes, truncated, steps, fit, horizon, confidence, resamples, seed
        case figures = "signals"
        case weights
        case nearness = "support"
        case warnings
        case fittedSteps = "fitted_steps"
        case feasibleShare = "feasible_share"
    }

    /// The figures of a signal; nothing where the recording has no such.
    public subscript(_ signal: String) -> Figures? { figures.first { $0.signal == signal } }
}
