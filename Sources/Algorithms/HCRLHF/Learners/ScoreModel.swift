import LanguageModels
import Networks
import SafeRL
import Tensors

/// Training of the reward model or the cost model.
struct ScoreModel {
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
    private var order: EpochOrder

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
        order = EpochOrder(pairs.count, seed: seed, lane: number)
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
            accuracy = PreferenceAccuracy.ofPairs(
                higher: values[..<rows.count].map { $0[$0.count - 1] },
                lower: values[rows.count...].map { $0[$0.count - 1] })
            return scores.inDouble { scores in
                let (loss, part) = pairLoss(scores, rows, lengths: places[..<rows.count].map(\.count))
                preference = part.scalar
                return loss
            }
        }
        return HCRLHF.Metrics([
            ("loss", Double(loss)), ("preference_loss", preference), ("accuracy", accuracy),
        ])
    }

    /// The loss of the scores of all tokens that count: of the answers that should score higher, then of the others.
    private func pairLoss(
        _ scores: VariableOf<Double>, _ rows: [TokenPair], lengths: [Int]
    ) -> (loss: VariableOf<Double>, preference: VariableOf<Double>) {
        let pairs = scores.shape.rows / 2
        func signs(_ isSafe: (TokenPair) -> Bool?) -> [Bool] {
            zip(rows, lengths).flatMap { row, length in
                [Bool](repeating: isSafe(row) ?? false, count: length)
            }
        }
        let hasSigns = kind == .cost && Self.hasSigns(self.pairs, options)
        return PreferenceObjective(regularisation: options.regularisation)(
            higher: scores.rows(0..<pairs), lower: scores.rows(pairs..<2 * pairs),
            weights: PreferenceObjective.weights(lengths: lengths, spans: lengths.map { 0...$0 - 1 }),
            signs: hasSigns ? (signs { $0.isSafe?.higher }, signs { $0.isSafe?.lower }) : nil)
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
