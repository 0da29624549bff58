import Networks
import Tensors

/// A decoder of the LLaMA, Qwen2 or Qwen3 family: a value that holds shapes, never numbers.
///
/// Parameters are named and shaped as in hub checkpoints, with one row of a weight for each output:
/// `model.embed_tokens.weight` `[vocabulary, hidden]`, `model.layers.0.self_attn.q_proj.weight`, …
public struct Decoder: Sendable {
    /// Sizes and constants.
    public let description: DecoderDescription
    let embedding, lastNorm: Parameter
    let output: Parameter?
    let blocks: [DecoderBlock]

    /// Adds the parameters to a layout: weights N(0, 0.02²), norms 1, biases 0.
    ///
    /// - Parameters:
    ///   - description: sizes that fit together; impossible ones trap.
    ///   - layout: where the parameters go.
    public init(_ description: DecoderDescription, in layout: inout Layout) {
        if let fault = description.fault { preconditionFailure("a decoder cannot be: \(fault)") }
        self.description = description
        embedding = layout.add(
            "model.embed_tokens.weight", description.vocabulary, description.hidden, .normal(0.02))
        var blocks: [DecoderBlock] = []
        for layer in 0..<description.layers {
            blocks.append(DecoderBlock("model.layers.\(layer).", description, in: &layout))
        }
        self.blocks = blocks
        lastNorm = layout.add("model.norm.weight", 1, description.hidden, .ones)
        output =
            description.tiesEmbeddings
            ? nil : layout.add("lm_head.weight", description.vocabulary, description.hidden, .normal(0.02))
    }

    /// Hidden states after the last norm.
    ///
    /// - Parameters:
    ///   - input: T tokens in all, each inside the vocabulary.
    ///   - w: the numbers.
    ///   - adapters: low-rank additions to the projections, or none.
    /// - Returns: `[T, hidden]`.
    public func hidden(_ input: PackedTokens, _ w: Weights, adapters: AdaptedWeights? = nil) -> Variable {
        let table = w[embedding]
        let angles = description.angles(input.positions, on: table.tape)
        let tokens = input.tokens.withUnsafeBufferPointer { table.rows(at: $0) }  // [T, hidden]
        let x = states(behind: tokens, w, angles: angles, adapters: adapters) { _, q, k, v in
            causalAttention(
                q, k, v, lengths: input.lengths, heads: description.heads,
                keyValueHeads: description.keyValueHeads)
        }
        return rmsNorm(x, scale: w[lastNorm], epsilon: description.epsilon)
    }

    /// The residual stream behind all blocks.
    ///
    /// Where nothing flows back, a block's memory is taken back before the next one.
    func states(
        behind tokens: Variable, _ w: Weights, angles: Variable, adapters: AdaptedWeights?,
        attend: (Int, Variable, Variable, Variable) -> Variable
    ) -> Variable {
        func apply(_ layer: Int, _ x: Variable) -> Variable {
            blocks[layer](x, w, angles: angles, adapters: adapters?.layer(layer)) {
                attend(layer, $0, $1, $2)
            }
        }
        guard w.isConstant && adapters?.weights.isConstant ?? true else {
            return blocks.indices.reduce(tokens) { apply($1, $0) }
        }
        let tape = tokens.tape
        for layer in blocks.indices { tape.temporarily { tokens.assign(apply(layer, tokens)) } }
        return tokens
    }

    /// Scores of the next token: `[B, hidden]` after the last norm → `[B, vocabulary]`.
    public func logits(_ hidden: Variable, _ w: Weights) -> Variable {
        projection(hidden, w[output ?? embedding])
    }

    /// ln p(token | those before it) of the tokens of every sequence from a given place on.
    ///
    /// Logits are computed for these rows only.
    ///
    /// - Parameters:
    ///   - input: the sequences.
    ///   - w: the numbers.
    ///   - first: for each sequence, the place of its first token that counts, at least 1 and at most the sequence's
    ///     length, such as where a response begins; 1 everywhere where nil.
    ///   - adapters: low-rank additions to the projections, or none.
    /// - Returns: `[N, 1]`, sequence after sequence: `length − first` numbers of each.
    public func logProbabilities(
        _ input: PackedTokens, _ w: Weights, from first: [Int]? = nil, adapters: AdaptedWeights? = nil
    ) -> Variable {
        let first = first ?? input.lengths.map { _ in 1 }
        precondition(first.count == input.lengths.count, "\(first.count) places for \(input.lengths.count)")
        var places: [Int] = []
        places.reserveCapacity(input.tokens.count)
        for (index, start) in input.starts.enumerated() {
            precondition(
                first[index] >= 1 && first[index] <= input.lengths[index],
                "place \(first[index]) in a sequence of \(input.lengths[index])")
            places.append(contentsOf: start + first[index]..<start + input.lengths[index])
        }
        return logProbabilities(input, w, at: places, adapters: adapters)
    }

    /// ln p(token | those before it) of some tokens, such as those that an agent wrote between what it was told.
    ///
    /// Logits are computed for these alone.
    ///
    /// - Parameters:
    ///   - input: the sequences.
    ///   - w: the numbers.
    ///   - places: of the tokens among those of all sequences, none of them the first of its sequence.
    ///   - adapters: low-rank additions to the projections, or none.
    /// - Returns: `[places.count, 1]`.
    public func logProbabilities(
        _ input: PackedTokens, _ w: Weights, at places: [Int], adapters: AdaptedWeights? = nil
    ) -> Variable {
        let rows = places.map { Int32($0 - 1) }
        let states = hidden(input, w, adapters: adapters)
        let predicting = rows.withUnsafeBufferPointer { states.rows(at: $0) }  // [N, hidden]
        return predicting.logProbabilities(of: places.map { input.tokens[$0] }, on: w[output ?? embedding])
    }
}

extension Variable {
    /// Sums of consecutive rows of a column, such as a response's ln p from its tokens'.
    ///
    /// - Parameter counts: rows of each sum, which add up to N; 0 gives 0.
    /// - Returns: `[counts.count, 1]`.
    public func sums(of counts: [Int]) -> Variable {
        precondition(
            shape == Shape(counts.reduce(0, +), 1), "sums: \(counts) do not add up to \(shape)")
        var row = 0
        let members = tape.constant(0, counts.count, shape.rows)
        for (index, count) in counts.enumerated() {
            for _ in 0..<count {
                members.mutableValues[index * shape.rows + row] = 1
                row += 1
            }
        }
        return matrixProduct(members, self)
    }
}

extension DecoderDescription {
    /// Numbers that such a decoder has.
    public var parameterCount: Int {
        var layout = Layout()
        _ = Decoder(self, in: &layout)
        return layout.parameterCount
    }
}
