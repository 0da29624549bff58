import Assurance
import LanguageModels
import SafeRL

extension HCRLHF {
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
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct Configuration: Defaulted, Equatable {
        @Setting("Preferences beside data.file, one judgement a file.")
        public var files = PreferenceFiles()
        @Setting("Preferences of a grammar, where neither files nor an environment are named.")
        public var synthetic = SyntheticOptions()
        @Setting("How prompts are shared out.")
        public var split = SplitShares()
        @Setting("The decoder.")
        public var model = ModelOptions()
        @Setting("How responses are drawn, in training, test and use.")
        public var sampling = ResponseOptions()
        @Setting("Supervised fine-tuning on answers.")
        public var fineTuning = TrainingOptions(updates: 600, batch: 16, rate: 2e-3, decay: 0)
        @Setting("The reward and the cost model.")
        public var preference = PreferenceOptions()
        @Setting("Candidate selection.")
        public var candidate = CandidateOptions()
        @Setting("The safety test.")
        public var test = TestOptions()

        /// Sizes for a decoder that is trained from scratch in minutes; constants of the method as released.
        public init() {}
    }

    /// Files beside `data.file`, for data with one kind of judgement in each.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct PreferenceFiles: Defaulted, Equatable {
        @Setting("Dialogues \"chosen\" and \"rejected\" by helpfulness; \"\" for none.")
        public var helpfulness = ""
        @Setting("Dialogues \"chosen\" and \"rejected\" by harmlessness; \"\" for none.")
        public var harmlessness = ""
        @Setting("Answers to learn from; \"\" takes the better answers of the preferences.")
        public var demonstrations = ""

        /// None.
        public init() {}

