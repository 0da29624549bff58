import Networks
import Tensors

/// A decoder with its cache of keys and values, as a model of the next token.
package struct CachedDecoder: NextTokenModel {
    private let decoder: Decoder
    private let cache: KeyValueCache
    private let tape: Tape
    private let weights: () -> Weights
    private let adapters: (() -> AdaptedWeights)?

    /// Takes in nothing yet.
    ///
    /// - Parameters:
    ///   - decoder: the network.
    ///   - sequences: how many there may be.
    ///   - capacity: tokens that each may have.
    ///   - tape: reset before each step.
    ///   - adapters: low-rank additions, made anew for every step, or none.
    ///   - weights: the numbers on the tape; asked for at every step.
    package init(
        _ decoder: Decoder, sequences: Int, capacity: Int, on tape: Tape,
        adapters: (() -> AdaptedWeights)? = nil, weights: @escaping () -> Weights
    ) {
        let description = decoder.description
        cache = KeyValueCache(
            sequences: sequences, capacity: capacity, layers: description.layers,
            heads: description.keyValueHeads, width: description.headWidth)
        (self.decoder, self.tape, self.adapters, self.weights) = (decoder, tape, adapters, weights)
    }

    /// Computes the logits behind new tokens.
    ///
    /// - Throws: `NonFiniteError` when one is not finite.
    package mutating func extend(
        _ tokens: PackedTokens, of sequences: [Int], _ use: (Int, UnsafeBufferPointer<Float>) -> Void
    ) throws {
        tape.reset()
        let logits = decoder.extend(
            tokens, sequences: sequences, cache: cache, weights(), adapters: adapters?())
        guard Vectors.areFinite(logits.values) else { throw NonFiniteError("logits of a decoder") }
        let columns = logits.shape.columns
        for row in sequences.indices {
            use(row, UnsafeBufferPointer(rebasing: logits.values[row * columns..<(row + 1) * columns]))
        }
    }

    /// Forgets keys and values.
    package mutating func shorten(_ sequence: Int, to length: Int) { cache.shorten(sequence, to: length) }
}

extension Decoder {
    /// Continues prompts under constraints, with keys and values kept between the steps.
    ///
    /// - Parameters:
    ///   - prompts: none of them empty, tokens inside the vocabulary.
    ///   - constraints: one for each prompt; afterwards as the replies left them. They say which tokens end a reply.
    ///   - options: how tokens are chosen among those that are allowed.
    ///   - seed: of the run.
    ///   - firstStream: number of the first prompt's stream.
    ///   - tape: used for every step and reset before each; nothing recorded on it survives.
    ///   - adapters: low-rank additions, made anew on the tape for every step, or none.
    ///   - goOn: called before every step; what it throws ends the generation.
    ///   - weights: the numbers on the tape, such as `network.weights(on: tape)`; asked for at every step.
    /// - Returns: one for each prompt.
    /// - Throws: `NonFiniteError` when a logit is not finite.
    public func generate<Constraint: TokenConstraint>(
        _ prompts: [[Int32]], constraints: inout [Constraint], options: SamplingOptions, seed: UInt64,
        firstStream: UInt32 = 0, on tape: Tape, adapters: (() -> AdaptedWeights)? = nil,
        asking goOn: () throws -> Void = {}, weights: () -> Weights
    ) throws -> [ConstrainedGeneration] {
        let longest = prompts.reduce(0) { max($0, $1.count) }
        return try withoutActuallyEscaping(weights) { weights in
            var model = CachedDecoder(
                self, sequences: prompts.count, capacity: longest + options.mostTokens, on: tape,
                adapters: adapters, weights: weights)
            return try options.generate(
                from: &model, prompts, constraints: &constraints, seed: seed, firstStream: firstStream,
                asking: goOn)
        }
    }
}
