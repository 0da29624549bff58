import Networks
import Tensors

/// What a decoder wrote after a prompt.
public struct Generation: Sendable, Equatable {
    /// The new tokens, the end token included where there is one.
    public let tokens: [Int32]
    /// The prompt and the new tokens.
    public let all: [Int32]
    /// Whether an end token was chosen; otherwise the tokens ran out.
    public let isEnded: Bool
}

extension Decoder {
    /// Continues prompts, all of them together, with keys and values kept between the steps.
    ///
    /// A prompt's tokens come from a stream of its own (`seed`, its number plus `firstStream`), and do not depend on the
    /// number of threads. Lengths are explicit: no token means padding.
    ///
    /// - Parameters:
    ///   - prompts: none of them empty, tokens inside the vocabulary.
    ///   - options: how tokens are chosen.
    ///   - endTokens: what ends a text, such as `description.endTokens`; empty for nothing.
    ///   - seed: of the run.
    ///   - firstStream: number of the first prompt's stream.
    ///   - tape: used for every step and reset before each; nothing recorded on it survives.
    ///   - adapters: low-rank additions, made anew on the tape for every step, or none.
    ///   - goOn: called before every token; what it throws ends the generation.
    ///   - weights: the numbers on the tape, such as `network.weights(on: tape)`; asked for at every step.
    /// - Returns: one for each prompt.
    /// - Throws: `NonFiniteError` when a logit is not finite.
    public func generate(
        _ prompts: [[Int32]], options: SamplingOptions, endTokens: [Int32], seed: UInt64,
        firstStream: UInt32 = 0, on tape: Tape, adapters: (() -> AdaptedWeights)? = nil,
        asking goOn: () throws -> Void = {}, weights: () -> Weights
    ) throws -> [Generation] {
        if let fault = options.fault { preconditionFailure("generate: \(fault)") }
        precondition(prompts.allSatisfy { !$0.isEmpty }, "generate: a prompt without tokens")
        guard !prompts.isEmpty else { return [] }
        let longest = prompts.reduce(0) { max($0, $1.count) }
        let cache = KeyValueCache(
            sequences: prompts.count, capacity: longest + options.mostTokens, layers: description.layers,
            heads: description.keyValueHeads, width: description.headWidth)
        var writers = prompts.indices.map { index in
            Writer(
                prompt: prompts[index], room: options.mostTokens,
                stream: RandomStream(seed: seed, for: .generation, index: firstStream + UInt32(index)))
        }
        var active = options.mostTokens > 0 ? Array(prompts.indices) : []
        while !active.isEmpty {
            try goOn()
            tape.reset()
            var new = PackedTokens(
                tokens: active.reduce(0) { $0 + writers[$1].all.count - cache.lengths[$1] },
                sequences: active.count)
            for index in active { new.append(writers[index].all[cache.lengths[index]...]) }
            let logits = extend(new, sequences: active, cache: cache, weights(), adapters: adapters?())
            guard Vectors.areFinite(logits.values) else { throw NonFiniteError("logits of a decoder") }
            let columns = logits.shape.columns
            for (row, index) in active.enumerated() {
                writers[index].write(
                    logits.values[row * columns..<(row + 1) * columns], options, endTokens)
            }
            active.removeAll { writers[$0].isEnded || writers[$0].count == options.mostTokens }
        }
        return writers.map {
            Generation(
                tokens: Array($0.all[$0.promptLength...]), all: $0.all, isEnded: $0.isEnded)
        }
    }

    /// Logits of the token after the last new one of each sequence, `[sequences.count, vocabulary]`.
    func extend(
        _ input: PackedTokens, sequences: [Int], cache: KeyValueCache, _ w: Weights, adapters: AdaptedWeights?
    ) -> Variable {
        let table = w[embedding]
        var positions: [Int] = []
        positions.reserveCapacity(input.tokens.count)
        for (length, sequence) in zip(input.lengths, sequences) {
            positions.append(contentsOf: cache.lengths[sequence]..<cache.lengths[sequence] + length)
        }
        let angles = description.angles(positions, on: table.tape)
        let tokens = input.tokens.withUnsafeBufferPointer { table.rows(at: $0) }  // [T, hidden]
        let x = states(behind: tokens, w, angles: angles, adapters: adapters) { layer, q, k, v in
            cache.attend(q, k, v, layer: layer, counts: input.lengths, sequences: sequences)
        }
        cache.advance(input.lengths, of: sequences)
        let last = input.lastRows.withUnsafeBufferPointer { x.rows(at: $0) }
        return logits(rmsNorm(last, scale: w[lastNorm], epsilon: description.epsilon), w)
    }

    /// One text in the making.
    private struct Writer {
        var all: [Int32]
        let promptLength: Int
        var stream: RandomStream
        var isEnded = false
        var count: Int { all.count - promptLength }

        init(prompt: [Int32], room: Int, stream: RandomStream) {
            (promptLength, self.stream, all) = (prompt.count, stream, [])
            all.reserveCapacity(prompt.count + min(room, 1024))
            all.append(contentsOf: prompt)
        }

        mutating func write(
            _ logits: Slice<UnsafeBufferPointer<Float>>, _ options: SamplingOptions, _ endTokens: [Int32]
        ) {
            let token = options.choose(logits, after: all, using: &stream)
            all.append(token)
            isEnded = endTokens.contains(token)
        }
    }
}
