import SafeRL
import Safety

// The keys of the groups of `hcrlhf`, in words.

private let count = Option.Domain.integer(minimum: 1, maximum: 100_000_000)
/// A width: products of three still fit into an `Int`.
private let width = Option.Domain.integer(minimum: 1, maximum: 1_000_000)
private let countOrNone = Option.Domain.integer(minimum: 0, maximum: 100_000_000)
private let share = Option.Domain.number(
    minimum: 0, maximum: 1, excludingMinimum: true, excludingMaximum: true)
private let unitStep = Option.Domain.number(minimum: 0, maximum: 1, excludingMinimum: true)
private let positive = Option.Domain.number(minimum: 0, maximum: 1e9, excludingMinimum: true)
private let notNegative = Option.Domain.number(minimum: 0, maximum: 1e9)

extension HCRLHF.PreferenceFiles {
    /// The keys of `hcrlhf.files`.
    public static var options: [Option] {
        [
            Option(
                "helpfulness", .text, "Dialogues \"chosen\" and \"rejected\" by helpfulness; \"\" for none."),
            Option(
                "harmlessness", .text, "Dialogues \"chosen\" and \"rejected\" by harmlessness; \"\" for none."
            ),
            Option(
                "demonstrations", .text,
                "Answers to learn from; \"\" takes the better answers of the preferences."),
        ]
    }
}

extension HCRLHF.SyntheticOptions {
    /// The keys of `hcrlhf.synthetic`.
    public static var options: [Option] {
        [
            Option("pairs", .integer(minimum: 1, maximum: 10_000_000), "Pairs that are drawn."),
            Option(
                "demonstrations", .integer(minimum: 0, maximum: 10_000_000),
                "Answers to learn to write from; 0 takes the better answers of the pairs."),
            Option(
                "corrupted", .number(minimum: 0, maximum: 1),
                "Share of the pairs whose worse answer has left the grammar: broken off, repeated, shuffled or spliced."
            ),
        ]
    }
}

extension HCRLHF.SplitShares {
    /// The keys of `hcrlhf.split`.
    public static var options: [Option] {
        [
            Option("heldOut", share, "Share of the prompts kept from every model."),
            Option(
                "candidate", share,
                "Share of these that the candidate is selected with; the others test its safety."),
            Option("validation", share, "Share of the models' prompts that measures their accuracy."),
            Option(
                "matching", .words(of: PromptMatching.self),
                "Which prompts are the same; \"normalised\" forgets case, blanks and compatibility forms (NFKC)."
            ),
        ]
    }
}

extension HCRLHF.ModelOptions {
    /// The keys of `hcrlhf.model`.
    public static var options: [Option] {
        [
            Option(
                "directory", .text,
                "A LLaMA or Qwen2 checkpoint in hub format with tokenizer.json; \"\" trains one from scratch."
            ),
            Option("hidden", width, "Width of the residual stream; from scratch."),
            Option("intermediate", width, "Width of the feed-forward layers; from scratch."),
            Option("layers", .integer(minimum: 1, maximum: 1_024), "Blocks; from scratch."),
            Option("heads", width, "Query heads; from scratch."),
            Option("keyValueHeads", width, "Key and value heads; from scratch."),
            Option(
                "vocabulary", .integer(minimum: 260, maximum: 1_000_000),
                "Tokens that are learned from the text, 256 bytes and 4 special ones among them; from scratch."
            ),
            Option("tokens", .integer(minimum: 2, maximum: 1 << 20), "Tokens of prompt and answer at most."),
            Option(
                "rank", .integer(minimum: 0, maximum: 1 << 16),
                "Rank of low-rank adapters on a frozen decoder; 0 trains all of its weights."),
            Option("alpha", positive, "Strength of the adapters (alpha; divided by the rank)."),
        ]
    }
}

extension HCRLHF.ResponseOptions {
    /// The keys of `hcrlhf.sampling`.
    public static var options: [Option] {
        [
            Option("temperature", notNegative, "Divides logits; 0 takes the likeliest token."),
            Option("topK", countOrNone, "Likeliest tokens that are kept; 0 for all."),
            Option("topP", unitStep, "Sum of probabilities that is kept; 1 for all."),
            Option("repetitionPenalty", positive, "Divides logits of tokens that occurred; 1 for none."),
            Option("tokens", count, "Tokens of a response at most."),
        ]
    }
}

