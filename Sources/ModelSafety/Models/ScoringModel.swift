import Alignment
import Foundation
import LanguageModels
import Networks
import Tensors

/// A language model that is asked how likely texts are behind others; it writes nothing.
///
/// Belongs to one isolation domain, as its tape does.
public final class ScoringModel {
    /// The model.
    public let file: ModelFile
    /// Its tokenizer.
    public let tokenizer: Tokenizer
    private let network: Network<Decoder>
    private let tape = Tape()

    /// Opens a model.
    ///
    /// - Parameter path: as `ModelFile.opening` takes it.
    /// - Throws: `StorageError`, and the errors of the format and of the tokenizer.
    public init(_ path: String) throws {
        file = try ModelFile.opening(path)
        tokenizer = try file.tokenizer()
        network = try file.network()
    }

    /// The token that stands for nothing before a text: that of the beginning, else of the end; nothing where there is neither.
    public var emptyContext: Int32? {
        file.description.beginToken ?? file.description.endTokens.first
    }

    /// Tokens of a text in which nothing is a control token.
    public func tokens(_ text: String) -> [Int] {
        tokenizer.encode(text, addingTemplate: false, recognisingSpecialTokens: false).ids.map(Int.init)
    }

    /// Σ ln p of each option's tokens behind its context, all of them in one pass.
    ///
    /// - Parameter pairs: tokens inside the vocabulary; an empty context is `emptyContext`, which must be there. An option of no
    ///   tokens gives 0.
    /// - Returns: one number for each.
    /// - Throws: `ModelFileError.tooLong`; `NonFiniteError` where a number is not finite.
    public func logLikelihoods(_ pairs: [(context: [Int32], option: [Int32])]) throws -> [Double] {
        let known = try pairs.map { pair in
            let context = pair.context.isEmpty ? [try needed(emptyContext)] : pair.context
            let length = context.count + pair.option.count
            guard length <= file.description.contextLength else {
                throw ModelFileError.tooLong(
                    file.path, tokens: length, context: file.description.contextLength)
            }
            return (context, pair.option)
        }
        guard let first = known.first else { return [] }
        tape.reset()
        if known.allSatisfy({ $0.0 == first.0 && $0.1.count == 1 }) {
            return try next(behind: first.0, of: known.map { $0.1[0] })
        }
        let values = network.body.logProbabilities(
            PackedTokens(known.map { $0.0 + $0.1 }), network.weights(on: tape), from: known.map(\.0.count)
        ).values
        guard Vectors.areFinite(values) else { throw NonFiniteError("log-probabilities of a decoder") }
        var place = 0
        return known.map { _, option in
            defer { place += option.count }
            return values[place..<place + option.count].reduce(0) { $0 + Double($1) }
        }
    }

    /// ln p of some tokens behind one context, which is computed once: what letters are.
    private func next(behind context: [Int32], of tokens: [Int32]) throws -> [Double] {
        let weights = network.weights(on: tape)
        let states = network.body.hidden(PackedTokens([context]), weights)
        let last = [Int32(context.count - 1)].withUnsafeBufferPointer { states.rows(at: $0) }
        let logits = network.body.logits(last, weights).values
        guard Vectors.areFinite(logits) else { throw NonFiniteError("logits of a decoder") }
        let top = Double(logits.max() ?? 0)
        let sum = logits.reduce(0) { $0 + exp(Double($1) - top) }
        return tokens.map { Double(logits[Int($0)]) - top - log(sum) }
    }

    private func needed(_ token: Int32?) throws -> Int32 {
        guard let token else { throw ModelFileError.nothingToContinue(file.path) }
        return token
    }
}

extension ScoringModel {
    /// Σ ln p of options as `OptionTokens` cuts them off.
    ///
    /// - Throws: as the function that it calls.
    public func logLikelihoods(_ tokens: [OptionTokens]) throws -> [Double] {
        try logLikelihoods(tokens.map { ($0.context.map(Int32.init), $0.option.map(Int32.init)) })
    }
}
