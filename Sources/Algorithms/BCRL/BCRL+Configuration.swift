import SafeRL

extension BCRL {
    /// What transitions do to a budget.
    public enum Dynamics: String, Codable, Sendable, CaseIterable {
        /// It shrinks by the recorded cost and grows by 1 / γ; networks see it as it is.
        case deterministic
        /// Networks see its excess over the cost that is expected, which does not depend on which state came next.
        case stochastic
    }

    /// BCRL's options; the defaults are the authors' for the tasks of Bullet-Safety-Gym.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    @dynamicMemberLookup
    public struct Configuration: BudgetOptions, Equatable {
        public var budget = BudgetSettings()
        public var values = ExpectileSettings()
        public var own = Own()

        /// The authors' settings.
        public init() { (values.timeouts, values.rewardExpectile) = (.bootstrap, 0.5) }

        public static var groups: [SettingsGroup<Self>] {
            [SettingsGroup(\.budget), SettingsGroup(\.values), SettingsGroup(\.own)]
        }

        /// A setting of its own.
        public subscript<Value>(dynamicMember path: WritableKeyPath<Own, Value>) -> Value {
            get { own[keyPath: path] }
            set { own[keyPath: path] = newValue }
        }

        /// What only BCRL has.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Own: Defaulted, Equatable {
            @Setting(
                "What networks see of a budget: itself (deterministic), or its excess over the need (stochastic)."
            )
            public var dynamics = Dynamics.stochastic
            @Setting(
                "What a step takes from the excess: all that the state needs (published), or what the action needs beyond it (corrected)."
            )
            public var spending = CodeFault.published
            @Setting(0...1e6, "Excess below which the cheapest actions are taken.")
            public var leastExcess: Float = 0.1
            @Setting(.open(0, 1), "Expectile of V_c: below 0.5 towards cheap actions (tau_c).")
            public var costExpectile: Float = 0.2
            @Setting(0...1e3, "Weights exp(beta A) and exp(beta A_c) of the policies.")
            public var temperature: Float = 3
            @Setting(.above(0, upTo: 1e6), "Largest of both weights.")
            public var weightCap: Float = 100
            @Setting(.above(0, upTo: 1), "Adam's step size of the policies; it decays by a cosine.")
            public var actorRate: Float = 3e-4
            @Setting(1...1_000_000_000, "Updates over which the policies' step size falls to 0.")
            public var actorDecayUpdates = 100_000
            @Setting(0...1e9, "Largest norm of a value's gradient; 0 is no limit.")
            public var gradientNorm: Float = 10
            @Setting(0..<1, "Dropout of the policies' hidden layers.")
            public var dropout: Float = 0.1
            @Setting("Hidden widths of every network.")
            public var widths = [512, 512]

            /// The authors' settings.
            public init() {}
        }

        /// What acting by absolute budgets does not read, nor the published rule of stochastic dynamics.
        public var idleSettings: [IdleSetting] {
            switch (own.dynamics, own.spending) {
            case (.deterministic, _):
                ["spending", "leastExcess"].map {
                    IdleSetting($0, because: "dynamics", unless: "\"stochastic\"")
                }
            case (.stochastic, .published):
                [IdleSetting("episodeLength", because: "spending", unless: "\"corrected\"")]
            case (.stochastic, .corrected): []
            }
        }
    }

    /// The budget, and how it is spent: one training serves every limit.
    public static var actingOptions: [String] { ["costLimit", "episodeLength", "spending", "leastExcess"] }
}

extension BCRL.Configuration {
    /// - Throws: `OptionIssue`.
    func check(_ data: TransitionDataset) throws {
        try data.refuseChoices("dynamics", "BCRL learns actions")
        try EpisodeLimit.check(steps: budget.episodeLength, longest: data.longestEpisode)
        if !data.costs.contains(where: { $0 > 0 }) {
            throw OptionIssue(
                "costLimit",
                "no step of the data costs anything, so that there is no budget to learn for. Use an algorithm without "
                    + "costs, such as bc.")
        }
    }

    var valueAdam: Adam {
        var adam = Adam(rate: .constant(values.valueRate))
        adam.largestNorm = own.gradientNorm > 0 ? own.gradientNorm : nil
        return adam
    }

    private var start: Initialization { .scaledOrthogonal(Float(2).squareRoot()) }

    func value(_ inputs: Int) -> (inout Layout) -> NormalisedMLP {
        { NormalisedMLP(inputs, hidden: own.widths, weights: start, in: &$0) }
    }

    func critic(_ inputs: Int) -> (inout Layout) -> Ensemble {
        { Ensemble(values.members, inputs, hidden: own.widths, weights: start, in: &$0) }
    }

    func policies(_ observations: Int, _ actions: Int) -> (inout Layout) -> BudgetPolicies {
        { BudgetPolicies(observations, actions: actions, widths: own.widths, weights: start, in: &$0) }
    }

    /// Cost values, never below 0 where budgets are absolute.
    func nonNegative(_ costs: Variable) -> Variable {
        own.dynamics == .deterministic ? costs.magnitude() : costs
    }
}

extension BCRL {
    /// Networks with their optimisers, the batch, and what the tape keeps of its rows.
    public static func memoryNeed(of c: Configuration, on data: TransitionDataset) -> MemoryNeed {
        let (o, a) = (data.observationSize, data.actionSize)
        var need = MemoryNeed()
        need.addLearners("the policies", "widths", c.policies(o, a))
        need.addLearners("the Q networks", "widths", count: 2, hasTarget: true, c.critic(o + a + 1))
        need.addLearners("the value networks", "widths", count: 2, c.value(o + 1))
        need.addRows("the rows of an update", "rows", c.rows, of: 2 * (o + a) + 9)
        // Each layer's values and gradients, of values with their norms, critics, and policies with their dropout.
        let columns = c.widths.reduce(0, +) * (12 + 4 * c.members)
        need.addRows("the rows of an update", "rows", c.rows, of: 2 * columns)
        return need
    }
}
