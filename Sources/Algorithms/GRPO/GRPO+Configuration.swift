import Alignment
import Assurance
import SafeRL

extension GRPO {
    /// GRPO's options.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct Configuration: Defaulted, Equatable {
        @Setting(1...10_000_000, "Answers to learn to write from, drawn from the task.")
        public var demonstrations = 8000
        @Setting("The decoder.")
        public var model = HCRLHF.ModelOptions()
        @Setting("How answers are drawn, in training, test and use.")
        public var sampling = HCRLHF.ResponseOptions()
        @Setting("Supervised fine-tuning on demonstrations.")
        public var fineTuning = HCRLHF.TrainingOptions(updates: 600, batch: 32, rate: 3e-3, decay: 0)
        @Setting("What an answer is worth.")
        public var reward = Reward.dual()
        @Setting("The loss, whose clip widths, ratio and sums are those of a published variant unless given.")
        public var variant = LossVariant.grpo()
        @Setting("What a likelihood ratio is of: of a token, of a whole answer, or as the variant has it.")
        public var ratio = RatioChoice.published
        @Setting("How losses of tokens are added up, or as the variant does it.")
        public var normalise = NormaliseChoice.published
        @Setting("The estimate of the divergence, on each token.")
        public var divergence = GRPOLoss.Divergence.k3
        @Setting(0...1e9, "Largest ratio of a term that is not clipped (delta); 0 for none.")
        public var twoSidedClip = 0.0
        @Setting(0...1e9, "Multiple of a negative advantage that bounds its term (c); 0 for none.")
        public var dualClip = 0.0
        @Setting(0...700, "Bound of a difference of log-probabilities before its exponential; 0 for none.")
        public var largestLogRatio = 20.0
        @Setting(
            0...1e9,
            "Weight of the entropy of the next token's law in the loss; all logits are kept for it.")
        public var entropyBonus: Float = 0
        @Setting("What a reward is compared with.")
        public var advantage = AdvantageOptions()
        @Setting(1...100_000, "Requests of an update (P).")
        public var prompts = 16
        @Setting(2...1024, "Answers to a request (G).")
        public var samples = 8
        @Setting(1...1000, "Passes over the answers of an update (mu).")
        public var iterations = 1
        @Setting(1...1000, "Steps of a pass, each on a share of the answers.")
        public var minibatches = 1
        @Setting(.above(0, upTo: 1), "Largest step size: 3 % warm-up, then half a cosine.")
        public var rate: Float = 1e-3
        @Setting(0...1e9, "Decoupled weight decay.")
        public var decay: Float = 0.01
        @Setting(1...100, "How often groups of equal rewards are drawn anew, at most.")
        public var retries = 3
        @Setting(
            0...100_000, "Last tokens of the largest length over which a penalty grows to 1; 0 for none.")
        public var overlongCushion = 0
        @Setting("Whether no step is made for answers that were cut off.")
        public var maskTruncated = false
        @Setting("The test of harm.")
        public var test = TestOptions()

        /// Sizes for a decoder that is trained from scratch in minutes.
        public init() {
            (model.intermediate, model.vocabulary, model.keyValueHeads) = (176, 640, 4)
            (model.tokens, sampling.tokens) = (96, 40)
        }
    }

    /// Advantages of answers.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct AdvantageOptions: Defaulted, Equatable {
        @Setting(
            "What is subtracted: the group's mean, that of the group's others, or as the variant does it.")
        public var baseline = BaselineChoice.published
        @Setting(
            "The standard deviation that is divided by: of the group, of the update, none, or as the variant does it."
        )
        public var scale = ScaleChoice.published
        @Setting(.above(0, upTo: 1), "Added to a standard deviation.")
        public var epsilon = 1e-4
        @Setting(0...1e9, "Smallest standard deviation of a group that is divided by.")
        public var floor = 0.0
        @Setting("Whether terms of the reward are added, or each is scaled in its group first.")
        public var aggregate = RewardAggregation.sumThenNormalise

        /// Those of GRPO.
        public init() {}

        /// How rewards are compared, where the variant has its own way.
        func advantages(_ variant: LossVariant) -> GroupAdvantages {
            GroupAdvantages(
                baseline: GroupAdvantages.Baseline(rawValue: baseline.rawValue) ?? variant.published.baseline,
                scale: GroupAdvantages.Scale(rawValue: scale.rawValue) ?? variant.published.scale,
                epsilon: epsilon, floor: floor)
        }
    }

    /// What a reward is compared with.
    public enum BaselineChoice: String, Codable, Sendable, CaseIterable {
        /// As the variant has it.
        case published
        /// The group's mean.
        case mean
        /// The mean of the group's others.
        case leaveOneOut = "leave-one-out"
    }

    /// What a difference is divided by.
    public enum ScaleChoice: String, Codable, Sendable, CaseIterable {
        /// As the variant has it.
        case published
        /// The group's standard deviation.
        case group
        /// That of all rewards of an update.
        case batch
        /// Nothing.
        case none
    }

    /// What a likelihood ratio is of.
    public enum RatioChoice: String, Codable, Sendable, CaseIterable {
        /// As the variant has it.
        case published
        /// Each token.
        case token
        /// The whole answer, as the mean of its tokens.
        case sequence
        /// The value of `sequence`, with each token's own gradient.
        case sequenceToken = "sequence-token"
        /// The whole answer, as the product of its tokens.
        case whole
    }

    /// How losses of tokens are added up.
    public enum NormaliseChoice: String, Codable, Sendable, CaseIterable {
        /// As the variant has it.
        case published
        /// Means over answers of means over tokens.
        case sequence
        /// The mean over the tokens of a mini-batch.
        case token
        /// The sum over the tokens of the update.
        case total
        /// By the largest length.
        case constant
    }

    /// The test of harm.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct TestOptions: Defaulted, Equatable {
        @Setting(1...10_000_000, "Requests that are kept for it.")
        public var requests = 300
        @Setting(1...100_000_000, "Requests of an update.")
        public var batch = 50
        @Setting("The split that they are drawn from, by the task's name for it.")
        public var split = "held-out pairs"
        @Setting(.open(0, 1), "Probability of returning a policy whose harm exceeds the limit.")
        public var delta = 0.1
        @Setting(0...1, "Largest share of harmful answers that is safe (tau).")
        public var limit = 0.05
        @Setting("How the share is bounded.")
        public var bound = BoundChoice.clopperPearson
        @Setting(0...1_000_000, "Fresh requests of each split that the report asks.")
        public var reported = 500

        /// At most 5 % with a confidence of 90 %.
        public init() {}
    }
}

