import SafeRL

extension FISOR {
    /// What the policy's weights aim at.
    public enum Objective: Variant, Equatable {
        /// Hamilton–Jacobi feasibility: the method of the paper.
        case feasibility
        /// The ablation that bounds a discounted cost instead of the worst violation.
        case costValue(CostValue = CostValue())
        /// Safe imitation: weights without a reward term.
        case imitation
        /// Reward only, no constraint.
        case reward
        /// Behaviour cloning: every weight 1.
        case cloning

        /// The kinds of objective.
        public static let kinds: [VariantKind<Self>] = [
            .init("feasibility", .feasibility), .init("cost-value") { .costValue($0) },
            .init("imitation", .imitation), .init("reward", .reward), .init("cloning", .cloning),
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .feasibility: ("feasibility", NoSettings())
            case .costValue(let own): ("cost-value", own)
            case .imitation: ("imitation", NoSettings())
            case .reward: ("reward", NoSettings())
            case .cloning: ("cloning", NoSettings())
            }
        }

        /// The settings of the ablation where it is that.
        var costValue: CostValue? { if case .costValue(let own) = self { own } else { nil } }

        /// Settings of `cost-value`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct CostValue: Defaulted, Equatable {
            @Setting(0...1e6, "Episode cost allowed.", formerly: "costLimit")
            public var costLimit: Float = 10
            @Setting(1...1_000_000, "Steps in an episode.", formerly: "episodeLength")
            public var episodeLength = 1000

