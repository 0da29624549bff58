import LanguageModels
import SafeRL
import Safety

extension HCRLHF {
    /// How a candidate is selected.
    public enum Method: String, Codable, Sendable, CaseIterable {
        /// REINFORCE under the pessimistic constraint.
        case hcRLHF = "hc-rlhf"
        /// Safe-RLHF: PPO-Lagrangian with two critics and an uninflated constraint; a baseline.
        case safeRLHF = "safe-rlhf"
    }

    /// What a response costs, in the candidate's constraint and in the test.
    public enum CostScale: String, Codable, Sendable, CaseIterable {
        /// The cost model's score, which no bound limits.
        case raw
        /// 2σ(c) − 1, in [−1, 1]; 0 stays 0.
        case squashed
        /// 1 where the score is above 0, else 0: the mean is the rate of unsafe responses.
        case rate
    }

    /// HC-RLHF's options.
    public struct Configuration: Defaulted, Equatable {
        /// See `options`.
        public var files = PreferenceFiles(), synthetic = SyntheticOptions(), split = SplitShares()
        /// See `options`.
        public var model = ModelOptions(), sampling = ResponseOptions()
        /// See `options`.
        public var fineTuning = TrainingOptions(updates: 600, batch: 16, rate: 2e-3, decay: 0)
        /// See `options`.
        public var preference = PreferenceOptions()
        /// See `options`.
        public var candidate = CandidateOptions(), test = TestOptions()

        /// Sizes for a decoder that is trained from scratch in minutes; constants of the method as released.
        public init() {}
    }

    /// Files beside `data.file`, for data with one kind of judgement in each.
    public struct PreferenceFiles: Defaulted, Equatable {
        /// See `options`.
        public var helpfulness = "", harmlessness = "", demonstrations = ""

        /// None.
        public init() {}

        var areNone: Bool { self == Self() }
    }

    /// Preferences of the grammar, where a run names neither files nor an environment.
    public struct SyntheticOptions: Defaulted, Equatable {
        /// See `options`.
        public var pairs = 3000, demonstrations = 0, corrupted = 0.0

        /// Pairs of the grammar alone, whose better answers are the demonstrations.
        public init() {}
    }

    /// How prompts are shared out.
    public struct SplitShares: Defaulted, Equatable {
        /// See `options`.
        public var heldOut = 0.5, candidate = 0.4, validation = 0.1, matching = PromptMatching.normalised

        /// Half for the models; of the rest 40 % for the candidate.
        public init() {}
    }

    /// The decoder.
    public struct ModelOptions: Defaulted, Equatable {
        /// See `options`.
        public var directory = "", hidden = 64, intermediate = 176, layers = 2
        /// See `options`.
        public var heads = 4, keyValueHeads = 2, vocabulary = 640, tokens = 160
        /// See `options`.
        public var rank = 0, alpha: Float = 16

        /// A small LLaMA.
        public init() {}
    }

    /// How responses are drawn: part of the policy that is tested and returned.
    public struct ResponseOptions: Defaulted, Equatable {
        /// See `options`.
        public var temperature: Float = 1, topK = 0, topP: Float = 1, repetitionPenalty: Float = 1
        /// See `options`.
        public var tokens = 112

        /// From the full distribution.
        public init() {}
    }

    /// AdamW over shuffled batches.
    public struct TrainingOptions: Defaulted, Equatable {
        /// See `options`.
        public var updates = 600, batch = 16, rate: Float = 2e-3, decay: Float = 0

        /// Those of fine-tuning.
        public init() {}

        init(updates: Int, batch: Int, rate: Float, decay: Float) {
            (self.updates, self.batch, self.rate, self.decay) = (updates, batch, rate, decay)
        }
    }

    /// The reward model and the cost model.
    public struct PreferenceOptions: Defaulted, Equatable {
        /// See `options`.
        public var reward = TrainingOptions(updates: 300, batch: 16, rate: 1e-3, decay: 0.1)
        /// See `options`.
        public var cost = TrainingOptions(updates: 300, batch: 16, rate: 1e-3, decay: 0.1)
        /// See `options`.
        public var regularisation = 0.001, signTerms = true, tokenWise = false

        /// With sign terms, where there are labels.
        public init() {}
    }

