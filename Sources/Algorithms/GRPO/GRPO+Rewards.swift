import Alignment
import SafeRL

extension GRPO {
    /// What an answer is worth.
    public enum Reward: Variant, Equatable {
        /// AlphaAlign's: shape, refusals of what is harmful, help with what is benign.
        case dual(DualReward = DualReward())
        /// Qwen3Guard's hybrid: help, bounded where the answer is unsafe or a refusal.
        case hybrid(HybridReward = HybridReward())
        /// 1 for what is safe: a policy that refuses everything has all of it.
        case guardOnly
        /// GSPR's: a label and its category, behind a shape.
        case label(LabelSettings = LabelSettings())
        /// A sum of one's own.
        case terms(TermsReward = TermsReward())

        /// The kinds of reward.
        public static let kinds: [VariantKind<Self>] = [
            .init("dual") { .dual($0) }, .init("hybrid") { .hybrid($0) }, .init("guard-only", .guardOnly),
            .init("label") { .label($0) }, .init("terms") { .terms($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .dual(let own): ("dual", own)
            case .hybrid(let own): ("hybrid", own)
            case .guardOnly: ("guard-only", NoSettings())
            case .label(let own): ("label", own)
            case .terms(let own): ("terms", own)
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
                if own.addsShape { composer.terms.append(.init("shape")) }
                return composer
            case .guardOnly: return RewardComposer([.init("safe")])
            case .label(let own):
                var composer = RewardComposer([
                    .init("label", weight: own.label), .init("category", weight: own.category),
                ])
                if own.checklist != 0 {
                    composer.terms.append(.init("checklist", weight: own.checklist))
                }
                composer.gate = own.gatesShape ? "shape" : nil
                composer.penalties = own.halvesOverlong ? ["overlong"] : []
                return composer
            case .terms(let own): return own.composer
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
        @Setting("Whether an answer's shape is worth 1.", formerly: "reward.asksShape")
        public var addsShape = true

        /// As reported, with the shape.
        public init() {}
    }

    /// Settings of `label`.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct LabelSettings: Defaulted, Equatable {
        @Setting(0...1e9, "Weight of the right label.")
        public var label = 0.55
        @Setting(0...1e9, "Weight of the right category.")
        public var category = 0.45
        @Setting(
            0...1e9,
            "Weight of a reasoning that goes through the rules; GSPR's later weights are 0.5, 0.35 and 0.15.")
        public var checklist = 0.0
        @Setting(
            "Whether an answer without the asked shape is worth nothing.", formerly: "reward.asksShape")
        public var gatesShape = true
        @Setting("Whether an overlong answer is worth half.")
        public var halvesOverlong = true

        /// As in the paper.
        public init() {}
    }
}