            /// Those of DSRL's tasks.
            public init() {}
        }
    }

    /// Where the state constraint h comes from.
    public enum Constraint: String, Codable, Sendable, CaseIterable {
        /// `violation` where the stored cost is positive, `satisfaction` elsewhere.
        case cost
        /// The column `constraint_values`, as stored.
        case stored
    }

    /// What Q_h backs up where a violation is under way.
    public enum UnderViolation: String, Codable, Sendable, CaseIterable {
        /// The worst violation ahead, as published: staying is worth what leaving is.
        case worst
        /// Between half of the violation, when it ends with this step, and all of it, when it never does.
        case leaving
    }

    /// What a time-out does to the targets.
    public typealias Timeouts = TimeoutRule

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
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct Configuration: Defaulted, Equatable {
        @Setting("What the policy's weights aim at.")
        public var objective = Objective.feasibility
        @Setting("What draws the actions: the paper's diffusion model, or one pass through a network.")
        public var policy = PolicyKind.diffusion
        @Setting("Where h(s) comes from: the sign of the cost, or a column.")
        public var constraint = Constraint.cost
        @Setting("Whether a time-out ends the episode for the critics.")
        public var timeouts = TimeoutRule.end
        @Setting(-1e6...1e6, "h where the cost is positive.")
        public var violation: Float = 25
        @Setting(-1e6...0, "h where the cost is zero.")
        public var satisfaction: Float = -1
        @Setting(
            "What Q_h backs up where a violation is under way: the worst ahead (published), or less the sooner it ends."
        )
        public var underViolation = UnderViolation.worst
        @Setting(0..<1, "Discount of reward and feasibility (gamma).")
        public var discount: Float = 0.99
        @Setting(.open(0, 1), "Expectile of V_r (tau).")
        public var rewardExpectile: Float = 0.9
        @Setting(.open(0, 1), "Reversed expectile of V_h (tau_h).")
        public var feasibilityExpectile: Float = 0.9
        @Setting(0...1e3, "Weight exp(alpha_r A_r) in feasible states.")
        public var rewardTemperature: Float = 3
        @Setting(0...1e3, "Weight exp(-alpha_h A_h) in infeasible states.")
        public var feasibilityTemperature: Float = 5
        @Setting(.above(0, upTo: 1e6), "Largest weight in feasible states.")
        public var rewardWeightCap: Float = 100
        @Setting(.above(0, upTo: 1e6), "Largest weight in infeasible states.")
        public var feasibilityWeightCap: Float = 150
        @Setting(
            0...1e6,
            "Smallest weight in infeasible states: 0 (released code) or 1 (first version, divergence D1).")
        public var feasibilityWeightFloor: Float = 0
        @Setting(1...1_000_000, "Rows of one policy update.")
        public var policyRows = 1024
        @Setting(1...64, "Policy updates in one step, on different rows.")
        public var policyUpdates = 2
        @Setting(1...1_000_000, "Rows of the critics' update: the first of the batch.")
        public var criticRows = 256
        @Setting(
            0...1_000_000_000,
            "Updates, of schedule.steps, that train the critics alone; the rest then train the policy alone. 0: jointly."
        )
        public var criticsFirst = 0
        @Setting(
            0...1_000_000_000,
            "Updates of the critics at the start whose targets are what came of each transition in its own episode, before they learn from each other."
        )
        public var recordedFirst = 0
        @Setting(
            0...1,
            "Drift at which the critics' own stage ends before criticsFirst: of V_r and V_h relative to their size, of the feasible share, and of held-out errors, over four intervals. 0: never."
        )
        public var settling: Float = 0
        @Setting(1...1_000_000, "Updates of the critics between two looks at how far they moved.")
        public var settlingInterval = 1000
        @Setting(0...0.5, "Share of the episodes that no update sees, by which critics are judged.")
        public var heldOutShare: Float = 0
        @Setting(.above(0, upTo: 1), "Adam's step size; the policy's decays by a cosine.")
        public var learningRate: Float = 3e-4
        @Setting(1...1_000_000_000, "Policy updates over which its step size falls to 0.")
        public var policyDecayUpdates = 3_000_000
        @Setting(.above(0, upTo: 1), "Moving average of Q_r and Q_h in one step.")
        public var criticTargetRate: Float = 0.005
        @Setting(.above(0, upTo: 1), "Moving average of the policy in one update.")
        public var policyTargetRate: Float = 0.001
        @Setting("Hidden widths of critics and values.")
        public var criticWidths = [256, 256]
        @Setting(1...32, "Members of each Q ensemble.")
        public var criticMembers = 2
        @Setting(1...1_000_000, "Width of the score network.")
        public var width = 256
        @Setting(1...64, "Residual blocks of the score network.")
        public var blocks = 3
        @Setting(2...4096, "Fourier features of the diffusion step.")
        public var timeFeatures = 64
        @Setting("Widths of the time encoder.")
        public var timeWidths = [128, 128]
        @Setting(0..<1, "Dropout in the score network's blocks.")
        public var dropout: Float = 0.1
        @Setting(1...1000, "Diffusion steps T.")
        public var diffusionSteps = 5
        @Setting("Noise schedule.")
        public var noise = NoiseSchedule.Kind.vp
        @Setting(1...4096, "Actions drawn for each observation (N).")
        public var candidates = 16
        @Setting("Which candidate is taken.")
        public var choice = Choice.safest
        @Setting(
            0...1e6, "How far below 0 Q_h must lie for choice most-rewarding-safe to call an action safe.")
        public var safetyMargin: Float = 0
        @Setting("How candidates are drawn.")
        public var sampler = Sampler.ddpm
        @Setting(0...100, "Scale of the sampler's noise.")
        public var temperature: Float = 1
        @Setting("Leave out rows of weight 0: the same mathematics, less work.")
        public var skipsWeightlessRows = true

        /// The published settings for DSRL tasks.
        public init() {}

        /// Keys whose effect another key takes away.
        public var idleSettings: [IdleSetting] {
            let isDiffusion = policy == .diffusion
            var idle =
                policy.flow.map(idle(with:))
                ?? weightsWithoutEffect.map {
                    IdleSetting($0, because: "objective", unless: "\"feasibility\"")
                }
            func add(_ keys: [String], because cause: String, unless remedy: String) {
                idle += keys.map { IdleSetting($0, because: cause, unless: remedy) }
            }
            if constraint == .stored {
                add(["violation", "satisfaction"], because: "constraint", unless: "\"cost\"")
            }
            if heldOutShare == 0 { add(["settlingInterval"], because: "heldOutShare", unless: "0.05") }
            if isDiffusion && candidates == 1 {
                add(["choice", "safetyMargin"], because: "candidates", unless: "16")
            }
            if choice != .mostRewardingSafe {
                add(["safetyMargin"], because: "choice", unless: "\"most-rewarding-safe\"")
            }
            if isDiffusion && sampler == .dpmSolver {
                add(["temperature"], because: "sampler", unless: "\"ddpm\"")
            }
            if isDiffusion && diffusionSteps == 1 {
                add(["temperature"], because: "diffusionSteps", unless: "5")
            }
            return idle
        }

        /// What the weights of the objective do not ask for; of `cost-value`, what its constraint does not.
        private var weightsWithoutEffect: [String] {
            let saving = ["feasibilityTemperature", "feasibilityWeightCap", "feasibilityWeightFloor"]
            return switch objective {
            case .feasibility: []
            case .costValue: ["violation", "satisfaction", "underViolation"]
            case .imitation: ["rewardWeightCap", "feasibilityWeightFloor"]
            case .reward: saving
            case .cloning: ["rewardTemperature", "rewardWeightCap"] + saving
            }
        }

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
            if objective.costValue != nil && constraint == .stored {
                throw OptionIssue(
                    "constraint", "\"stored\" contradicts objective \"cost-value\", which reads the costs.")
            }
        }
    }
}

extension FISOR {
    /// What happens between the candidates and the action taken.
    public static var actingOptions: [String] {
        ["candidates", "choice", "safetyMargin", "sampler", "temperature", "policy.draws"]
    }
}