    /// Candidate selection.
    public struct CandidateOptions: Defaulted, Equatable {
        /// See `options`.
        public var method = Method.hcRLHF, prompts = 200
        /// See `options`.
        public var batch = 32, microBatch = 16, samples = 2, rate: Float = 2e-4, decay: Float = 0.01
        /// See `options`.
        public var divergencePenalty = 0.5, rewardLimit = 50.0
        /// See `options`.
        public var sampleFactor = 4.0, testFactor = 2.0, counting = CandidateConstraint.Counting.buffer
        /// See `options`.
        public var multiplier = 1.0, multiplierRate = 0.05, largestMultiplier = 10.0, buffer = 256
        /// See `options`.
        public var languageLoss: Float = 0.5
        /// See `options`.
        public var clip = 0.2, valueClip = 5.0, trace = 0.95, criticRate: Float = 2e-4

        /// The method as released, its step sizes for small decoders.
        public init() {}
    }

    /// The safety test.
    public struct TestOptions: Defaulted, Equatable {
        /// See `options`.
        public var prompts = 0, batch = 32, delta = 0.1, limit = 0.0
        /// See `options`.
        public var scale = CostScale.squashed, bound = BoundChoice.betting, leastAccuracy = 0.5
        /// See `options`.
        public var largestDivergence = 0.0

        /// A bound that holds at every n, of squashed costs by a model that is better than chance.
        public init() {}
    }
}

extension HCRLHF.Configuration {
    /// With neither files nor an environment it learns from a grammar of its own.
    public static var bringsData: Bool { true }

    /// The keys of `hcrlhf`.
    public static var options: [Option] {
        [
            Option(
                "files", .group(HCRLHF.PreferenceFiles.options),
                "Preferences beside data.file, one judgement a file."),
            Option(
                "synthetic", .group(HCRLHF.SyntheticOptions.options),
                "Preferences of a grammar, where neither files nor an environment are named."),
            Option("split", .group(HCRLHF.SplitShares.options), "How prompts are shared out."),
            Option("model", .group(HCRLHF.ModelOptions.options), "The decoder."),
            Option(
                "sampling", .group(HCRLHF.ResponseOptions.options),
                "How responses are drawn, in training, test and use."),
            Option(
                "fineTuning", .group(HCRLHF.TrainingOptions.options), "Supervised fine-tuning on answers."),
            Option(
                "preference", .group(HCRLHF.PreferenceOptions.options), "The reward and the cost model."),
            Option("candidate", .group(HCRLHF.CandidateOptions.options), "Candidate selection."),
            Option("test", .group(HCRLHF.TestOptions.options), "The safety test."),
        ]
    }

    /// Checks what one key alone cannot show.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        try model.validate(under: "model")
        try candidate.validate(under: "candidate")
        try test.validate(under: "test")
        if sampling.tokens >= model.tokens {
            throw OptionIssue(
                "sampling.tokens",
                "\(sampling.tokens) leave no room for a prompt in model.tokens, \(model.tokens). Lower it.")
        }
    }
}

extension HCRLHF.ModelOptions {
    /// Checks that the sizes fit together.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        if hidden % heads != 0 || hidden / heads % 2 != 0 {
            throw OptionIssue("heads", "\(hidden) units are not an even number for each of \(heads) heads.")
        }
        if heads % keyValueHeads != 0 {
            throw OptionIssue("keyValueHeads", "\(keyValueHeads) is no divisor of heads, \(heads).")
        }
        if rank > 0 && directory.isEmpty {
            throw OptionIssue(
                "rank", "adapters need a trained decoder. Name its \"directory\", or write 0.")
        }
    }
}

extension HCRLHF.CandidateOptions {
    /// Checks that batches can be cut into micro-batches and samples have a baseline.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        if batch % microBatch != 0 {
            throw OptionIssue("microBatch", "\(microBatch) is no divisor of batch, \(batch).")
        }
        if method == .safeRLHF && samples != 1 {
            throw OptionIssue("samples", "\"safe-rlhf\" answers a prompt once. Write 1.")
        }
    }
}

extension HCRLHF.TestOptions {
    /// Checks that the bound can be computed of such costs.
    ///
    /// - Throws: `OptionIssue`.
    public func validate() throws {
        if bound == .clopperPearson && scale != .rate {
            throw OptionIssue(
                "bound", "\"clopper-pearson\" is of costs 0 and 1. Write \"scale\": \"rate\".")
        }
        if bound.bound(in: 0...1).map({ delta > $0.largestDelta }) ?? false {
            throw OptionIssue("delta", "above what \(quoted(bound.rawValue)) is good for. Lower it.")
        }
    }
}
