import SafeRL

extension FISOR {
    /// What the policy's weights aim at.
    public enum Objective: String, Codable, Sendable, CaseIterable {
        /// Hamilton–Jacobi feasibility: the method of the paper.
        case feasibility
        /// The ablation that bounds a discounted cost instead of the worst violation.
        case costValue = "cost-value"
        /// Safe imitation: weights without a reward term.
        case imitation
        /// Reward only, no constraint.
        case reward
        /// Behaviour cloning: every weight 1.
        case cloning
    }

    /// Where the state constraint h comes from.
    public enum Constraint: String, Codable, Sendable, CaseIterable {
        /// `violation` where the stored cost is positive, `satisfaction` elsewhere.
        case cost
        /// The column `constraint_values`, as stored.
        case stored
    }

    /// What a time-out does to the targets.
    public enum Timeouts: String, Codable, Sendable, CaseIterable {
        /// Ends the episode for the critics, as in the authors' code.
        case end
        /// Is looked through: the state after it is bootstrapped from.
        case bootstrap
    }

    /// Which of the candidate actions is taken.
    public enum Choice: String, Codable, Sendable, CaseIterable {
        /// The one with the lowest Q_h: the published rule.
        case safest
        /// The one with the highest Q_r.
        case mostRewarding = "most-rewarding"
        /// The one with the highest Q_r among those with Q_h ≤ 0; the safest where there is none.
        case mostRewardingSafe = "most-rewarding-safe"
        /// The first, whatever the critics say.
        case first
    }

    /// How candidates are drawn from the diffusion policy.
    public enum Sampler: String, Codable, Sendable, CaseIterable {
        /// Ancestral sampling, as in the authors' code.
        case ddpm
        /// DPM-Solver++(2M): deterministic given the first noise.
        case dpmSolver = "dpm-solver"
    }

    /// FISOR's options.
    ///
    /// Paper symbols are named in `options`; the defaults are the published settings for DSRL tasks.
    public struct Configuration: Defaulted, Equatable {
        /// See `options`.
        public var objective = Objective.feasibility, constraint = Constraint.cost, timeouts = Timeouts.end
        /// See `options`.
        public var violation: Float = 25, satisfaction: Float = -1
        /// See `options`.
        public var discount: Float = 0.99, rewardExpectile: Float = 0.9, feasibilityExpectile: Float = 0.9
        /// See `options`.
        public var rewardTemperature: Float = 3, feasibilityTemperature: Float = 5
        /// See `options`.
        public var rewardWeightCap: Float = 100, feasibilityWeightCap: Float = 150,
            feasibilityWeightFloor: Float = 0
        /// See `options`.
        public var costLimit: Float = 10, episodeLength = 1000
        /// See `options`.
        public var policyRows = 1024, policyUpdates = 2, criticRows = 256, criticsFirst = 0, recordedFirst = 0
        /// See `options`.
        public var settling: Float = 0, settlingInterval = 1000, heldOutShare: Float = 0
        /// See `options`.
        public var learningRate: Float = 3e-4, policyDecayUpdates = 3_000_000
        /// See `options`.
        public var criticTargetRate: Float = 0.005, policyTargetRate: Float = 0.001
        /// See `options`.
        public var criticWidths = [256, 256], criticMembers = 2
        /// See `options`.
        public var width = 256, blocks = 3, timeFeatures = 64, timeWidths = [128, 128], dropout: Float = 0.1
        /// See `options`.
        public var diffusionSteps = 5, noise = NoiseSchedule.Kind.vp
        /// See `options`.
        public var candidates = 16, choice = Choice.safest, safetyMargin: Float = 0, sampler = Sampler.ddpm,
            temperature: Float = 1
        /// See `options`.
        public var skipsWeightlessRows = true

        /// The published settings for DSRL tasks.
        public init() {}

        /// Checks what one key alone cannot show.
        ///
        /// - Throws: `OptionIssue`.
        public func validate() throws {
            if violation <= satisfaction {
                throw OptionIssue(
                    "violation", "\(violation) must be greater than satisfaction, \(satisfaction).")
            }
            if feasibilityWeightFloor > feasibilityWeightCap {
                throw OptionIssue(
                    "feasibilityWeightFloor",
                    "\(feasibilityWeightFloor) exceeds feasibilityWeightCap, \(feasibilityWeightCap).")
            }
            if !timeFeatures.isMultiple(of: 2) {
                throw OptionIssue("timeFeatures", "\(timeFeatures) is odd: cosines and sines come in pairs.")
            }
            if settling > 0 && heldOutShare == 0 {
                throw OptionIssue(
                    "settling",
                    "\(settling) needs episodes that critics are judged by. Write heldOutShare, for example 0.05."
                )
            }
            if settling > 0 && criticsFirst == 0 {
                throw OptionIssue(
                    "settling",
                    "\(settling) ends the critics' own stage, and there is none. Write criticsFirst.")
            }
            if objective == .costValue && constraint == .stored {
                throw OptionIssue(
                    "constraint", "\"stored\" contradicts objective \"cost-value\", which reads the costs.")
            }
        }
    }
}

extension FISOR {
    /// What happens between the candidates and the action taken.
    public static var actingOptions: [String] {
        ["candidates", "choice", "safetyMargin", "sampler", "temperature"]
    }
}

extension FISOR.Configuration {
    /// The keys of `fisor`.
    public static var options: [Option] { learning + networks + acting }

