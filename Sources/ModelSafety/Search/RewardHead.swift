import Alignment
import LanguageModels
import Networks
import Tensors

/// A head that predicts the reward of every next token: M(s) = W_out·(U₂·silu(U₁h + b₁)) + b on the policy's own state h.
///
/// W_out is the policy's own output layer, and b a trainable bias of the vocabulary's size, as in the paper. In place of adapters of the
/// attention, two layers on the policy's state are trained: one pass gives policy and rewards.
///
/// - SeeAlso: Saffron-1, arXiv:2506.06444.
package struct RewardHeadLayers: Sendable {
    let first, firstBias, second, bias: Parameter

    package init(hidden: Int, inner: Int, vocabulary: Int, in layout: inout Layout) {
        first = layout.add("inner.weight", inner, hidden, .xavierUniform)
        firstBias = layout.add("inner.bias", 1, inner, .zeros)
        second = layout.add("outer.weight", hidden, inner, .zeros)
        bias = layout.add("bias", 1, vocabulary, .zeros)
    }

    /// Rewards of every next token: `[B, hidden]` → `[B, vocabulary]`.
    package func callAsFunction(
        _ states: Variable, _ w: Weights, policy: Decoder, _ policyWeights: Weights
    ) -> Variable {
        let inner = projection(states, w[first], w[firstBias]).silu()
        return policy.logits(projection(inner, w[second]), policyWeights) + w[bias]
    }

    /// The mean over replies' tokens of (M(s_{<j})[s_j] − R(s_{≤j}))², as `PartialSupervision` has it.
    package func loss(
        _ states: Variable, tokens: [Int32], rewards: [Float], _ w: Weights, policy: Decoder,
        _ policyWeights: Weights
    ) -> Variable {
        let all = self(states, w, policy: policy, policyWeights)
        let picked = tokens.withUnsafeBufferPointer { all.picking($0) }
        return (picked - states.tape.column(rewards)).squared().mean()
    }
}

/// A reply with the reward of each of its beginnings.
public struct RewardRow: Sendable, Hashable {
    /// Tokens before the reply, and of the reply; none empty.
    public let prompt, reply: [Int32]
    /// R(s_{≤j}) behind each token of the reply.
    public let rewards: [Float]

    /// States a row.
    public init(prompt: [Int32], reply: [Int32], rewards: [Float]) {
        precondition(
            !prompt.isEmpty && !reply.isEmpty && reply.count == rewards.count,
            "\(prompt.count) and \(reply.count) tokens, \(rewards.count) rewards")
        (self.prompt, self.reply, self.rewards) = (prompt, reply, rewards)
    }
}

/// A trained reward head beside its policy.
public final class RewardHead {
    /// Tokens that no reply it learned from has: a search must not trust it about them.
    public let unseen: Set<Int>
    private let learner: Learner<RewardHeadLayers>
    private let network: Network<Decoder>
    private let tape = Tape()
    private let isToken: [Bool]

