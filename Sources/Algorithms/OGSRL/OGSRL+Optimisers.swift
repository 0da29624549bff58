import SafeRL

private let advantageWords =
    "What a step is made of: roll-outs and value networks, or expectations in the counted model."
private let divergenceWords = "Largest KL divergence of one update (delta)."
private let shrinkageWords = "Pseudo-records that draw a pair's law towards its state's (m)."

extension OGSRL {
    /// What improves the policy.
    public enum Optimiser: Variant, Equatable {
        /// Constrained policy optimisation, with a budget for each named cost.
        case cpo(TrustRegion = TrustRegion())
        /// The same without budgets.
        case trpo(TrustRegion = TrustRegion())
        /// Clipped surrogates with a multiplier for each budget.
        case ppoLagrangian(Clipped = Clipped())
        /// The exact optimum of a counted model, budgets lowered by margins for its error.
        case exact(Planning = Planning())
        /// The same among the policies that keep to the behaviour where records are few.
        case spibb(Bootstrapping = Bootstrapping())

        /// The kinds of optimiser.
        public static let kinds: [VariantKind<Self>] = [
            .init("cpo") { .cpo($0) }, .init("trpo") { .trpo($0) },
            .init("ppo-lagrangian") { .ppoLagrangian($0) }, .init("exact") { .exact($0) },
            .init("spibb") { .spibb($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .cpo(let own): ("cpo", own)
            case .trpo(let own): ("trpo", own)
            case .ppoLagrangian(let own): ("ppo-lagrangian", own)
            case .exact(let own): ("exact", own)
            case .spibb(let own): ("spibb", own)
            }
        }

        /// Whether it plans in the counted model instead of learning by steps.
        var plans: Bool { advantages == nil }

        /// What its steps are made of; nil where it takes none.
        var advantages: Advantages? {
            switch self {
            case .cpo(let own), .trpo(let own): own.advantages
            case .ppoLagrangian(let own): own.advantages
            case .exact, .spibb: nil
            }
        }

        /// How roll-outs are judged; nil where none are drawn.
        var sampling: Advantages.Sampling? {
            if case .sampled(let own) = advantages { own } else { nil }
        }

        /// Settings of `cpo` and `trpo`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct TrustRegion: Defaulted, Equatable {
            @Setting(advantageWords, formerly: "advantages")
            public var advantages = Advantages.sampled()
            @Setting(.above(0, upTo: 1e6), divergenceWords, formerly: "divergence")
            public var divergence = 0.01
            @Setting(0...1e6, "Added to the diagonal of the Fisher matrix.", formerly: "damping")
            public var damping = 0.1

            /// The defaults.
            public init() {}
        }

        /// Settings of `ppo-lagrangian`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Clipped: Defaulted, Equatable {
            @Setting(advantageWords, formerly: "advantages")
            public var advantages = Advantages.sampled()
            @Setting(.above(0, upTo: 1e6), divergenceWords, formerly: "divergence")
            public var divergence = 0.01

            /// The defaults.
            public init() {}
        }

        /// Settings of `exact`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Planning: Defaulted, Equatable {
            @Setting(.above(0, upTo: 1e9), shrinkageWords, formerly: "shrinkage")
            public var shrinkage = 100.0

            /// The defaults.
            public init() {}
        }

        /// Settings of `spibb`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Bootstrapping: Defaulted, Equatable {
            @Setting(.above(0, upTo: 1e9), shrinkageWords, formerly: "shrinkage")
            public var shrinkage = 100.0
            @Setting(
                1...100_000_000, "Records below which a pair keeps the behaviour's probability (N_wedge).",
                formerly: "leastRecords")
            public var leastRecords = 10

            /// The defaults.
            public init() {}
        }
    }

    /// What the gradients of an optimiser are made of.
    public enum Advantages: Variant, Equatable {
        /// Roll-outs in the model and value networks.
        case sampled(Sampling = Sampling())
        /// Values and visits in the counted model, by linear equations.
        case exact(Counting = Counting())

        /// The kinds of advantages.
        public static let kinds: [VariantKind<Self>] = [
            .init("sampled") { .sampled($0) }, .init("exact") { .exact($0) },
        ]

        /// The word and the settings of these.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .sampled(let own): ("sampled", own)
            case .exact(let own): ("exact", own)
            }
        }

        /// Settings of `sampled`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Sampling: Defaulted, Equatable {
            @Setting(1...100_000_000, "Episodes in the model for one update.", formerly: "rollouts")
            public var rollouts = 32
            @Setting(0...1, "Trace of the advantages (lambda).", formerly: "trace")
            public var trace = 0.95
            @Setting(.above(0, upTo: 1), "Adam's step size of values.", formerly: "valueRate")
            public var valueRate = 1e-3

            /// The defaults.
            public init() {}
        }

        /// Settings of `exact`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Counting: Defaulted, Equatable {
            @Setting(.above(0, upTo: 1e9), shrinkageWords, formerly: "shrinkage")
            public var shrinkage = 100.0

            /// The defaults.
            public init() {}
        }
    }
}