    private static let count = Option.Domain.integer(minimum: 1, maximum: 1_000_000)
    private static let share = Option.Domain.number(
        minimum: 0, maximum: 1, excludingMinimum: true, excludingMaximum: true)
    private static let positive = Option.Domain.number(minimum: 0, maximum: 1e6, excludingMinimum: true)
    private static let rate = Option.Domain.number(minimum: 0, maximum: 1, excludingMinimum: true)

    private static var learning: [Option] {
        [
            Option("objective", .words(of: FISOR.Objective.self), "What the policy's weights aim at."),
            Option(
                "constraint", .words(of: FISOR.Constraint.self),
                "Where h(s) comes from: the sign of the cost, or a column."),
            Option(
                "timeouts", .words(of: FISOR.Timeouts.self),
                "Whether a time-out ends the episode for the critics."
            ),
            Option("violation", .number(minimum: -1e6, maximum: 1e6), "h where the cost is positive."),
            Option("satisfaction", .number(minimum: -1e6, maximum: 0), "h where the cost is zero."),
            Option(
                "discount", .number(minimum: 0, maximum: 1, excludingMaximum: true),
                "Discount of reward and feasibility (gamma)."),
            Option("rewardExpectile", share, "Expectile of V_r (tau)."),
            Option("feasibilityExpectile", share, "Reversed expectile of V_h (tau_h)."),
            Option(
                "rewardTemperature", .number(minimum: 0, maximum: 1e3),
                "Weight exp(alpha_r A_r) in feasible states."),
            Option(
                "feasibilityTemperature", .number(minimum: 0, maximum: 1e3),
                "Weight exp(-alpha_h A_h) in infeasible states."),
            Option("rewardWeightCap", positive, "Largest weight in feasible states."),
            Option("feasibilityWeightCap", positive, "Largest weight in infeasible states."),
            Option(
                "feasibilityWeightFloor", .number(minimum: 0, maximum: 1e6),
                "Smallest weight in infeasible states: 0 (released code) or 1 (first version, divergence D1)."
            ),
            Option(
                "costLimit", .number(minimum: 0, maximum: 1e6),
                "Episode cost allowed; objective cost-value only."),
            Option("episodeLength", count, "Steps in an episode; objective cost-value only."),
            Option("policyRows", count, "Rows of one policy update."),
            Option(
                "policyUpdates", .integer(minimum: 1, maximum: 64),
                "Policy updates in one step, on different rows."),
            Option("criticRows", count, "Rows of the critics' update: the first of the batch."),
            Option(
                "criticsFirst", .integer(minimum: 0, maximum: 1_000_000_000),
                "Updates, of schedule.steps, that train the critics alone; the rest then train the policy alone. 0: jointly."
            ),
            Option(
                "recordedFirst", .integer(minimum: 0, maximum: 1_000_000_000),
                "Updates of the critics at the start whose targets are what came of each transition in its own episode, before they learn from each other."
            ),
            Option(
                "settling", .number(minimum: 0, maximum: 1),
                "Drift at which the critics' own stage ends before criticsFirst: of V_r and V_h relative to their size, of the feasible share, and of held-out errors, over four intervals. 0: never."
            ),
            Option(
                "settlingInterval", count, "Updates of the critics between two looks at how far they moved."),
            Option(
                "heldOutShare", .number(minimum: 0, maximum: 0.5),
                "Share of the episodes that no update sees, by which critics are judged."),
            Option("learningRate", rate, "Adam's step size; the policy's decays by a cosine."),
            Option(
                "policyDecayUpdates", .integer(minimum: 1, maximum: 1_000_000_000),
                "Policy updates over which its step size falls to 0."),
            Option("criticTargetRate", rate, "Moving average of Q_r and Q_h in one step."),
            Option("policyTargetRate", rate, "Moving average of the policy in one update."),
        ]
    }

    private static var networks: [Option] {
        [
            Option("criticWidths", .sizes, "Hidden widths of critics and values."),
            Option("criticMembers", .integer(minimum: 1, maximum: 32), "Members of each Q ensemble."),
            Option("width", count, "Width of the score network."),
            Option("blocks", .integer(minimum: 1, maximum: 64), "Residual blocks of the score network."),
            Option(
                "timeFeatures", .integer(minimum: 2, maximum: 4096), "Fourier features of the diffusion step."
            ),
            Option("timeWidths", .sizes, "Widths of the time encoder."),
            Option(
                "dropout", .number(minimum: 0, maximum: 1, excludingMaximum: true),
                "Dropout in the score network's blocks."),
            Option("diffusionSteps", .integer(minimum: 1, maximum: 1000), "Diffusion steps T."),
            Option("noise", .words(of: NoiseSchedule.Kind.self), "Noise schedule."),
        ]
    }

    private static var acting: [Option] {
        [
            Option(
                "candidates", .integer(minimum: 1, maximum: 4096), "Actions drawn for each observation (N)."),
            Option("choice", .words(of: FISOR.Choice.self), "Which candidate is taken."),
            Option(
                "safetyMargin", .number(minimum: 0, maximum: 1e6),
                "How far below 0 Q_h must lie for choice most-rewarding-safe to call an action safe."),
            Option("sampler", .words(of: FISOR.Sampler.self), "How candidates are drawn."),
            Option("temperature", .number(minimum: 0, maximum: 100), "Scale of the sampler's noise."),
            Option(
                "skipsWeightlessRows", .boolean,
                "Leave out rows of weight 0: the same mathematics, less work."),
        ]
    }
}