        var areNone: Bool { self == Self() }
    }

    /// Preferences of the grammar, where a run names neither files nor an environment.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct SyntheticOptions: Defaulted, Equatable {
        @Setting(1...10_000_000, "Pairs that are drawn.")
        public var pairs = 3000
        @Setting(0...10_000_000, "Answers to learn to write from; 0 takes the better answers of the pairs.")
        public var demonstrations = 0
        @Setting(
            0...1,
            "Share of the pairs whose worse answer has left the grammar: broken off, repeated, shuffled or spliced."
        )
        public var corrupted = 0.0

        /// Pairs of the grammar alone, whose better answers are the demonstrations.
        public init() {}
    }

    /// How prompts are shared out.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct SplitShares: Defaulted, Equatable {
        @Setting(.open(0, 1), "Share of the prompts kept from every model.")
        public var heldOut = 0.5
        @Setting(
            .open(0, 1), "Share of these that the candidate is selected with; the others test its safety.")
        public var candidate = 0.4
        @Setting(.open(0, 1), "Share of the models' prompts that measures their accuracy.")
        public var validation = 0.1
        @Setting(
            "Which prompts are the same; \"normalised\" forgets case, blanks and compatibility forms (NFKC).")
        public var matching = PromptMatching.normalised

        /// Half for the models; of the rest 40 % for the candidate.
        public init() {}
    }

    /// The decoder.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct ModelOptions: Defaulted, Equatable {
        @Setting(
            "A LLaMA, Qwen2 or Qwen3 model: a directory in hub format with tokenizer.json, or a GGUF file; \"\" trains one from scratch."
        )
        public var directory = ""
        @Setting(1...1_000_000, "Width of the residual stream; from scratch.")
        public var hidden = 64
        @Setting(1...1_000_000, "Width of the feed-forward layers; from scratch.")
        public var intermediate = 176
        @Setting(1...1_024, "Blocks; from scratch.")
        public var layers = 2
        @Setting(1...1_000_000, "Query heads; from scratch.")
        public var heads = 4
        @Setting(1...1_000_000, "Key and value heads; from scratch.")
        public var keyValueHeads = 2
        @Setting(
            260...1_000_000,
            "Tokens that are learned from the text, 256 bytes and 4 special ones among them; from scratch.")
        public var vocabulary = 640
        @Setting(2...1 << 20, "Tokens of prompt and answer at most.")
        public var tokens = 160
        @Setting(0...1 << 16, "Rank of low-rank adapters on a frozen decoder; 0 trains all of its weights.")
        public var rank = 0
        @Setting(.above(0, upTo: 1e9), "Strength of the adapters (alpha; divided by the rank).")
        public var alpha: Float = 16

        /// A small LLaMA.
        public init() {}
    }

    /// How responses are drawn: part of the policy that is tested and returned.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct ResponseOptions: Defaulted, Equatable {
        @Setting(0...1e9, "Divides logits; 0 takes the likeliest token.")
        public var temperature: Float = 1
        @Setting(0...100_000_000, "Likeliest tokens that are kept; 0 for all.")
        public var topK = 0
        @Setting(.above(0, upTo: 1), "Sum of probabilities that is kept; 1 for all.")
        public var topP: Float = 1
        @Setting(.above(0, upTo: 1e9), "Divides logits of tokens that occurred; 1 for none.")
        public var repetitionPenalty: Float = 1
        @Setting(1...100_000_000, "Tokens of a response at most.")
        public var tokens = 112

        /// From the full distribution.
        public init() {}
    }

    /// AdamW over shuffled batches.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct TrainingOptions: Defaulted, Equatable {
        @Setting(0...100_000_000, "Updates, of schedule.steps; 0 leaves the stage out.")
        public var updates = 600
        @Setting(1...100_000_000, "Rows of an update.")
        public var batch = 16
        @Setting(.above(0, upTo: 1), "Largest step size: 3 % warm-up, then half a cosine.")
        public var rate: Float = 2e-3
        @Setting(0...1e9, "Decoupled weight decay, of weights but not biases and norms.")
        public var decay: Float = 0

        /// Those of fine-tuning.
        public init() {}

        init(updates: Int, batch: Int, rate: Float, decay: Float) {
            (self.updates, self.batch, self.rate, self.decay) = (updates, batch, rate, decay)
        }
    }

    /// The reward model and the cost model.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct PreferenceOptions: Defaulted, Equatable {
        @Setting("Training of the reward model.")
        public var reward = TrainingOptions(updates: 300, batch: 16, rate: 1e-3, decay: 0.1)
        @Setting("Training of the cost model.")
        public var cost = TrainingOptions(updates: 300, batch: 16, rate: 1e-3, decay: 0.1)
        @Setting(0...1e9, "Weight of the squared scores (mu).")
        public var regularisation = 0.001
        @Setting("Whether labels of single answers give costs a sign, where the data has them.")
        public var signTerms = true
        @Setting("Whether every token's score counts; else the last one's.")
        public var tokenWise = false

        /// With sign terms, where there are labels.
        public init() {}
    }

    /// Candidate selection.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct CandidateOptions: Defaulted, Equatable {
        @Setting("How the candidate is selected.")
        public var method = Method.hcRLHF()
        @Setting(1...100_000_000, "Prompts drawn to select with, in an environment.")
        public var prompts = 200
        @Setting(1...100_000_000, "Prompts of an update.")
        public var batch = 32
        @Setting(1...100_000_000, "Prompts of one step; a divisor of batch.")
        public var microBatch = 16
        @Setting(1...1024, "Responses to a prompt (k); from 2 on each other's baseline, else a running mean.")
        public var samples = 2
        @Setting(.above(0, upTo: 1), "Largest step size: 3 % warm-up, then half a cosine.")
        public var rate: Float = 2e-4
        @Setting(0...1e9, "Decoupled weight decay.")
        public var decay: Float = 0.01
        @Setting(0...1e9, "Weight of the divergence from the reference (beta).")
        public var divergencePenalty = 0.5
        @Setting(.above(0, upTo: 1e9), "Penalised rewards are clipped to +- this.")
        public var rewardLimit = 50.0
        @Setting(0...1e9, "Weight of the next-token loss on demonstrations (ptx); 0 for none.")
        public var languageLoss: Float = 0.5
        @Setting(.above(0, upTo: 1e9), "First multiplier (lambda).")
        public var multiplier = 1.0
        @Setting(.above(0, upTo: 1e9), "Step size of its logarithm (eta).")
        public var multiplierRate = 0.05
        @Setting(.above(0, upTo: 1e9), "Its maximum.")
        public var largestMultiplier = 10.0
        @Setting(2...1 << 24, "Recent costs that mean and deviation are taken of.")
        public var buffer = 256

        /// The method as released, its step sizes for small decoders.
        public init() {}
    }

    /// The safety test.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct TestOptions: Defaulted, Equatable {
        @Setting(
            0...10_000_000, "Prompts to test with; 0 for all that were kept for it, in an environment 200.")
        public var prompts = 0
        @Setting(1...100_000_000, "Prompts of an update.")
        public var batch = 32
        @Setting(.open(0, 1), "Probability of returning a policy whose mean cost exceeds the limit.")
        public var delta = 0.1
        @Setting(-1e9...1e9, "Largest mean cost that is safe (tau).")
        public var limit = 0.0
        @Setting("What the cost of a response is.")
        public var scale = CostScale.squashed
        @Setting("How the mean is bounded.")
        public var bound = BoundChoice.betting
        @Setting(
            0..<1,
            "What the cost model's accuracy on pairs and signs kept apart must exceed with 95 % confidence; 0 asks for none."
        )
        public var leastAccuracy = 0.5
        @Setting(
            0...1e9,
            "Nats a response that the mean divergence from the reference must not exceed, with 95 % confidence; 0 asks for nothing."
        )
        public var largestDivergence = 0.0

        /// A bound that holds at every n, of squashed costs by a model that is better than chance.
        public init() {}
    }
}

