import SafeRL

private let outsideWords =
    "Share of recorded pairs that the guardian calls outside (alpha; alpha_c of psos)."
private let calibrationWords =
    "Share of the episodes that sets a conformal threshold and certifies it; 0 takes a quantile of all pairs."

extension OGSRL {
    /// Who judges whether a pair (s, a) lies where the data is.
    public enum Guardian: Variant, Equatable {
        /// Nobody: an unguarded learned model.
        case none
        /// Polynomial sublevel set: the paper's theory.
        case psos(SublevelSet = SublevelSet())
        /// The inverse Christoffel function.
        case christoffel(Christoffel = Christoffel())
        /// Gaussian kernel density: the paper's experiments.
        case kde(Density = Density())
        /// Distance to the k-th nearest recorded pair.
        case neighbours(Neighbours = Neighbours())
        /// How often the very pair was recorded.
        case count(Count = Count())
        /// How much the members of an ensemble disagree.
        case disagreement(Disagreement = Disagreement())

        /// The kinds of guardian.
        public static let kinds: [VariantKind<Self>] = [
            .init("none", .none), .init("psos") { .psos($0) }, .init("christoffel") { .christoffel($0) },
            .init("kde") { .kde($0) }, .init("neighbours") { .neighbours($0) },
            .init("count") { .count($0) }, .init("disagreement") { .disagreement($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .none: ("none", NoSettings())
            case .psos(let own): ("psos", own)
            case .christoffel(let own): ("christoffel", own)
            case .kde(let own): ("kde", own)
            case .neighbours(let own): ("neighbours", own)
            case .count(let own): ("count", own)
            case .disagreement(let own): ("disagreement", own)
            }
        }

        /// Share of the episodes that is held out for a conformal threshold.
        var calibrationShare: Double {
            switch self {
            case .none: 0
            case .psos(let own): own.calibrationShare
            case .christoffel(let own): own.calibrationShare
            case .kde(let own): own.calibrationShare
            case .neighbours(let own): own.calibrationShare
            case .count(let own): own.calibrationShare
            case .disagreement(let own): own.calibrationShare
            }
        }

        /// Settings of `psos`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct SublevelSet: Defaulted, Equatable {
            @Setting(1...8, "Degree of the monomials (d).", formerly: "degree")
            public var degree = 2
            @Setting(
                1...100_000_000, "Updates that the fit may take, of schedule.steps; other guardians take 1.",
                formerly: "guardianUpdates")
            public var updates = 1000
            @Setting(.open(0, 1), outsideWords, formerly: "outsideShare")
            public var outsideShare = 0.05
            @Setting(0..<1, calibrationWords, formerly: "calibrationShare")
            public var calibrationShare = 0.0

            /// The defaults.
            public init() {}
        }

        /// Settings of `christoffel`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Christoffel: Defaulted, Equatable {
            @Setting(1...8, "Degree of the monomials (d).", formerly: "degree")
            public var degree = 2
            @Setting(.open(0, 1), outsideWords, formerly: "outsideShare")
            public var outsideShare = 0.05
            @Setting(0..<1, calibrationWords, formerly: "calibrationShare")
            public var calibrationShare = 0.0

            /// The defaults.
            public init() {}
        }

        /// Settings of `kde`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Density: Defaulted, Equatable {
            @Setting(
                .above(0, upTo: 1e6), "Width of the kernel in scaled units (sigma).", formerly: "bandwidth")
            public var bandwidth = 0.535
            @Setting(.open(0, 1), outsideWords, formerly: "outsideShare")
            public var outsideShare = 0.05
            @Setting(0..<1, calibrationWords, formerly: "calibrationShare")
            public var calibrationShare = 0.0

