import SafeRL

extension CAPS {
    /// The options of CAPS; the defaults are the authors' for DSRL's tasks.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    @dynamicMemberLookup
    public struct Configuration: BudgetOptions, Equatable {
        public var budget = BudgetSettings()
        public var values = ExpectileSettings()
        public var own = Own()

        /// The authors' settings.
        public init() { values.rewardScale = 0.1 }

        public static var groups: [SettingsGroup<Self>] {
            [SettingsGroup(\.budget), SettingsGroup(\.values), SettingsGroup(\.own)]
        }

        /// A setting of its own.
        public subscript<Value>(dynamicMember path: WritableKeyPath<Own, Value>) -> Value {
            get { own[keyPath: path] }
            set { own[keyPath: path] = newValue }
        }

        /// What only CAPS has.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Own: Defaulted, Equatable {
            @Setting(2...64, "Policies that are learned (K): the first for reward, the last for cost.")
            public var heads = 2
            @Setting("The heads' deviations: fixed at 1 (published), or learned (corrected).")
            public var deviations = CodeFault.published
            @Setting(.open(0, 1), "Expectile of V_c, of negative costs.")
            public var costExpectile: Float = 0.7
            @Setting(0...1e3, "Weight exp(beta A_r) of the first head.")
            public var rewardTemperature: Float = 3
            @Setting(0...1e3, "Weight exp(beta_c A_c) of the last head.")
            public var costTemperature: Float = 3
            @Setting(.above(0, upTo: 1e6), "Largest of both weights.")
            public var weightCap: Float = 100
            @Setting(.above(0, upTo: 1), "Adam's step size for the critics.")
            public var criticRate: Float = 3e-4
            @Setting(.above(0, upTo: 1), "Adam's step size for the policies; it decays by a cosine.")
            public var actorRate: Float = 3e-4
            @Setting(1...1_000_000_000, "Updates over which the policies' step size falls to 0.")
            public var actorDecayUpdates = 1_000_000
            @Setting("Hidden widths of every network.")
            public var widths = [512, 512]

            /// The authors' settings.
            public init() {}
        }
    }

    /// The budget: one training serves every limit.
    public static var actingOptions: [String] { ["costLimit", "episodeLength"] }
}

extension CAPS.Configuration {
    /// - Throws: `OptionIssue` for choices, or an episode of more steps than the limit is for.
    func check(_ data: TransitionDataset) throws {
        try EpisodeLimit.check(steps: budget.episodeLength, longest: data.longestEpisode)
        try data.refuseChoices("heads", "CAPS's choose actions")
    }

    func value(_ observation: Int) -> (inout Layout) -> MLP {
        { MLP("", observation, hidden: own.widths, weights: .fanInUniform, in: &$0) }
    }

    func critic(_ observation: Int, _ action: Int) -> (inout Layout) -> Ensemble {
        {
            Ensemble(
                values.members, observation + action, hidden: own.widths, weights: .fanInUniform, in: &$0)
        }
    }

    func actor(_ observation: Int, _ action: Int) -> (inout Layout) -> MultiHeadActor {
        {
            MultiHeadActor(
                observation, widths: own.widths, actions: action, heads: own.heads,
                learnsDeviations: own.deviations == .corrected, in: &$0)
        }
    }
}

extension CAPS {
    /// Networks with their optimisers, the batch, and what the tape keeps of its rows.
    public static func memoryNeed(of c: Configuration, on data: TransitionDataset) -> MemoryNeed {
        let (o, a) = (data.observationSize, data.actionSize)
        var need = MemoryNeed()
        need.addLearners("the policies", "widths", c.actor(o, a))
        need.addLearners("the Q networks", "widths", count: 2, hasTarget: true, c.critic(o, a))
        need.addLearners("the value networks", "widths", count: 2, c.value(o))
        need.addRows("the rows of an update", "rows", c.rows, of: 2 * o + a + 6)
        // Each layer's values and gradients, of the policies, the values and both critics.
        let columns = c.widths.reduce(0, +) * (3 + 2 * c.members)
        need.addRows("the rows of an update", "rows", c.rows, of: 2 * columns)
        return need
    }
}