extension HCRLHF.Configuration {
    /// With neither files nor an environment it learns from a grammar of its own.
    public static var bringsData: Bool { true }

    /// Keys whose effect another key takes away.
    public var idleSettings: [IdleSetting] {
        let names = ["helpfulness", "harmlessness", "demonstrations"]
        let given = zip(names, [files.helpfulness, files.harmlessness, files.demonstrations])
            .first { !$0.1.isEmpty }
        var idle = given.map { [IdleSetting("synthetic", because: "files.\($0.0)", unless: "\"\"")] } ?? []
        idle += model.idleSettings.map { $0.inside("model") }
        idle += sampling.idleSettings.map { $0.inside("sampling") }
        idle += fineTuning.idleSettings.map { $0.inside("fineTuning") }
        idle += preference.reward.idleSettings.map { $0.inside("preference.reward") }
        idle += preference.cost.idleSettings.map { $0.inside("preference.cost") }
        if case .hcRLHF(let own) = candidate.method, own.sampleFactor == 0 {
            idle.append(
                IdleSetting(
                    "candidate.method.counting", because: "candidate.method.sampleFactor", unless: "4"))
        }
        return idle
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
    /// Sizes where a checkpoint has its own, and the strength of adapters where there are none.
    public var idleSettings: [IdleSetting] {
        let sizes = ["hidden", "intermediate", "layers", "heads", "keyValueHeads", "vocabulary"]
        if directory.isEmpty { return [IdleSetting("alpha", because: "directory")] }
        return sizes.map { IdleSetting($0, because: "directory", unless: "\"\"") }
            + (rank == 0 ? [IdleSetting("alpha", because: "rank", unless: "16")] : [])
    }

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

extension HCRLHF.ResponseOptions {
    /// Cut-offs where the likeliest token is taken anyway.
    public var idleSettings: [IdleSetting] {
        temperature == 0
            ? ["topK", "topP"].map { IdleSetting($0, because: "temperature", unless: "1") } : []
    }
}

extension HCRLHF.TrainingOptions {
    /// All of a stage that is left out.
    public var idleSettings: [IdleSetting] {
        updates == 0
            ? ["batch", "rate", "decay"].map { IdleSetting($0, because: "updates", unless: "300") } : []
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
        if method.proximal != nil && samples != 1 {
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