    /// Trains a head; nothing but the seed is random.
    ///
    /// - Parameters:
    ///   - rows: at least one.
    ///   - model: whose states are read.
    ///   - inner: width between the layers.
    ///   - epochs: passes over the rows.
    ///   - rate: largest step size of Adam.
    ///   - seed: of weights and order.
    ///   - progress: asked after every pass, with its number and the mean loss.
    /// - Throws: the errors of the model's format; `NonFiniteError`; what `progress` throws.
    public init(
        _ rows: [RewardRow], on model: FrozenModel, inner: Int = 64, epochs: Int = 20, rate: Float = 3e-3,
        seed: UInt64, progress: (Int, Float) throws -> Void = { _, _ in }
    ) throws {
        let description = model.file.description
        network = try model.file.network()
        let tokenizer = model.tokenizer
        isToken = (0..<Int32(description.vocabulary)).map { tokenizer.token($0) != nil }
        unseen = PartialSupervision.unseen(
            vocabulary: description.vocabulary,
            in: rows.map { [Int($0.prompt[$0.prompt.count - 1])] + $0.reply.map(Int.init) })
        let (batch, hidden) = (32, description.hidden)
        let updates = epochs * ((rows.count + batch - 1) / batch)
        var weights = RandomStream(seed: seed, for: .weights, index: 1)
        learner = Learner(
            "reward head",
            optimizer: Adam(rate: .warmedCosine(rate, warmUp: max(1, updates * 3 / 100), updates: updates)),
            using: &weights
        ) {
            RewardHeadLayers(
                hidden: hidden, inner: inner, vocabulary: description.vocabulary, in: &$0)
        }
        let states = try model.states(rows.map { $0.prompt + $0.reply })
        var (order, stream) = (Array(rows.indices), RandomStream(seed: seed, for: .sampling, index: 1))
        for epoch in 0..<epochs {
            for place in order.indices.dropFirst().reversed() {
                order.swapAt(place, stream.nextInteger(below: place + 1))
            }
            var sum: Float = 0
            for start in stride(from: 0, to: order.count, by: batch) {
                let chosen = order[start..<min(start + batch, order.count)]
                // The state before a token predicts its reward.
                let inputs = chosen.flatMap { row -> ArraySlice<Float> in
                    let first = (rows[row].prompt.count - 1) * hidden
                    return states[row][first..<first + rows[row].reply.count * hidden]
                }
                tape.reset()
                sum +=
                    try learner.descend(on: tape) {
                        learner.body.loss(
                            inputs.withUnsafeBufferPointer {
                                tape.constant($0, inputs.count / hidden, hidden)
                            }, tokens: chosen.flatMap { rows[$0].reply },
                            rewards: chosen.flatMap { rows[$0].rewards }, learner.weights(on: tape),
                            policy: network.body, network.weights(on: tape))
                    } * Float(chosen.count)
            }
            try progress(epoch + 1, sum / Float(rows.count))
        }
    }

    /// What policy and head say behind a state; rows that no token has never follow.
    ///
    /// - Throws: `NonFiniteError`.
    public func look(_ state: [Float]) throws -> SearchLook {
        tape.reset()
        let weights = network.weights(on: tape)
        let x = state.withUnsafeBufferPointer { tape.constant($0, 1, state.count) }
        let logits = network.body.logits(x, weights).values
        let rewards = learner.body(x, learner.weights(on: tape), policy: network.body, weights).values
        guard Vectors.areFinite(logits), Vectors.areFinite(rewards) else {
            throw NonFiniteError("rewards of a head")
        }
        return SearchLook(
            logits: zip(logits, isToken).map { $1 ? Double($0) : -.infinity },
            rewards: rewards.map(Double.init))
    }

    /// Operations of a look: the policy's output layer; the head, which ends in the same layer.
    var operations: (policy: Double, head: Double) {
        let description = network.body.description
        let output = 2 * Double(description.hidden * description.vocabulary)
        let inner = learner.layout.entries.first { $0.name == "inner.weight" }?.shape.count ?? 0
        return (output, output + 4 * Double(inner))
    }
}

/// A policy with a reward head behind a trie of its columns.
public struct HeadedSearch: SearchModel {
    /// The columns.
    public private(set) var trie: ColumnTrie<DecoderColumns>
    private let head: RewardHead

    /// Puts a head behind columns of its policy.
    public init(_ columns: DecoderColumns, _ head: RewardHead, isSharing: Bool = true) {
        (trie, self.head) = (ColumnTrie(columns, isSharing: isSharing), head)
    }

    /// What policy and head say behind sequences.
    ///
    /// - Throws: `NonFiniteError`.
    public mutating func looks(behind sequences: [[Int]]) throws -> [SearchLook] {
        try trie.columns(behind: sequences).map { try head.look($0.state) }
    }
}
