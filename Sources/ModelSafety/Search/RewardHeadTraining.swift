import Alignment
import LanguageModels
import Networks
import Tensors

/// Trains a reward head on a model that does not learn; nothing but the seed is random, and a seed gives one head.
public struct RewardHeadTraining: Sendable, Hashable {
    /// Width between the layers, at least 1.
    public var inner = 128
    /// What the head reads.
    public var reading = HeadReading.whole
    /// Passes over the rows, at least 1.
    public var epochs = 20
    /// Rows of an update, at least 1.
    public var batch = 32
    /// Largest step size of Adam: 3 % warm-up, then half a cosine.
    public var rate: Float = 3e-3
    /// Of weights and order.
    public var seed: UInt64 = 0

    /// Sizes for a model that was trained from scratch in minutes.
    public init() {}

    /// Trains.
    ///
    /// - Parameters:
    ///   - rows: at least one.
    ///   - model: whose states are read.
    ///   - source: what the rows are of, for the head's file.
    ///   - progress: asked after every pass, with its number and the mean loss.
    /// - Returns: the head.
    /// - Throws: the errors of the model's format; `NonFiniteError`; what `progress` throws.
    public func callAsFunction(
        _ rows: [RewardRow], on model: FrozenModel, source: String,
        progress: (Int, Float) throws -> Void = { _, _ in }
    ) throws -> StoredRewardHead {
        let description = model.file.description
        let policy = try model.file.network()
        let learner = learner(description, rows: rows.count)
        let states = try model.states(rows.map { $0.prompt + $0.reply })
        let tape = Tape()
        var (order, stream) = (Array(rows.indices), RandomStream(seed: seed, for: .sampling, index: 1))
        for epoch in 0..<epochs {
            for place in order.indices.dropFirst().reversed() {
                order.swapAt(place, stream.nextInteger(below: place + 1))
            }
            var sum: Float = 0
            for start in stride(from: 0, to: order.count, by: batch) {
                let chosen = order[start..<min(start + batch, order.count)]
                let inputs = chosen.flatMap { self.inputs(rows[$0], states[$0], hidden: description.hidden) }
                let width = description.hidden * reading.states
                tape.reset()
                sum +=
                    try learner.descend(on: tape) {
                        learner.body.loss(
                            inputs.withUnsafeBufferPointer {
                                tape.constant($0, inputs.count / width, width)
                            }, tokens: chosen.flatMap { rows[$0].reply },
                            rewards: chosen.flatMap { rows[$0].rewards }, learner.weights(on: tape),
                            policy: policy.body, policy.weights(on: tape))
                    } * Float(chosen.count)
            }
            try progress(epoch + 1, sum / Float(rows.count))
        }
        let seen = rows.map { [Int($0.prompt[$0.prompt.count - 1])] + $0.reply.map(Int.init) }
        return StoredRewardHead(
            reading, inner: inner,
            numbers: learner.layout.entries.map { Array(learner.elements($0, .weights)) },
            unseen: PartialSupervision.unseen(vocabulary: description.vocabulary, in: seen).sorted(),
            model: try model.file.identity(),
            training: .init(source: source, rows: rows.count, seed: seed))
    }

    /// What the head is given before each token of a reply: the states up to the token before it.
    private func inputs(_ row: RewardRow, _ states: [Float], hidden: Int) -> [Float] {
        func state(_ place: Int) -> ArraySlice<Float> { states[place * hidden..<(place + 1) * hidden] }
        var trace = HeadTrace(reading, behind: state(row.prompt.count - 1))
        var inputs = trace.asked
        for place in row.reply.indices.dropLast() { inputs += trace.add(state(row.prompt.count + place)) }
        return inputs
    }

    private func learner(_ description: DecoderDescription, rows: Int) -> Learner<RewardHeadLayers> {
        let updates = epochs * ((rows + batch - 1) / batch)
        var weights = RandomStream(seed: seed, for: .weights, index: 1)
        return Learner(
            "reward head",
            optimizer: Adam(rate: .warmedCosine(rate, warmUp: max(1, updates * 3 / 100), updates: updates)),
            using: &weights
        ) {
            RewardHeadLayers(
                hidden: description.hidden, inputs: description.hidden * reading.states, inner: inner,
                vocabulary: description.vocabulary, in: &$0)
        }
    }
}
