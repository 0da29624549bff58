import Alignment
import SafeRL

private let lowWords = "Clip width of likelihood ratios below 1."
private let highWords = "Clip width above 1."
private let penaltyWords = "Weight of the divergence from the reference (beta)."

extension GRPO {
    /// The published losses, each with its own sums and clip widths.
    public enum LossVariant: Variant, Equatable {
        /// Means over answers of means over tokens, with a divergence penalty.
        case grpo(GRPOSettings = GRPOSettings())
        /// DAPO: a wider upper clip, all tokens alike, no penalty.
        case dapo(DAPOSettings = DAPOSettings())
        /// Dr. GRPO: sums over tokens by the largest length.
        case drGRPO(DrGRPOSettings = DrGRPOSettings())
        /// GSPO: ratios of whole answers.
        case gspo(GSPOSettings = GSPOSettings())
        /// CISPO: clipped weights instead of clipped terms.
        case cispo(CISPOSettings = CISPOSettings())

        /// The kinds of loss.
        public static let kinds: [VariantKind<Self>] = [
            .init("grpo") { .grpo($0) }, .init("dapo") { .dapo($0) }, .init("dr-grpo") { .drGRPO($0) },
            .init("gspo") { .gspo($0) }, .init("cispo") { .cispo($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .grpo(let own): ("grpo", own)
            case .dapo(let own): ("dapo", own)
            case .drGRPO(let own): ("dr-grpo", own)
            case .gspo(let own): ("gspo", own)
            case .cispo(let own): ("cispo", own)
            }
        }

        /// The loss of a mini-batch.
        ///
        /// - Parameters:
        ///   - tokens: of all answers of the update.
        ///   - longest: the largest length of an answer.
        /// - Returns: the loss with the variant's sums and clip widths.
        func loss(tokens: Int, longest: Int) -> GRPOLoss {
            var loss = GRPOLoss()
            switch self {
            case .grpo(let own):
                (loss.low, loss.high, loss.divergencePenalty) = (own.low, own.high, own.divergencePenalty)
            case .dapo(let own):
                (loss.low, loss.high, loss.divergencePenalty) = (own.low, own.high, own.divergencePenalty)
                loss.normalisation = .total(tokens: max(tokens, 1))
            case .drGRPO(let own):
                (loss.low, loss.high, loss.divergencePenalty) = (own.low, own.high, own.divergencePenalty)
                loss.normalisation = .constant(length: longest)
            case .gspo(let own):
                (loss.low, loss.high, loss.divergencePenalty) = (own.low, own.high, own.divergencePenalty)
                loss.ratio = .sequence
            case .cispo(let own):
                (loss.high, loss.divergencePenalty) = (own.high, own.divergencePenalty)
                (loss.surrogate, loss.normalisation) = (.cispo, .total(tokens: max(tokens, 1)))
            }
            return loss
        }
    }

    /// Settings of `grpo`.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct GRPOSettings: Defaulted, Equatable {
        @Setting(0..<1, lowWords)
        public var low = 0.2
        @Setting(0...1e9, highWords)
        public var high = 0.2
        @Setting(0...1e9, penaltyWords)
        public var divergencePenalty = 0.02

        /// As published.
        public init() {}
    }

    /// Settings of `dapo`.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct DAPOSettings: Defaulted, Equatable {
        @Setting(0..<1, lowWords)
        public var low = 0.2
        @Setting(0...1e9, highWords)
        public var high = 0.28
        @Setting(0...1e9, penaltyWords)
        public var divergencePenalty = 0.0