extension GRPO.Configuration {
    /// It draws its data from the environment.
    public static var bringsData: Bool { true }

    /// Keys whose effect another key takes away.
    public var idleSettings: [IdleSetting] {
        var idle = model.idleSettings.map { $0.inside("model") }
        idle += sampling.idleSettings.map { $0.inside("sampling") }
        idle += fineTuning.idleSettings.map { $0.inside("fineTuning") }
        if !variant.dropsUniform {
            idle.append(IdleSetting("retries", because: "variant.dropUniform", unless: "true"))
        }
        if advantage.advantages(variant).scale != .group {
            idle.append(
                IdleSetting("advantage.floor", because: "advantage.scale", unless: "\"group\""))
        }
        return idle
    }

    /// Checks what one key alone cannot show.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        try model.validate(under: "model")
        try reward.validate(under: "reward")
        if sampling.tokens >= model.tokens {
            throw OptionIssue(
                "sampling.tokens",
                "\(sampling.tokens) leave no room for a request in model.tokens, \(model.tokens). Lower it.")
        }
        if minibatches > prompts * samples {
            throw OptionIssue(
                "minibatches", "\(minibatches) are more than the \(prompts * samples) answers. Lower it.")
        }
        if advantage.aggregate == .normaliseThenSum && !reward.composer.isSum {
            throw OptionIssue(
                "advantage.aggregate",
                "the reward has a gate, a penalty or a floor, and is no sum of terms. Write \"sum-then-normalise\"."
            )
        }
        if overlongCushion > sampling.tokens {
            throw OptionIssue(
                "overlongCushion",
                "\(overlongCushion) is above sampling.tokens, \(sampling.tokens). Lower it.")
        }
        for (key, width) in [("twoSidedClip", twoSidedClip), ("dualClip", dualClip)]
        where width > 0 && width <= 1 {
            throw OptionIssue(key, "\(width) is a ratio at most 1. Write a larger one, or 0.")
        }
        guard let bound = test.bound.bound(in: 0...1) else { return }
        if test.delta > bound.largestDelta {
            throw OptionIssue(
                "test.delta", "above what \(quoted(test.bound.rawValue)) is good for. Lower it.")
        }
    }

    /// The loss of a mini-batch of an update that has so many tokens.
    func loss(tokens: Int) -> GRPOLoss {
        var loss = variant.loss(tokens: tokens, longest: sampling.tokens)
        if let ratio = GRPOLoss.Ratio(rawValue: ratio.rawValue) { loss.ratio = ratio }
        switch normalise {
        case .published: break
        case .sequence: loss.normalisation = .sequence
        case .token: loss.normalisation = .token
        case .total: loss.normalisation = .total(tokens: max(tokens, 1))
        case .constant: loss.normalisation = .constant(length: sampling.tokens)
        }
        loss.divergence = divergence
        loss.twoSided = twoSidedClip == 0 ? nil : twoSidedClip
        loss.dual = dualClip == 0 ? nil : dualClip
        loss.largestLogRatio = largestLogRatio == 0 ? nil : largestLogRatio
        return loss
    }

    /// What is added to the reward of a long answer: from 0 down to −1 over the cushion, −1 where it was cut off.
    func overlong(_ answer: ScoredResponse) -> Double {
        guard overlongCushion > 0 else { return 0 }
        if answer.isTruncated { return -1 }
        let over = answer.response.tokens.count - (sampling.tokens - overlongCushion)
        return over <= 0 ? 0 : -Double(over) / Double(overlongCushion)
    }
}
