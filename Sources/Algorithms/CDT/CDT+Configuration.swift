import SafeRL

extension CDT {
    /// What the action head says.
    public enum ActionHead: String, Codable, Sendable, CaseIterable {
        /// A Gaussian, learned by its likelihood and an entropy with a learned temperature.
        case gaussian
        /// The action itself, learned by squared error.
        case deterministic
    }

    /// How a cost-to-go enters.
    public enum CostInput: String, Codable, Sendable, CaseIterable {
        /// Subtracted from 50, as in the authors' code: below 0 for what costs more.
        case published
        /// As it is, as in the paper.
        case corrected
    }

    /// How often an episode is drawn, by the cost that it is labelled with.
    public enum Sampling: Variant, Equatable {
        /// All alike.
        case uniform
        /// In proportion to what the cost leaves of a number.
        case linear(Linear = Linear())
        /// In proportion to 1 / (cost + a number).
        case inverse(Inverse = Inverse())

        /// The kinds of sampling.
        public static let kinds: [VariantKind<Self>] = [
            .init("uniform", .uniform), .init("linear") { .linear($0) }, .init("inverse") { .inverse($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .uniform: ("uniform", NoSettings())
            case .linear(let own): ("linear", own)
            case .inverse(let own): ("inverse", own)
            }
        }

        /// Settings of `linear`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Linear: Defaulted, Equatable {
            @Setting(.above(0, upTo: 1e9), "Costs of so much or more are never drawn.")
            public var ceiling = 70.0

            /// OSRL's.
            public init() {}
        }

        /// Settings of `inverse`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Inverse: Defaulted, Equatable {
            @Setting(.above(0, upTo: 1e9), "Added to costs.")
            public var offset = 10.0

