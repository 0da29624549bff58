import Alignment
import SafeRL

private let lowWords = "Clip width of likelihood ratios below 1."
private let highWords = "Clip width above 1."
private let uniformWords = "Whether groups of equal rewards are drawn anew."
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
        /// REINFORCE with the mean of the others for a baseline: ratios of whole answers, no clip, the divergence in the reward.
        case rloo(RLOOSettings = RLOOSettings())

        /// The kinds of loss.
        public static let kinds: [VariantKind<Self>] = [
            .init("grpo") { .grpo($0) }, .init("dapo") { .dapo($0) }, .init("dr-grpo") { .drGRPO($0) },
            .init("gspo") { .gspo($0) }, .init("cispo") { .cispo($0) }, .init("rloo") { .rloo($0) },
        ]

        /// The word and the settings of this one.
        public var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .grpo(let own): ("grpo", own)
            case .dapo(let own): ("dapo", own)
            case .drGRPO(let own): ("dr-grpo", own)
            case .gspo(let own): ("gspo", own)
            case .cispo(let own): ("cispo", own)
            case .rloo(let own): ("rloo", own)
            }
        }

        /// What rewards are compared with, and divided by, as published.
        var published: (baseline: GroupAdvantages.Baseline, scale: GroupAdvantages.Scale) {
            switch self {
            case .grpo, .dapo, .gspo, .cispo: (.mean, .group)
            case .drGRPO: (.mean, .none)
            case .rloo: (.leaveOneOut, .none)
            }
        }

        /// Whether groups of equal rewards are drawn anew: as DAPO does, others where they are told to.
        var dropsUniform: Bool {
            switch self {
            case .grpo(let own): own.dropUniform
            case .dapo(let own): own.dropUniform
            case .drGRPO(let own): own.dropUniform
            case .gspo(let own): own.dropUniform
            case .cispo(let own): own.dropUniform
            case .rloo(let own): own.dropUniform
            }
        }

        /// Weight of the divergence from the reference where it is a part of the reward; 0 where it is one of the loss.
        var rewardPenalty: Double { if case .rloo(let own) = self { own.divergencePenalty } else { 0 } }

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
            case .rloo: (loss.ratio, loss.low, loss.high) = (.whole, 1, .infinity)
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
        @Setting(uniformWords, formerly: "dropUniform")
        public var dropUniform = false

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
        @Setting(uniformWords, formerly: "dropUniform")
        public var dropUniform = true

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
        @Setting(uniformWords, formerly: "dropUniform")
        public var dropUniform = false

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
        @Setting(uniformWords, formerly: "dropUniform")
        public var dropUniform = false

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
        @Setting(uniformWords, formerly: "dropUniform")
        public var dropUniform = false

        /// As published.
        public init() {}
    }

    /// Settings of `rloo`.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct RLOOSettings: Defaulted, Equatable {
        @Setting(0...1e9, "Weight of an answer's divergence from the reference in its reward (beta).")
        public var divergencePenalty = 0.05
        @Setting(uniformWords, formerly: "dropUniform")
        public var dropUniform = false

        /// As in HC-RLHF.
        public init() {}
    }
}
