import Dynamics
import SafeRL

extension OGSRL {
    /// Who judges whether a pair (s, a) lies where the data is.
    public enum Guardian: String, Codable, Sendable, CaseIterable {
        /// Nobody: an unguarded learned model.
        case none
        /// Polynomial sublevel set: the paper's theory.
        case psos
        /// The inverse Christoffel function.
        case christoffel
        /// Gaussian kernel density: the paper's experiments.
        case kde
        /// Distance to the k-th nearest recorded pair.
        case neighbours
        /// How often the very pair was recorded.
        case count
        /// How much the members of an ensemble disagree.
        case disagreement
    }

    /// Which model of the environment is learned.
    public enum Model: String, Codable, Sendable, CaseIterable {
        /// The successor of the nearest recorded pair.
        case nearest
        /// Relative frequencies, for finitely many observations and actions.
        case tabular
        /// Gaussian networks.
        case ensemble
    }

    /// What happens in the model where the guardian calls a pair outside.
    public enum Mode: String, Codable, Sendable, CaseIterable {
        /// Nothing but a cost in the channel `out-of-support`.
        case costOnly = "cost-only"
        /// The state freezes and every further step earns the penalty.
        case absorbingPenalty = "absorbing-penalty"
        /// The episode ends with the penalty.
        case terminate
        /// The least outside of all actions is done instead, in the model and when the policy acts.
        case reject
    }

    /// What improves the policy.
    public enum Optimiser: String, Codable, Sendable, CaseIterable {
        /// Constrained policy optimisation, with a budget for each named cost.
        case cpo
        /// The same without budgets.
        case trpo
        /// Clipped surrogates with a multiplier for each budget.
        case ppoLagrangian = "ppo-lagrangian"
        /// The exact optimum of a counted model, budgets lowered by margins for its error.
        case exact
        /// The same among the policies that keep to the behaviour where records are few.
        case spibb

        /// Whether it plans in the counted model instead of learning by steps.
        var plans: Bool { self == .exact || self == .spibb }
    }

    /// What the policy is a distribution over.
    public enum Actions: String, Codable, Sendable, CaseIterable {
        /// The distinct recorded actions.
        case finite
        /// All vectors: a Gaussian.
        case gaussian
    }

    /// What the policy sees.
    public enum Inputs: String, Codable, Sendable, CaseIterable {
        /// Observations, each number standardised.
        case features
        /// Which of the distinct recorded observations it is: a table of policies, one a state.
        case table
    }

    /// Which recorded actions a policy over them proposes.
    public enum Proposals: String, Codable, Sendable, CaseIterable {
        /// Those that the guardian calls inside; the others have probability 0.
        case masked
        /// All; what the guardian calls outside is dealt with afterwards, as `mode` says.
        case any
    }

    /// Where the policy starts from.
    public enum WarmStart: String, Codable, Sendable, CaseIterable {
        /// Nowhere: all actions are about as probable.
        case none
        /// The recorded behaviour, by maximum likelihood.
        case cloning
    }

    /// What the gradients of an optimiser are made of.
    public enum Advantages: String, Codable, Sendable, CaseIterable {
        /// Roll-outs in the model and value networks.
        case sampled
        /// Values and visits in the counted model, by linear equations.
        case exact
    }

    /// Where episodes in the model start.
    public enum Starts: String, Codable, Sendable, CaseIterable {
        /// Where recorded episodes did.
        case first
        /// In any recorded state, each record alike.
        case recorded
        /// In any state of recorded episodes whose costs are within the budgets, each record alike.
        case withinBudgets = "within-budgets"
    }

    /// What a budget of plain sums is for.
    public enum BudgetSpan: String, Codable, Sendable, CaseIterable {
        /// An episode in the model, of at most `horizon` steps.
        case rollout
        /// A recorded episode: one in the model has the share of it that its steps have.
        case episode
    }

