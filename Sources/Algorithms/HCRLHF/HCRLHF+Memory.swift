import LanguageModels
import SafeRL

extension HCRLHF {
    /// The decoders with their optimisers, or one frozen decoder and adapters; of batches what the tape keeps of one row.
    public static func memoryNeed(of c: Configuration, on data: LanguageData) -> MemoryNeed {
        var need = MemoryNeed()
        let model = c.model
        var description = DecoderDescription(
            .llama, vocabulary: 2, hidden: model.hidden, intermediate: model.intermediate,
            layers: model.layers, heads: model.heads, keyValueHeads: model.keyValueHeads)
        var key = "model.hidden"
        if !model.directory.isEmpty {
            // What cannot be opened, `init` says better.
            guard let opened = try? ModelFile(model.directory) else { return need }
            (description, key) = (opened.description, "model.directory")
        }
        let isAdapted = model.rank > 0 && !model.directory.isEmpty
        // Reference and candidate, models of reward and cost, and the critics of safe-rlhf.
        var count = 2
        if case .pairs = data.source { count += 2 }
        if c.candidate.method.proximal != nil { count += 2 }
        if isAdapted {
            need.addFrozen("the frozen decoder", key) { Decoder(description, in: &$0) }
            need.addLearners("the adapters", "model.rank", count: count) {
                LowRankAdapters(description, rank: model.rank, alpha: model.alpha, in: &$0)
            }
        } else {
            need.addLearners("the decoders", key, count: count) { Decoder(description, in: &$0) }
        }
        addRows(of: c, on: data, description, to: &need)
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
