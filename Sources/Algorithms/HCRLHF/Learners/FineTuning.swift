import LanguageModels
import Networks
import SafeRL
import Tensors

/// Supervised fine-tuning: the next token of answers, prompts not counted.
struct FineTuning {
    /// The reference that everything later starts from.
    let model: LanguageLearner
    private let demonstrations: [Response]
    private let batch: Int
    private var order: EpochOrder?

    init(
        _ demonstrations: [Response], _ options: HCRLHF.TrainingOptions, _ backbone: Backbone, seed: UInt64
    ) throws {
        (self.demonstrations, batch) = (demonstrations, options.batch)
        model = try LanguageLearner(
            "reference", backbone, scoring: false, optimizer: options.optimizer(), seed: seed, number: 0)
        order = demonstrations.isEmpty ? nil : EpochOrder(demonstrations.count, seed: seed, lane: 0)
    }

    /// One step down the mean of −ln p over the answers' tokens.
    ///
    /// - Throws: `NonFiniteError`.
    mutating func update(on tape: Tape) throws -> HCRLHF.Metrics {
        let rows = order?.next(batch).map { demonstrations[$0] } ?? []
        let loss = try model.learner.descend(on: tape) {
            tape.reset()
            return model.tokenLoss(rows, on: tape)
        }
        return HCRLHF.Metrics([("loss", Double(loss))])
    }

    func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(model.learner)
        try checkpoint.store("reference.taken", order?.taken ?? 0)
    }

    mutating func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(model.learner)
        order?.taken = try checkpoint.value("reference.taken", in: Sound.count)
    }
}

extension LanguageLearner {
    /// The mean of −ln p over the tokens of answers, `[1, 1]`.
    func tokenLoss(_ rows: [Response], on tape: Tape) -> Variable {
        -logProbabilities(PackedTokens(rows.map(\.all)), from: rows.map(\.prompt.count), on: tape).mean()
    }
}