    /// OGSRL's options.
    public struct Configuration: Defaulted, Equatable {
        /// See `options`.
        public var guardian = Guardian.kde, outsideShare = 0.05, calibrationShare = 0.0
        /// See `options`.
        public var bandwidth = 0.535, degree = 2, neighbours = 1, visits = 1, guardianUpdates = 1000
        /// See `options`.
        public var model = Model.nearest, modelNeighbours = 1, modelUpdates = 20_000, heldOutShare = 0.1
        /// See `options`.
        public var members = 7, elites = 5, modelWidths = [200, 200, 200, 200]
        /// See `options`.
        public var mode = Mode.absorbingPenalty, penalty = -1.0
        /// See `options`.
        public var budgets: [String: Double] = [:], discountsCosts = false
        /// See `options`.
        public var starts = Starts.first, budgetsPer = BudgetSpan.rollout
        /// See `options`.
        public var optimiser = Optimiser.cpo, actions = Actions.finite, inputs = Inputs.features
        /// See `options`.
        public var proposals = Proposals.masked, warmStart = WarmStart.none, cloningUpdates = 2000
        /// See `options`.
        public var widths = [128, 128], rollouts = 32, horizon = 20
        /// See `options`.
        public var discount = 0.99, trace = 0.95, divergence = 0.01, damping = 0.1, valueRate = 1e-3
        /// See `options`.
        public var advantages = Advantages.sampled, shrinkage = 100.0, leastRecords = 10
        /// See `options`.
        public var reportRollouts = 2000, confidence = 0.95, samples = true
        /// See `options`.
        public var testShare = 0.0, history = 0

        /// The settings of the release where it has any.
        public init() {}

        /// Whether the policy's law is masked to what the guardian calls inside.
        var masksProposals: Bool { proposals == .masked && actions == .finite && guardian != .none }
        /// Whether the guardian goes with the policy.
        var guardsActing: Bool { guardian != .none && (mode == .reject || masksProposals) }
        /// Whether the policy starts from a clone of the behaviour.
        var clones: Bool { warmStart == .cloning && !optimiser.plans }

        /// Checks what one key alone cannot show.
        ///
        /// - Throws: `OptionIssue`.
        public func validate() throws {
            if guardian == .disagreement && model != .ensemble {
                throw OptionIssue("guardian", "\"disagreement\" needs \"model\": \"ensemble\".")
            }
            if elites > members {
                throw OptionIssue("elites", "\(elites) are more than members, \(members). Lower it.")
            }
            if mode == .reject && actions == .gaussian {
                throw OptionIssue(
                    "mode", "\"reject\" chooses among finitely many actions. Write \"actions\": \"finite\".")
            }
            if guardian == .none && budgets[outOfSupportChannel] != nil {
                throw OptionIssue(
                    "budgets", "\"\(outOfSupportChannel)\" needs a guardian, but \"guardian\" is \"none\".")
            }
            if optimiser == .trpo && !budgets.isEmpty {
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
            if advantages == .exact { try validateExactAdvantages() }
            if testShare > 0 && actions == .gaussian {
                throw OptionIssue(
                    "testShare",
                    "\"gaussian\" states no probabilities to weigh recorded actions by. Write \"actions\": \"finite\", or 0."
                )
            }
            if discount >= 1 && mode == .absorbingPenalty && guardian != .none {
                throw OptionIssue(
                    "discount",
                    "1 gives a frozen state no finite value. Lower it, or write \"mode\": \"terminate\".")
            }
        }

        private func validatePlanning() throws {
            let name = "\"\(optimiser.rawValue)\""
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
            if optimiser != .cpo && optimiser != .trpo {
                throw OptionIssue(
                    "advantages",
                    "\"\(optimiser.rawValue)\" takes none that are exact. Write \"sampled\", or \"optimiser\": \"cpo\"."
                )
            }
            if model != .tabular || actions != .finite {
                throw OptionIssue(
                    "advantages",
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
