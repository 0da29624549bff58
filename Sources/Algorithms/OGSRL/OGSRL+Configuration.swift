import Dynamics
import SafeRL

extension OGSRL {
    /// OGSRL's options.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct Configuration: Defaulted, Equatable {
        @Setting("Who judges whether (s, a) lies where the data is.")
        public var guardian = Guardian.kde()
        @Setting(
            0...100,
            "Earlier observations and actions that are part of the state, for guardian, model and policy (k)."
        )
        public var history = 0
        @Setting("How the environment is modelled.")
        public var model = Model.nearest()
        @Setting(
            "Whether actions in the model are clipped to [-1, 1], as the policy's are where it acts; actions gaussian."
        )
        public var clipsActions = true
        @Setting("What happens in the model outside the data.")
        public var mode = Mode.absorbingPenalty()
        @Setting(
            0...1e9,
            "Largest expected sum of an episode for each named cost; out-of-support is the guardian's.")
        public var budgets: [String: Double] = [:]
        @Setting("Whether budgets are of discounted sums; else of plain sums to the horizon.")
        public var discountsCosts = false
        @Setting(
            "What budgets of plain sums are for: an episode in the model, or a recorded one, in proportion to the steps."
        )
        public var budgetsPer = BudgetSpan.rollout
        @Setting(
            "Where episodes in the model start: where recorded ones did, in any recorded state, or in any of the episodes within the budgets."
        )
        public var starts = Starts.first
        @Setting("What improves the policy.")
        public var optimiser = Optimiser.cpo()
        @Setting("The distinct recorded actions, or a Gaussian over all.")
        public var actions = Actions.finite
        @Setting("What the policy sees: observations, or their number in a table.")
        public var inputs = Inputs.features
        @Setting(
            "Whether a policy over recorded actions proposes only what the guardian calls inside, or any.")
        public var proposals = Proposals.masked
        @Setting("What the policy starts from: a clone of the recorded behaviour, or nothing.")
        public var warmStart = WarmStart.none
        @Setting("Hidden widths of policy (inputs features) and value networks.")
        public var widths = [128, 128]
        @Setting(1...100_000_000, "Steps after which an episode in the model is truncated (H).")
        public var horizon = 20
        @Setting(0...1, "Discount of rewards (gamma).")
        public var discount = 0.99
        @Setting(1...100_000_000, "Fresh episodes in the model for the final report.")
        public var reportRollouts = 2000
        @Setting(
            .open(0, 1),
            "Confidence of the certificates in the report, and of each margin of what plans or steps in the counted model."
        )
        public var confidence = 0.95
        @Setting(
            0..<1,
            "Share of the episodes kept apart to test whether the policy returns more than what it learned from."
        )
        public var testShare = 0.0
        @Setting("Whether the policy draws its actions; else the most probable one is taken.")
        public var samples = true

        /// The settings of the release where it has any.
        public init() {}

        /// Whether the policy's law is masked to what the guardian calls inside.
        var masksProposals: Bool { proposals == .masked && actions == .finite && guardian != .none }
        /// Whether the guardian goes with the policy.
        var guardsActing: Bool { guardian != .none && (mode == .reject || masksProposals) }
        /// Whether the policy starts from a clone of the behaviour.
        var clones: Bool { warmStart != .none && !optimiser.plans }
        /// Whether the guardian must know the errors of the model.
        var resolvesAsModel: Bool { guardian != .none && model.ensemble?.resolution == .model }
        /// Whether the model is learned before the guardian is fitted.
        var startsWithModel: Bool {
            if case .disagreement = guardian { true } else { resolvesAsModel }
        }
        /// Whether leaving the data costs something beside the guardian's channel.
        var chargesLeaving: Bool { guardian != .none && mode.outsideCosts == .worst }

        /// Keys whose effect another key takes away.
        public var idleSettings: [IdleSetting] {
            var idle: [IdleSetting] = []
            if guardian == .none {
                idle += ["mode", "proposals", "model.resolution"].map {
                    IdleSetting($0, because: "guardian", unless: "\"kde\"")
                }
            }
            if actions == .finite {
                idle.append(IdleSetting("clipsActions", because: "actions", unless: "\"gaussian\""))
            } else {
                idle.append(IdleSetting("proposals", because: "actions", unless: "\"finite\""))
            }
            if budgets.isEmpty {
                idle += ["discountsCosts", "budgetsPer"].map { IdleSetting($0, because: "budgets") }
            }
            if optimiser.plans {
                idle.append(IdleSetting("warmStart", because: "optimiser", unless: "\"cpo\""))
            }
            if inputs == .table && actions == .finite {
                idle.append(
                    IdleSetting("warmStart.updates", because: "inputs", unless: "\"features\""))
            }
            if inputs == .table && optimiser.sampling == nil {
                idle.append(
                    optimiser.plans
                        ? IdleSetting("widths", because: "optimiser", unless: "\"cpo\"")
                        : IdleSetting("widths", because: "optimiser.advantages", unless: "\"sampled\""))
            }
            return idle
        }