            /// OSRL's.
            public init() {}
        }
    }

    /// Which episodes are copied under better labels.
    public enum Relabelling: Variant, Equatable {
        /// None.
        case none
        /// As in the authors' code, where pairs of targets and episodes slip behind the first episode that is taken twice.
        case published(Labels = Labels())
        /// Each target keeps the episode that was chosen for it.
        case corrected(Labels = Labels())

        /// The kinds of relabelling.
        public static let kinds: [VariantKind<Self>] = [
            .init("none", .none), .init("published") { .published($0) },
            .init("corrected") { .corrected($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .none: ("none", NoSettings())
            case .published(let own): ("published", own)
            case .corrected(let own): ("corrected", own)
            }
        }

        /// Settings of both.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Labels: Defaulted, Equatable {
            @Setting(.above(0, upTo: 100), "Copies, as a share of the episodes that a grid keeps.")
            public var share = 0.2
            @Setting(-1...10, "Degree of the polynomial through the Pareto front; -1 is the task's.")
            public var degree = -1
            @Setting(-1e9...1e9, "A label's return is at least so much above the polynomial.")
            public var minReward = 1.0
            @Setting(0...1e9, "A label's return is at most this; 0 is the task's.")
            public var maxReward = 0.0
            @Setting(
                -1...1e9,
                "An episode that is taken again is replaced by one that returns at most so much less; -1 is the task's."
            )
            public var maxRewardDecrease = -1.0
            @Setting(.above(0, upTo: 1e9), "Added to distances where replacements are drawn.")
            public var beta = 1.0

            /// OSRL's.
            public init() {}
        }
    }

    /// What episodes are labelled to cost.
    public enum CostLabels: Variant, Equatable {
        /// What they cost, but for relabelled copies.
        case recorded
        /// Exactly a limit: those that cost no more are kept, and their costs-to-go shifted by what they leave of it.
        case boundary(Boundary = Boundary())

        /// The kinds of labels.
        public static let kinds: [VariantKind<Self>] = [
            .init("recorded", .recorded), .init("boundary") { .boundary($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .recorded: ("recorded", NoSettings())
            case .boundary(let own): ("boundary", own)
            }
        }

        /// Settings of `boundary`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Boundary: Defaulted, Equatable {
            @Setting(0...1e9, "Cost of an episode that is allowed, and that a policy is to be asked for.")
            public var limit: Float = 10

            /// The first limit of most tasks.
            public init() {}
        }
    }

    /// What a policy is asked for.
    public enum Target: Variant, Equatable {
        /// What OSRL asks for on the task at one of its three limits.
        case task(Task = Task())
        /// Two numbers.
        case stated(Stated = Stated())

        /// The kinds of target.
        public static let kinds: [VariantKind<Self>] = [
            .init("task") { .task($0) }, .init("stated") { .stated($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .task(let own): ("task", own)
            case .stated(let own): ("stated", own)
            }
        }

        /// Settings of `task`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Task: Defaulted, Equatable {
            @Setting(1...3, "Which of the benchmark's three cost limits, ascending.")
            public var limit = 1

            /// The first.
            public init() {}
        }

        /// Settings of `stated`.
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        public struct Stated: Defaulted, Equatable {
            @Setting(-1e9...1e9, "Return of an episode, as recorded.")
            public var reward: Float = 0
            @Setting(0...1e9, "Cost of an episode.")
            public var cost: Float = 10

            /// Return 0 at cost 10.
            public init() {}
        }
    }

    /// The options of CDT; the defaults are OSRL's.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct Configuration: Defaulted, Equatable {
        @Setting(
            "Whose constants are meant: \"auto\" infers the task from the file's name, \"none\", or a DSRL task."
        )
        public var task = "auto"
        @Setting("What a policy is asked for: the task's return at one of its limits, or stated.")
        public var target = Target.task()
        @Setting(1...1_000_000, "Windows of one update.")
        public var windows = 2048
        @Setting(1...10_000, "Steps of a window (K), at most those of the longest recorded episode.")
        public var contextLength = 10
        @Setting(
            0...1_000_000,
            "Most steps of an episode (T), behind which acting is refused; 0 is the task's or the longest recorded one's, and later steps are taken for the last."
        )
        public var episodeLength = 0
        @Setting(1...16_384, "Width of a token, a multiple of heads.")
        public var width = 128
        @Setting(1...1024, "Blocks of the transformer.")
        public var blocks = 3
        @Setting(1...1024, "Heads of its attention.")
        public var heads = 8
        @Setting("What the action head says: a Gaussian, or the action itself.")
        public var actions = ActionHead.gaussian
        @Setting(1...100, "Layers of the action head; a Gaussian has two at most.")
        public var headLayers = 1
        @Setting("Whether returns-to-go are seen.")
        public var usesReturn = true
        @Setting("Whether costs-to-go are seen.")
        public var usesCost = true
        @Setting("Whether a token of the episode's cost stands before all others.")
        public var costPrefix = false
        @Setting("How a cost-to-go enters: 50 minus it (published), or as it is (corrected).")
        public var costInput = CostInput.published
        @Setting(.above(0, upTo: 1e6), "Factor of returns-to-go.")
        public var returnScale: Float = 0.1
        @Setting("How often an episode is drawn, by its cost.")
        public var sampling = Sampling.linear()
        @Setting("Which episodes are copied under better labels.")
        public var relabelling = Relabelling.published()
        @Setting("What episodes are labelled to cost: as recorded, or cheap ones exactly a limit.")
        public var costToGo = CostLabels.recorded
        @Setting(0..<1, "Dropout of tokens.")
        public var embeddingDropout: Float = 0.1
        @Setting(0..<1, "Dropout of attention weights.")
        public var attentionDropout: Float = 0.1
        @Setting(0..<1, "Dropout of what a block adds.")
        public var residualDropout: Float = 0.1
        @Setting(.above(0, upTo: 1), "AdamW's step size after the warm-up.")
        public var learningRate: Float = 1e-4
        @Setting(0...1_000_000_000, "Updates in which the step size rises to its value.")
        public var warmUp = 500
        @Setting(0...1, "AdamW's decay of every parameter.")
        public var weightDecay: Float = 1e-4
        @Setting(0...1e9, "Largest norm of the gradient; 0 is no limit.")
        public var gradientNorm: Float = 0.25
        @Setting("Whether the Gaussian's entropy counts.")
        public var usesEntropy = true
        @Setting(.above(0, upTo: 1e3), "Temperature of the entropy at the start (alpha).")
        public var temperature = 0.1
        @Setting(.above(0, upTo: 1), "Adam's step size of the logarithm of the temperature.")
        public var temperatureRate = 1e-4
        @Setting(0...1e6, "Weight of the classifier of costs; 0 takes costs above 1 too.")
        public var costWeight: Float = 0.02
        @Setting(0...1e6, "Weight of the predicted next state.")
        public var stateWeight: Float = 0

        /// OSRL's settings.
        public init() {}

        /// Keys whose effect another key takes away.
        public var idleSettings: [IdleSetting] {
            var idle: [IdleSetting] = []
            if actions == .deterministic {
                idle += ["usesEntropy", "temperature", "temperatureRate"].map {
                    IdleSetting($0, because: "actions", unless: "\"gaussian\"")
                }
            } else if !usesEntropy {
                idle += ["temperature", "temperatureRate"].map {
                    IdleSetting($0, because: "usesEntropy", unless: "true")
                }
            }
            if !usesCost { idle.append(IdleSetting("costInput", because: "usesCost", unless: "true")) }
            if costToGo != .recorded {
                idle += ["sampling", "relabelling"].map {
                    IdleSetting($0, because: "costToGo", unless: "\"recorded\"")
                }
            }
            if !usesReturn { idle.append(IdleSetting("returnScale", because: "usesReturn", unless: "true")) }
            return idle
        }

        /// Checks what one key alone cannot show.
        ///
        /// - Throws: `OptionIssue`.
        public func validate() throws {
            if !width.isMultiple(of: heads) {
                throw OptionIssue("width", "\(width) is no multiple of heads, \(heads).")
            }
            if actions == .gaussian && headLayers > 2 {
                throw OptionIssue(
                    "headLayers",
                    "\(headLayers): the head of a Gaussian has at most 2. Write 2, or actions \"deterministic\"."
                )
            }
        }
    }

    /// Only what the trained policy is asked for.
    public static var actingOptions: [String] { ["target"] }
}
