import LanguageModels
import SafeRL

extension HCRLHF {
    /// The decoders with their optimisers, or one frozen decoder and adapters; of batches what the tape keeps of one row.
    public static func memoryNeed(of c: Configuration, on data: LanguageData) -> MemoryNeed {
        // Reference and candidate, models of reward and cost, and the critics of safe-rlhf.
        var count = 2
        if case .pairs = data.source { count += 2 }
        if c.candidate.method.proximal != nil { count += 2 }
        guard let made = decoders(c.model, count) else { return MemoryNeed() }
        var need = made.need
        addRows(of: c, on: data, made.description, to: &need)
        return need
    }

    /// Decoders that learn, or one frozen decoder and adapters; nothing where a checkpoint cannot be opened, which `init` says better.
    private static func decoders(
        _ model: ModelOptions, _ count: Int
    ) -> (need: MemoryNeed, description: DecoderDescription)? {
        var need = MemoryNeed()
        var description = DecoderDescription(
            .llama, vocabulary: 2, hidden: model.hidden, intermediate: model.intermediate,
            layers: model.layers, heads: model.heads, keyValueHeads: model.keyValueHeads)
        var key = "model.hidden"
        if !model.directory.isEmpty {
            guard let opened = try? ModelFile(model.directory) else { return nil }
            (description, key) = (opened.description, "model.directory")
        }
        if model.rank > 0 && !model.directory.isEmpty {
            need.addFrozen("the frozen decoder", key) { Decoder(description, in: &$0) }
            need.addLearners("the adapters", "model.rank", count: count) {
                LowRankAdapters(description, rank: model.rank, alpha: model.alpha, in: &$0)
            }
        } else {
            need.addLearners("the decoders", key, count: count) { Decoder(description, in: &$0) }
        }
        return (need, description)
    }

    /// What decoders, the rows of an update and the answers that are written together need.
    static func decoderNeed(
        _ model: ModelOptions, models: Int, sequences: Int, rows: (key: String, count: Int), tokens: Int
    ) -> MemoryNeed {
        guard let made = decoders(model, models) else { return MemoryNeed() }
        let description = made.description
        var need = made.need
        let columns = 2 * description.hidden * description.layers
        need.addRows("the rows of an update", rows.key, rows.count, of: columns)
        need.addRows("the answers of an update", "prompts", sequences, of: columns)
        let width = description.hidden / description.heads * description.keyValueHeads
        need.add(
            "keys and values of the answers", "sampling.tokens",
            bytes: 8 * Double(tokens * width * description.layers) * Double(sequences))
        return need
    }

    private static func addRows(
        of c: Configuration, on data: LanguageData, _ description: DecoderDescription,
        to need: inout MemoryNeed
    ) {
        // One token of each row, its values and gradients in every layer.
        let columns = 2 * description.hidden * description.layers
        let candidate = c.candidate
        need.addRows("the rows of an update", "fineTuning.batch", c.fineTuning.batch, of: columns)
        need.addRows(
            "the rows of an update", "preference.reward.batch", c.preference.reward.batch, of: columns)
        need.addRows("the rows of an update", "preference.cost.batch", c.preference.cost.batch, of: columns)
        need.addRows(
            "the rows of a step", "candidate.microBatch", candidate.microBatch * candidate.samples,
            of: columns)
        // Tokens in an array of their own, 64 bytes at least.
        need.addRows("the prompts", "candidate.batch", candidate.batch * candidate.samples, of: 16)
        if case .pairs = data.source {
            let width = description.hidden / description.heads * description.keyValueHeads
            need.add(
                "keys and values of the responses", "sampling.tokens",
                bytes: 8 * Double(c.sampling.tokens * width * description.layers)
                    * Double(candidate.batch * candidate.samples))
        }
        if case .task = data.source {
            need.addRows("the prompts", "candidate.prompts", candidate.prompts, of: 16)
        }
    }
}