        /// Checks what one key alone cannot show.
        ///
        /// - Throws: `OptionIssue`.
        public func validate() throws {
            try model.validate(under: "model")
            if case .disagreement = guardian, model.ensemble == nil {
                throw OptionIssue("guardian", "\"disagreement\" needs \"model\": \"ensemble\".")
            }
            if mode == .reject && actions == .gaussian {
                throw OptionIssue(
                    "mode", "\"reject\" chooses among finitely many actions. Write \"actions\": \"finite\".")
            }
            if guardian == .none && budgets[outOfSupportChannel] != nil {
                throw OptionIssue(
                    "budgets", "\"\(outOfSupportChannel)\" needs a guardian, but \"guardian\" is \"none\".")
            }
            if case .trpo = optimiser, !budgets.isEmpty {
                throw OptionIssue(
                    "budgets", "\"trpo\" keeps none. Write \"optimiser\": \"cpo\", or no budgets.")
            }
            if discountsCosts && budgetsPer == .episode {
                throw OptionIssue(
                    "budgetsPer",
                    "\"episode\" scales plain sums, and these are discounted. Write \"rollout\", or \"discountsCosts\": false."
                )
            }
            if optimiser.plans { try validatePlanning() }
            if case .exact = optimiser.advantages { try validateExactAdvantages() }
            if testShare > 0 && actions == .gaussian {
                throw OptionIssue(
                    "testShare",
                    "\"gaussian\" states no probabilities to weigh recorded actions by. Write \"actions\": \"finite\", or 0."
                )
            }
            if discount >= 1 && mode.absorbs && guardian != .none {
                throw OptionIssue(
                    "discount",
                    "1 gives a frozen state no finite value. Lower it, or write \"mode\": \"terminate\".")
            }
        }

        private func validatePlanning() throws {
            let name = "\"\(optimiser.chosen.kind)\""
            if model != .tabular || inputs != .table || actions != .finite {
                throw OptionIssue(
                    "optimiser",
                    "\(name) plans in a table. Write \"model\": \"tabular\", \"inputs\": \"table\", \"actions\": \"finite\"."
                )
            }
            if guardian != .none && mode != .reject {
                throw OptionIssue(
                    "mode", "\(name) chooses among the pairs inside. Write \"mode\": \"reject\".")
            }
            try validateCounting(for: name)
        }

        private func validateExactAdvantages() throws {
            if case .ppoLagrangian = optimiser {
                throw OptionIssue(
                    "optimiser.advantages",
                    "\"ppo-lagrangian\" takes none that are exact. Write \"sampled\", or \"optimiser\": \"cpo\"."
                )
            }
            if model != .tabular || actions != .finite {
                throw OptionIssue(
                    "optimiser.advantages",
                    "\"exact\" needs a table. Write \"model\": \"tabular\", \"actions\": \"finite\".")
            }
            if guardian != .none && proposals != .masked {
                throw OptionIssue(
                    "proposals", "exact advantages are of the pairs inside. Write \"proposals\": \"masked\".")
            }
            try validateCounting(for: "\"advantages\": \"exact\"")
        }

        /// What expectations in the counted model need.
        private func validateCounting(for name: String) throws {
            if !samples && !budgets.isEmpty {
                throw OptionIssue(
                    "samples", "budgets are kept by a policy that draws its actions. Write true.")
            }
            if confidence < 0.5 {
                throw OptionIssue("confidence", "margins of \(name) need at least 0.5.")
            }
            if discount == 0 {
                throw OptionIssue("discount", "\(name) plans ahead. Write a number above 0.")
            }
            if discount < 1 && !budgets.isEmpty && !discountsCosts {
                throw OptionIssue(
                    "discountsCosts",
                    "\(name) counts rewards and costs alike. Write true, or \"discount\": 1.")
            }
        }
    }
}
