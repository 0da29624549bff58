import SafeRL

extension BehaviourCloning {
    /// Which episodes are imitated.
    public enum Episodes: Variant, Equatable {
        /// Every row of the data: BC, also called BC-All.
        case all
        /// Episodes whose costs sum up to the cost limit at most: BC-Safe.
        case safe(Safe = Safe())

        /// The kinds of selection.
        public static let kinds: [VariantKind<Self>] = [
            .init("all", .all), .init("safe") { .safe($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .all: ("all", NoSettings())
            case .safe(let own): ("safe", own)
            }
        }

        /// Settings of `safe`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Safe: Defaulted, Equatable {
            @Setting(
                0...1e6, "Largest sum of an episode's costs that is kept (kappa).", formerly: "costLimit")
            public var costLimit: Float = 10

            /// OSRL's limit.
            public init() {}
        }
    }

    /// The options of behaviour cloning; the defaults are those of OSRL's BC.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct Configuration: Defaulted, Equatable {
        @Setting("Which episodes are imitated: all (BC), or those within a cost limit (BC-Safe).")
        public var episodes = Episodes.all
        @Setting(1...1_000_000, "Rows of one update.")
        public var rows = 512
        @Setting(.above(0, upTo: 1), "Adam's step size.")
        public var learningRate: Float = 1e-3
        @Setting("Hidden widths of the network.")
        public var widths = [256, 256]

        /// OSRL's settings for BC.
        public init() {}
    }
}
