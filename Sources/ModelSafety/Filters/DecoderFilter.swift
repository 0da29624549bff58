import Alignment
import Foundation
import LanguageModels
import Networks
import Storage
import Synchronization
import Tensors

/// A small decoder that was trained to tell harmful prompts from safe ones, with its words.
///
/// Words are read in lower case, each by itself, so that the beginning of a prompt is the beginning of its tokens: whatever is asked
/// about together with something that it begins is answered by one pass over the longer.
///
/// - SeeAlso: Kumar et al. 2023, arXiv:2309.02705, section 5, for the classifier and how it is trained.
public final class DecoderFilter: PromptFilter {
    /// What the decoder is made of; the head reads the state of a prompt's last token.
    struct Layers: Sendable {
        let decoder: Decoder
        let head: ScoreHead

        init(_ description: DecoderDescription, in layout: inout Layout) {
            decoder = Decoder(description, in: &layout)
            head = ScoreHead(description.hidden, in: &layout)
        }

        /// The log-odds of harm at some rows, `[rows.count, 1]`.
        func logOdds(_ input: PackedTokens, at rows: [Int32], _ w: Weights) -> Variable {
            let states = decoder.hidden(input, w)
            return head(rows.withUnsafeBufferPointer { states.rows(at: $0) }, w)
        }
    }

    /// Sizes of the decoder.
    public struct Sizes: Sendable, Hashable {
        /// Width, width of the feed-forward layers, blocks, heads; heads divide the width into even parts.
        public var hidden = 64, intermediate = 128, layers = 2, heads = 4
        /// Tokens that are learned from the prompts at most, 256 bytes and 4 special ones among them.
        public var vocabulary = 2048
        /// Tokens of a prompt that are read at most; what is longer is harmful.
        public static let context = 512

        /// 0.2 million parameters.
        public init() {}
    }

    /// What a filter is, but for what it computes with.
    struct Facts: Sendable {
        let erasures: Erasures
        let seed: UInt64
        let harmful, safe: WordFilter.Training
        let marks: [String]
        let sizes: Sizes
        let tokenizer: Tokenizer
    }

    private struct State {
        let network: Network<Layers>
        let tape = Tape()
        var known: [String: [Int32]] = [:]
    }

    let facts: Facts
    /// Names and numbers of all weights, in the order of the layout.
    let tensors: [(name: String, shape: [Int], numbers: [Float])]
    private let state: Mutex<State>
    /// The file.
    public let bytes: [UInt8]
    /// SHA-256 of the file.
    public let hash: String

    init(_ facts: Facts, _ tensors: [(name: String, shape: [Int], numbers: [Float])]) {
        (self.facts, self.tensors) = (facts, tensors)
        bytes = Self.bytes(facts, tensors)
        hash = SHA256.hexadecimal(of: bytes)
        let numbers = Dictionary(
            tensors.map { ($0.name, $0.numbers) }, uniquingKeysWith: { first, _ in first })
        state = Mutex(
            State(
                network: Network({ Layers(facts.description, in: &$0) }) { entry, values in
                    _ = values.update(fromContentsOf: numbers[entry.name] ?? [])
                }))
    }

    /// Marks of the prompts of both lists.
    public var trained: [String]? { facts.marks }
    /// ½.
    public var threshold: Double { 0.5 }
    /// Far above what the order of sums in single precision changes.
    public var rounding: Double { 1e-3 }
    /// Versions that are one pass where they are beginnings of each other.
    public var together: Int { 128 }
    /// Numbers that it has.
    public var parameterCount: Int { tensors.reduce(0) { $0 + $1.numbers.count } }

    /// The probabilities, by one pass over the prompts that are no beginning of another.
    ///
    /// - Throws: `NonFiniteError`.
    public func harm(of prompts: [[String]]) throws -> [Double] {
        try state.withLock { state in
            var tokens: [[Int32]] = []
            for words in prompts { tokens.append(facts.tokens(of: words, &state.known)) }
            var harm = [Double](repeating: 0, count: prompts.count)
            for place in prompts.indices where tokens[place].count > Sizes.context { harm[place] = 1 }
            let asked = prompts.indices.filter { !prompts[$0].isEmpty && tokens[$0].count <= Sizes.context }
                .sorted { tokens[$0].lexicographicallyPrecedes(tokens[$1]) }
            guard !asked.isEmpty else { return harm }
            // What begins another stands right before one that it begins.
            var (input, rows) = (
                PackedTokens(tokens: 0, sequences: 0), [Int32](repeating: 0, count: prompts.count)
            )
            var open: [Int] = []
            for (number, place) in asked.enumerated() {
                open.append(place)
                let isLast =
                    number + 1 == asked.count || !tokens[asked[number + 1]].starts(with: tokens[place])
                guard isLast else { continue }
                let start = input.tokens.count
                input.append(tokens[place][...])
                for begun in open { rows[begun] = Int32(start + tokens[begun].count - 1) }
                open.removeAll()
            }
            state.tape.reset()
            let values = state.network.body.logOdds(
                input, at: asked.map { rows[$0] }, state.network.weights(on: state.tape)
            ).values
            guard Vectors.areFinite(values) else { throw NonFiniteError("log-odds of a filter") }
            for (place, value) in zip(asked, values) { harm[place] = 1 / (1 + exp(-Double(value))) }
            return harm
        }
    }
}

extension DecoderFilter.Facts {
    /// Shapes of the decoder.
    var description: DecoderDescription {
        var description = DecoderDescription(
            vocabulary: tokenizer.vocabularySize, hidden: sizes.hidden, intermediate: sizes.intermediate,
            layers: sizes.layers, heads: sizes.heads)
        description.contextLength = DecoderFilter.Sizes.context
        return description
    }

    /// The beginning and the tokens of each word.
    func tokens(of words: [String], _ known: inout [String: [Int32]]) -> [Int32] {
        var tokens = [tokenizer.id(of: "<s>") ?? 0]
        for word in words {
            if let found = known[word] {
                tokens += found
            } else {
                let found = tokenizer.encode(
                    " " + word.lowercased(), addingTemplate: false, recognisingSpecialTokens: false
                ).ids
                known[word] = found
                tokens += found
            }
        }
        return tokens
    }
}