            /// The release's.
            public init() {}
        }

        /// Settings of `neighbours`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Neighbours: Defaulted, Equatable {
            @Setting(1...100_000_000, "Which nearest recorded pair counts (k).", formerly: "neighbours")
            public var neighbours = 1
            @Setting(.open(0, 1), outsideWords, formerly: "outsideShare")
            public var outsideShare = 0.05
            @Setting(0..<1, calibrationWords, formerly: "calibrationShare")
            public var calibrationShare = 0.0

            /// The defaults.
            public init() {}
        }

        /// Settings of `count`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Count: Defaulted, Equatable {
            @Setting(
                1...100_000_000, "Recorded visits from which on a pair is inside.", formerly: "visits")
            public var visits = 1
            @Setting(0..<1, calibrationWords, formerly: "calibrationShare")
            public var calibrationShare = 0.0

            /// The defaults.
            public init() {}
        }

        /// Settings of `disagreement`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Disagreement: Defaulted, Equatable {
            @Setting(.open(0, 1), outsideWords, formerly: "outsideShare")
            public var outsideShare = 0.05
            @Setting(0..<1, calibrationWords, formerly: "calibrationShare")
            public var calibrationShare = 0.0

            /// The defaults.
            public init() {}
        }
    }

    /// Which model of the environment is learned.
    public enum Model: Variant, Equatable {
        /// The successor of the nearest recorded pair.
        case nearest(Nearest = Nearest())
        /// Relative frequencies, for finitely many observations and actions.
        case tabular
        /// Gaussian networks.
        case ensemble(Ensemble = Ensemble())

        /// The kinds of model.
        public static let kinds: [VariantKind<Self>] = [
            .init("nearest") { .nearest($0) }, .init("tabular", .tabular),
            .init("ensemble") { .ensemble($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .nearest(let own): ("nearest", own)
            case .tabular: ("tabular", NoSettings())
            case .ensemble(let own): ("ensemble", own)
            }
        }

        /// The settings where it is an ensemble.
        var ensemble: Ensemble? { if case .ensemble(let own) = self { own } else { nil } }

        /// Settings of `nearest`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Nearest: Defaulted, Equatable {
            @Setting(
                1...100_000_000, "Recorded pairs that a successor is drawn from.", formerly: "modelNeighbours"
            )
            public var neighbours = 1

            /// The defaults.
            public init() {}
        }

        /// Settings of `ensemble`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Ensemble: Defaulted, Equatable {
            @Setting(
                1...100_000_000,
                "Updates that it may take before early stopping, of schedule.steps; other models take 1.",
                formerly: "modelUpdates")
            public var updates = 20_000
            @Setting(
                .open(0, 1), "Share of the episodes that early stopping looks at.", formerly: "heldOutShare")
            public var heldOutShare = 0.1
            @Setting(1...100, "Networks trained.", formerly: "members")
            public var members = 7
            @Setting(1...100, "Networks that predict.", formerly: "elites")
            public var elites = 5
            @Setting("Hidden widths of a member.", formerly: "modelWidths")
            public var widths = [200, 200, 200, 200]
            @Setting("What says which reward and costs belong to a transition.", formerly: "signals")
            public var signals = Signals.network
            @Setting(
                "How finely the guardian tells numbers apart: as the records do, or none within the model's error.",
                formerly: "resolution")
            public var resolution = Resolution.model

            /// The release's.
            public init() {}

            /// Checks that there are members enough.
            ///
            /// - Throws: `OptionIssue`.
            public func validate() throws {
                if elites > members {
                    throw OptionIssue("elites", "\(elites) are more than members, \(members). Lower it.")
                }
            }
        }
    }

    /// What happens in the model where the guardian calls a pair outside.
    public enum Mode: Variant, Equatable {
        /// Nothing but a cost in the channel `out-of-support`.
        case costOnly
        /// The state freezes and every further step earns the penalty.
        case absorbingPenalty(Penalty = Penalty())
        /// The episode ends with the penalty.
        case terminate(Penalty = Penalty())
        /// The least outside of all actions is done instead, in the model and when the policy acts.
        case reject

        /// The kinds of mode.
        public static let kinds: [VariantKind<Self>] = [
            .init("cost-only", .costOnly), .init("absorbing-penalty") { .absorbingPenalty($0) },
            .init("terminate") { .terminate($0) }, .init("reject", .reject),
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .costOnly: ("cost-only", NoSettings())
            case .absorbingPenalty(let own): ("absorbing-penalty", own)
            case .terminate(let own): ("terminate", own)
            case .reject: ("reject", NoSettings())
            }
        }

        /// What steps cost that make no transition; nothing where all do.
        var outsideCosts: OutsideCosts {
            switch self {
            case .absorbingPenalty(let own), .terminate(let own): own.outsideCosts
            case .costOnly, .reject: .none
            }
        }

        /// Whether the state freezes.
        var absorbs: Bool { if case .absorbingPenalty = self { true } else { false } }

        /// Settings of `absorbing-penalty` and `terminate`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Penalty: Defaulted, Equatable {
            @Setting(
                -1e9...0, "Reward outside: absorbing-penalty in every step, terminate once.",
                formerly: "penalty")
            public var penalty = -1.0
            @Setting(
                "What steps outside cost, in every channel: absorbing-penalty in every step, terminate once.",
                formerly: "outsideCosts")
            public var outsideCosts = OutsideCosts.none

            /// The defaults.
            public init() {}
        }
    }

    /// What the policy starts from.
    public enum WarmStart: Variant, Equatable {
        /// Nothing: every choice alike, or a network as it was drawn.
        case none
        /// A clone of the recorded behaviour, by maximum likelihood.
        case cloning(Cloning = Cloning())

        /// The kinds of start.
        public static let kinds: [VariantKind<Self>] = [
            .init("none", .none), .init("cloning") { .cloning($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .none: ("none", NoSettings())
            case .cloning(let own): ("cloning", own)
            }
        }

        /// Settings of `cloning`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Cloning: Defaulted, Equatable {
            @Setting(
                1...100_000_000, "Updates that it takes, of schedule.steps; in a table 1.",
                formerly: "cloningUpdates")
            public var updates = 2000

            /// The defaults.
            public init() {}
        }
    }
}
