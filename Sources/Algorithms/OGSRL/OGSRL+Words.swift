extension OGSRL {
    /// How finely the guardian tells recorded numbers apart.
    public enum Resolution: String, Codable, Sendable, CaseIterable {
        /// As the records do.
        case data
        /// Not at all where their whole range is within the error of the model, which it would call outside.
        case model
    }

    /// What says which reward and costs belong to a transition of an ensemble.
    public enum Signals: String, Codable, Sendable, CaseIterable {
        /// Further outputs of its members, by one likelihood with the state.
        case members
        /// A network of their own, which also sees the state reached.
        case network
    }

    /// What a step costs, beside the guardian's channel, that makes no transition because it lies outside.
    public enum OutsideCosts: String, Codable, Sendable, CaseIterable {
        /// Nothing.
        case none
        /// What the worst recorded step does, in every channel, and so does every frozen step that follows.
        case worst
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
}