extension HCRLHF.TrainingOptions {
    /// The keys of `hcrlhf.fineTuning` and the like.
    public static var options: [Option] {
        [
            Option("updates", countOrNone, "Updates, of schedule.steps; 0 leaves the stage out."),
            Option("batch", count, "Rows of an update."),
            Option("rate", unitStep, "Largest step size: 3 % warm-up, then half a cosine."),
            Option("decay", notNegative, "Decoupled weight decay, of weights but not biases and norms."),
        ]
    }
}

extension HCRLHF.PreferenceOptions {
    /// The keys of `hcrlhf.preference`.
    public static var options: [Option] {
        [
            Option("reward", .group(HCRLHF.TrainingOptions.options), "Training of the reward model."),
            Option("cost", .group(HCRLHF.TrainingOptions.options), "Training of the cost model."),
            Option("regularisation", notNegative, "Weight of the squared scores (mu)."),
            Option(
                "signTerms", .boolean,
                "Whether labels of single answers give costs a sign, where the data has them."),
            Option("tokenWise", .boolean, "Whether every token's score counts; else the last one's."),
        ]
    }
}

extension HCRLHF.CandidateOptions {
    /// The keys of `hcrlhf.candidate`.
    public static var options: [Option] { sampled + constraint + proximal }

    private static var sampled: [Option] {
        [
            Option("method", .words(of: HCRLHF.Method.self), "How the candidate is selected."),
            Option("prompts", count, "Prompts drawn to select with, in an environment."),
            Option("batch", count, "Prompts of an update."),
            Option("microBatch", count, "Prompts of one step; a divisor of batch."),
            Option(
                "samples", .integer(minimum: 1, maximum: 1024),
                "Responses to a prompt (k); from 2 on each other's baseline, else a running mean."),
            Option("rate", unitStep, "Largest step size: 3 % warm-up, then half a cosine."),
            Option("decay", notNegative, "Decoupled weight decay."),
            Option("divergencePenalty", notNegative, "Weight of the divergence from the reference (beta)."),
            Option("rewardLimit", positive, "Penalised rewards are clipped to +- this."),
            Option(
                "languageLoss", notNegative,
                "Weight of the next-token loss on demonstrations (ptx); 0 for none."),
        ]
    }

    private static var constraint: [Option] {
        [
            Option("sampleFactor", notNegative, "Inflation for the sample's error (C1)."),
            Option("testFactor", notNegative, "Inflation for the width of the test's bound (C2)."),
            Option(
                "counting", .choice([CandidateConstraint.Counting.buffer, .microBatch].map(\.rawValue)),
                "Which costs K is made for in the policy's step; \"micro-batch\" is the released code's."),
            Option("multiplier", positive, "First multiplier (lambda)."),
            Option("multiplierRate", positive, "Step size of its logarithm (eta)."),
            Option("largestMultiplier", positive, "Its maximum."),
            Option(
                "buffer", .integer(minimum: 2, maximum: 1 << 24),
                "Recent costs that mean and deviation are taken of."),
        ]
    }

    private static var proximal: [Option] {
        [
            Option("clip", positive, "Range of probability ratios (epsilon); method safe-rlhf."),
            Option("valueClip", positive, "Range of a critic's change; method safe-rlhf."),
            Option("trace", .number(minimum: 0, maximum: 1), "Trace of the advantages; method safe-rlhf."),
            Option("criticRate", unitStep, "Step size of the critics after 3 % warm-up; method safe-rlhf."),
        ]
    }
}

extension HCRLHF.TestOptions {
    /// The keys of `hcrlhf.test`.
    public static var options: [Option] {
        [
            Option(
                "prompts", .integer(minimum: 0, maximum: 10_000_000),
                "Prompts to test with; 0 for all that were kept for it, in an environment 200."),
            Option("batch", count, "Prompts of an update."),
            Option("delta", share, "Probability of returning a policy whose mean cost exceeds the limit."),
            Option("limit", .number(minimum: -1e9, maximum: 1e9), "Largest mean cost that is safe (tau)."),
            Option("scale", .words(of: HCRLHF.CostScale.self), "What the cost of a response is."),
            Option("bound", .words(of: BoundChoice.self), "How the mean is bounded."),
            Option(
                "leastAccuracy", .number(minimum: 0, maximum: 1, excludingMaximum: true),
                "What the cost model's accuracy on pairs and signs kept apart must exceed with 95 % confidence; 0 asks for "
                    + "none."),
            Option(
                "largestDivergence", notNegative,
                "Nats a response that the mean divergence from the reference must not exceed, with 95 % confidence; 0 asks "
                    + "for nothing."),
        ]
    }
}
