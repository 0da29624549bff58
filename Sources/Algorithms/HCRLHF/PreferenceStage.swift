import LanguageModels
import Networks
import SafeRL
import Tensors

/// Training of the reward model or the cost model.
struct PreferenceStage {
    /// Which of the two.
    enum Kind: String {
        case reward
        case cost
    }

    let model: LanguageLearner
    private let kind: Kind
    private let pairs: [TokenPair]
    private let options: HCRLHF.PreferenceOptions
    private let batch: Int
    private var order: Shuffled

    init(
        _ kind: Kind, _ pairs: [TokenPair], _ options: HCRLHF.PreferenceOptions, _ backbone: Backbone,
        startingFrom tuned: LanguageLearner, seed: UInt64
    ) throws {
        let training = kind == .reward ? options.reward : options.cost
        (self.kind, self.pairs, self.options, batch) = (kind, pairs, options, training.batch)
        let number: UInt32 = kind == .reward ? 1 : 2
        model = try LanguageLearner(
            kind.rawValue, backbone, scoring: true, optimizer: training.optimizer(), seed: seed,
            number: number)
        model.copyWeights(from: tuned)
        order = Shuffled(pairs.count, seed: seed, lane: number)
    }

    /// Whether costs have a sign: the data has labels and the options want them.
    static func hasSigns(_ pairs: [TokenPair], _ options: HCRLHF.PreferenceOptions) -> Bool {
        options.signTerms && pairs.allSatisfy { $0.isSafe != nil }
    }

    /// One step down the loss of a batch of pairs.
    ///
    /// - Throws: `NonFiniteError`.
    mutating func update(on tape: Tape) throws -> HCRLHF.Metrics {
        let rows = order.next(batch).map { pairs[$0] }
        var (preference, accuracy) = (0.0, 0.0)
        let loss = try model.learner.descend(on: tape) {
            tape.reset()
            let input = PackedTokens(rows.map(\.higher) + rows.map(\.lower))
            let spans = rows.map { options.tokenWise ? span($0) : nil }
            let places = asked(rows, spans, input)
            let scores = model.scores(input, at: places.flatMap { $0 }, on: tape)
            let values = scores.values.map(Double.init).cut(into: places.map(\.count))
            let (higher, lower) = (Array(values[..<rows.count]), Array(values[rows.count...]))
            let result = pairLoss(higher, lower, rows)
            preference = result.preference
            accuracy = PreferenceAccuracy.ofPairs(
                higher: higher.map { $0[$0.count - 1] }, lower: lower.map { $0[$0.count - 1] })
            return scores.carrying(LossGradient(value: result.value, gradient: result.higher + result.lower))
        }
        return HCRLHF.Metrics([
            ("loss", Double(loss)), ("preference_loss", preference), ("accuracy", accuracy),
        ])
    }

    private func pairLoss(_ higher: [[Double]], _ lower: [[Double]], _ rows: [TokenPair]) -> PairLoss {
        let objective = PreferenceObjective(regularisation: options.regularisation)
        let spans = higher.map { 0...$0.count - 1 }
        guard kind == .cost else {
            return objective.tokenRewardLoss(better: higher, worse: lower, spans: spans)
        }
        let labels =
            Self.hasSigns(pairs, options)
            ? SafetyLabels(
                safer: rows.compactMap { $0.isSafe?.lower }, unsafer: rows.compactMap { $0.isSafe?.higher })
            : nil
        return objective.tokenCostLoss(safer: lower, unsafer: higher, spans: spans, labels: labels)
    }

    private func span(_ pair: TokenPair) -> ClosedRange<Int>? {
        PreferenceAccuracy.span(pair.higher.map(Int.init), pair.lower.map(Int.init))
    }

    /// The packed rows whose scores count, sequence after sequence: the last of each, or those of its pair's span.
    ///
    /// Behind the end of the shorter answer its last score goes on to count, as it stands for the whole answer.
    private func asked(
        _ rows: [TokenPair], _ spans: [ClosedRange<Int>?], _ input: PackedTokens
    ) -> [[Int32]] {
        zip(input.starts, input.lengths).enumerated().map { index, sequence in
            let (start, length) = sequence
            guard let span = spans[index % rows.count] else { return [Int32(start + length - 1)] }
            return span.map { Int32(start + min($0, length - 1)) }
        }
    }

    // MARK: - Checkpoints

    func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(model.learner)
        try checkpoint.store("\(kind.rawValue).taken", order.taken)
    }

    mutating func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(model.learner)
        order.taken = try checkpoint.value("\(kind.rawValue).taken", in: Sound.count)
    }
}