        /// As published.
        public init() {}
    }

    /// Settings of `dr-grpo`.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct DrGRPOSettings: Defaulted, Equatable {
        @Setting(0..<1, lowWords)
        public var low = 0.2
        @Setting(0...1e9, highWords)
        public var high = 0.2
        @Setting(0...1e9, penaltyWords)
        public var divergencePenalty = 0.0

        /// As published.
        public init() {}
    }

    /// Settings of `gspo`.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct GSPOSettings: Defaulted, Equatable {
        @Setting(0..<1, lowWords)
        public var low = 3e-4
        @Setting(0...1e9, highWords)
        public var high = 4e-4
        @Setting(0...1e9, penaltyWords)
        public var divergencePenalty = 0.0

        /// As published.
        public init() {}
    }

    /// Settings of `cispo`.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct CISPOSettings: Defaulted, Equatable {
        @Setting(0...1e9, "Width above 1 at which the weight of a token is clipped.")
        public var high = 0.28
        @Setting(0...1e9, penaltyWords)
        public var divergencePenalty = 0.0

        /// As published.
        public init() {}
    }
}

extension GRPO {
    /// What an answer is worth.
    public enum Reward: Variant, Equatable {
        /// AlphaAlign's: shape, refusals of what is harmful, help with what is benign.
        case dual(DualReward = DualReward())
        /// Qwen3Guard's hybrid: help, bounded where the answer is unsafe or a refusal.
        case hybrid(HybridReward = HybridReward())
        /// 1 for what is safe: a policy that refuses everything has all of it.
        case guardOnly

        /// The kinds of reward.
        public static let kinds: [VariantKind<Self>] = [
            .init("dual") { .dual($0) }, .init("hybrid") { .hybrid($0) }, .init("guard-only", .guardOnly),
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .dual(let own): ("dual", own)
            case .hybrid(let own): ("hybrid", own)
            case .guardOnly: ("guard-only", NoSettings())
            }
        }

        /// The sum of verifiers.
        var composer: RewardComposer {
            switch self {
            case .dual(let own):
                var composer = RewardComposer([
                    .init("shape", weight: own.shape), .init("refusal", weight: own.refusal, on: "harmful"),
                    .init("refusal", weight: -own.refusal, on: "benign"),
                ])
                composer.group = [
                    .init("help", on: "benign", unless: "refusal", scale: own.help, floor: own.helpFloor)
                ]
                return composer
            case .hybrid(let own):
                var composer = RewardComposer([.init("help")])
                composer.floors = [
                    .init("harm", atMost: own.largestUnsafe), .init("refusal", atMost: own.largestRefusal),
                ]
                if own.asksShape { composer.terms.append(.init("shape")) }
                return composer
            case .guardOnly: return RewardComposer([.init("safe")])
            }
        }
    }

    /// Settings of `dual`.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct DualReward: Defaulted, Equatable {
        @Setting(0...1e9, "Weight of an answer's shape (r_f).")
        public var shape = 1.0
        @Setting(0...1e9, "Weight of refusing what is harmful, and of not refusing what is benign (r_a).")
        public var refusal = 1.0
        @Setting("How help with what is benign is scaled: within its group, raw, or not at all.")
        public var help = RewardComposer.GroupTerm.Scale.group
        @Setting(0...1e9, "Smallest standard deviation of help that is divided by.")
        public var helpFloor = 0.25

        /// Both weights 1.
        public init() {}
    }

    /// Settings of `hybrid`.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct HybridReward: Defaulted, Equatable {
        @Setting(-1e9...1e9, "Largest reward of an unsafe answer.")
        public var largestUnsafe = -10.0
        @Setting(-1e9...1e9, "Largest reward of a refusal.")
        public var largestRefusal = -5.0
        @Setting("Whether an answer's shape is worth 1.")
        public var asksShape = true

        /// As reported, with the shape.
        public init() {}
    }
}

extension RewardComposer {
    /// Checks that a task's judge tells all that the reward reads.
    ///
    /// - Throws: `OptionIssue`.
    func check(against task: any TextTask.Type) throws {
        guard let missing = verifiers.sorted().first(where: { !task.verifiers.contains($0) }) else { return }
        throw OptionIssue(
            "reward", "reads \(quoted(missing)), which \(task.name) does not tell. Choose another reward.")
    }
}
