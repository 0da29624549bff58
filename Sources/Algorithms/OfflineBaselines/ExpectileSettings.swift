import SafeRL

/// Settings of those after implicit Q-learning, whose values are expectiles over recorded actions.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct ExpectileSettings: Defaulted, Equatable {
    @Setting("Whether a time-out ends the episode for the values.")
    public var timeouts = TimeoutRule.end
    @Setting(.above(0, upTo: 1e6), "Factor of rewards, after those of data.rewards.")
    public var rewardScale: Float = 1
    @Setting(0..<1, "Discount of rewards and costs (gamma).")
    public var discount: Float = 0.99
    @Setting(.open(0, 1), "Expectile of the value of rewards (tau).")
    public var rewardExpectile: Float = 0.7
    @Setting(1...1_000_000, "Rows of one update.")
    public var rows = 512
    @Setting(.above(0, upTo: 1), "Adam's step size of the values.")
    public var valueRate: Float = 3e-4
    @Setting(.above(0, upTo: 1), "Moving average of the Q networks in one update.")
    public var targetRate: Float = 0.005
    @Setting(1...32, "Members of each Q ensemble.")
    public var members = 2

    /// Those of most authors.
    public init() {}
}

/// Settings of those whose limit is chosen when they act: one training serves every limit.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public struct BudgetSettings: Defaulted, Equatable {
    @Setting(0...1e9, "Cost that an episode may have when the policy acts (kappa); training does not see it.")
    public var costLimit: Float = 10
    @Setting(
        0...1_000_000,
        "Steps that the cost limit is for when the policy acts (T); 0 is the longest recorded episode.")
    public var episodeLength = 0

    /// The first limit of most tasks.
    public init() {}
}

/// Options of a method after implicit Q-learning: what those share, and its own.
public protocol ExpectileOptions: GroupedSettings {
    /// What those share.
    var values: ExpectileSettings { get set }
}

/// Options of one whose limit is chosen when it acts.
public protocol BudgetOptions: ExpectileOptions {
    /// The limit.
    var budget: BudgetSettings { get set }
}

extension ExpectileOptions {
    /// A setting that those share.
    public subscript<Value>(dynamicMember path: WritableKeyPath<ExpectileSettings, Value>) -> Value {
        get { values[keyPath: path] }
        set { values[keyPath: path] = newValue }
    }
}

extension BudgetOptions {
    /// The limit, or for how many steps it is.
    public subscript<Value>(dynamicMember path: WritableKeyPath<BudgetSettings, Value>) -> Value {
        get { budget[keyPath: path] }
        set { budget[keyPath: path] = newValue }
    }
}

extension ExpectileSettings {
    /// Batches of whole episodes, whose costs count as they end.
    ///
    /// - Throws: `OptionIssue` when the data lack what a time-out needs to be looked through.
    func batches(of data: TransitionDataset) throws -> EpisodeBatches {
        try EpisodeBatches(rows: rows, of: data, timeouts: timeouts, costTargets: .corrected)
    }
}
