import Storage
import Tensors

/// What was written after a prompt under a constraint.
public struct ConstrainedGeneration: Sendable, Equatable {
    /// How a reply came to its end.
    public enum Ending: String, Sendable {
        /// By its constraint.
        case ended
        /// By the number of tokens that it may have.
        case full
        /// Where no token was allowed.
        case deadlocked
    }

    /// The tokens that stayed, an end token included where there is one.
    public let generation: Generation
    /// How it ended.
    public let ending: Ending
    /// How often tokens were taken back.
    public let redraws: Int
    /// Tokens that were drawn, those taken back included.
    public let drawn: Int
}

/// A model of the next token that can forget the last ones.
public protocol NextTokenModel {
    /// Takes in tokens behind those that sequences have, and gives the logits of what follows.
    ///
    /// - Parameters:
    ///   - tokens: of each of the sequences, at least one.
    ///   - sequences: their numbers, each once.
    ///   - use: called for each of them with its place among `sequences` and the logits of the vocabulary, finite.
    /// - Throws: what keeps the model from answering.
    mutating func extend(
        _ tokens: PackedTokens, of sequences: [Int], _ use: (Int, UnsafeBufferPointer<Float>) -> Void
    ) throws

    /// Forgets the tokens of a sequence from a number on, as if they had never been taken in.
    mutating func shorten(_ sequence: Int, to length: Int)
}

extension SamplingOptions {
    /// Continues prompts under constraints, all of them together; one that is drawn again delays no other.
    ///
    /// The options act on the logits of the tokens that a constraint allows. Where it allows one alone, no number is drawn.
    /// A prompt's tokens come from a stream of its own.
    ///
    /// - Parameters:
    ///   - model: that says how probable tokens are; it has taken in nothing.
    ///   - prompts: none of them empty.
    ///   - constraints: one for each prompt; afterwards as the replies left them.
    ///   - seed: of the run.
    ///   - firstStream: number of the first prompt's stream.
    ///   - goOn: called before every step; what it throws ends the generation.
    /// - Returns: one for each prompt.
    /// - Throws: what the model throws.
    public func generate<Constraint: TokenConstraint>(
        from model: inout some NextTokenModel, _ prompts: [[Int32]], constraints: inout [Constraint],
        seed: UInt64, firstStream: UInt32 = 0, asking goOn: () throws -> Void = {}
    ) throws -> [ConstrainedGeneration] {
        if let fault { preconditionFailure("generate: \(fault)") }
        precondition(
            prompts.count == constraints.count && prompts.allSatisfy { !$0.isEmpty },
            "generate: \(prompts.count) prompts and \(constraints.count) constraints, or an empty prompt")
        var writers = prompts.indices.map { index in
            ConstrainedWriter(
                prompt: prompts[index], options: self, size: constraints[index].vocabularySize,
                stream: RandomStream(seed: seed, for: .generation, index: firstStream + UInt32(index)))
        }
        var active = mostTokens > 0 ? Array(prompts.indices) : []
        while !active.isEmpty {
            try goOn()
            var new = PackedTokens(tokens: active.count, sequences: active.count)
            for index in active { new.append(writers[index].notFed) }
            try model.extend(new, of: active) { row, logits in
                writers[active[row]].write(logits, &constraints[active[row]])
            }
            for index in active where writers[index].isShortened {
                model.shorten(index, to: writers[index].fed)
            }
            active.removeAll { writers[$0].ending != nil }
        }
        return writers.map(\.result)
    }
}

/// One reply in the making.
private struct ConstrainedWriter {
    private let options: SamplingOptions
    private let promptLength: Int
    private var all: [Int32]
    private var stream: RandomStream
    private var mask: TokenMask
    private var masked: [Float] = []
    /// The logits behind the prompt, so that a reply that is drawn anew begins as the first time, bit for bit.
    private var first: [Float] = []
    private var (redraws, drawn) = (0, 0)
    /// Tokens that the model has taken in.
    private(set) var fed = 0
    /// Whether the last step took tokens back that the model has taken in.
    private(set) var isShortened = false
    private(set) var ending: ConstrainedGeneration.Ending?

    init(prompt: [Int32], options: SamplingOptions, size: Int, stream: RandomStream) {
        (self.options, self.stream, promptLength, all) = (options, stream, prompt.count, prompt)
        mask = TokenMask(size: size)
    }

    /// The tokens that the model takes in next.
    var notFed: ArraySlice<Int32> { all[fed...] }

    var result: ConstrainedGeneration {
        ConstrainedGeneration(
            generation: Generation(
                tokens: Array(all[promptLength...]), all: all, isEnded: ending == .ended),
            ending: ending ?? .full, redraws: redraws, drawn: drawn)
    }

    /// Draws until a token stays whose logits are not known yet, or the reply is over.
    mutating func write(_ logits: UnsafeBufferPointer<Float>, _ constraint: inout some TokenConstraint) {
        (fed, isShortened) = (all.count, false)
        if all.count == promptLength { first = Array(logits) }
        var isFirst = false
        while ending == nil {
            let back =
                isFirst
                ? first.withUnsafeBufferPointer { draw($0, &constraint) } : draw(logits, &constraint)
            guard let back else { return }
            redraws += 1
            precondition(
                back < all.count - promptLength || back == 0, "generate: a reply drawn again from its end")
            all.removeLast(all.count - promptLength - back)
            // The last token that stays is taken in again, alone as it was the first time.
            let kept = back == 0 ? promptLength : all.count - 1
            if kept < fed { (fed, isShortened) = (kept, true) }
            guard back == 0 else { return }
            isFirst = true
        }
    }

    /// Draws one token; what stays of the reply where it is drawn again.
    private mutating func draw(
        _ logits: UnsafeBufferPointer<Float>, _ constraint: inout some TokenConstraint
    ) -> Int? {
        constraint.allowed(into: &mask)
        mask.remove(from: min(logits.count, options.vocabularyLimit ?? .max))
        if mask.isEmpty {
            guard let back = constraint.meetDeadEnd() else {
                ending = .deadlocked
                return nil
            }
            return back
        }
        let token = mask.onlyToken ?? choose(logits)
        drawn += 1
        all.append(token)
        switch constraint.accept(token) {
        case .accepted: if all.count - promptLength == options.mostTokens { ending = .full }
        case .ended: ending = .ended
        case .rejected(let from): return from
        }
        return nil
    }

    private mutating func choose(_ logits: UnsafeBufferPointer<Float>) -> Int32 {
        let count = min(logits.count, mask.size)
        masked.removeAll(keepingCapacity: true)
        masked.append(contentsOf: repeatElement(-.infinity, count: count))
        mask.forEach { masked[Int($0)] = logits[Int($0)] }
        return options.choose(masked, after: all, using: &stream)
    }
}
