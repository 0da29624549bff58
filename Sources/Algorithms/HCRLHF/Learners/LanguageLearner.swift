import LanguageModels
import Networks
import SafeRL
import Storage
import Tensors

/// Where decoders come from: trained from scratch, or a checkpoint, learned whole or by low-rank additions.
struct Backbone {
    let description: DecoderDescription
    /// The frozen decoder that adapters are added to; nil where decoders are learned whole.
    let frozen: Network<Decoder>?
    /// Weights to start from; nil where they are drawn.
    let checkpoint: ModelFile?
    let rank: Int
    let alpha: Float

    /// - Throws: the errors of a `ModelFile`.
    init(_ options: HCRLHF.ModelOptions, vocabulary: Int, endToken: Int32) throws {
        (rank, alpha) = (options.rank, options.alpha)
        guard options.directory.isEmpty else {
            let opened = try ModelFile(options.directory)
            description = opened.description
            frozen = options.rank > 0 ? try opened.network() : nil
            checkpoint = options.rank > 0 ? nil : opened
            return
        }
        var description = DecoderDescription(
            .llama, vocabulary: vocabulary, hidden: options.hidden, intermediate: options.intermediate,
            layers: options.layers, heads: options.heads, keyValueHeads: options.keyValueHeads)
        description.endTokens = [endToken]
        description.contextLength = options.tokens
        (self.description, frozen, checkpoint) = (description, nil, nil)
    }

    /// What learns: the decoder or its adapters, and a score head where there is one.
    struct Parts: Sendable {
        let decoder: Decoder?
        let adapters: LowRankAdapters?
        let head: ScoreHead?
    }

    func parts(scoring: Bool, in layout: inout Layout) -> Parts {
        let isFrozen = frozen != nil
        return Parts(
            decoder: isFrozen ? nil : Decoder(description, in: &layout),
            adapters: isFrozen
                ? LowRankAdapters(description, rank: rank, alpha: alpha, in: &layout) : nil,
            head: scoring ? ScoreHead(description.hidden, in: &layout) : nil)
    }
}

/// A decoder that learns, with a score head or without.
final class LanguageLearner {
    let backbone: Backbone
    let learner: Learner<Backbone.Parts>

    /// Fresh weights; those of a checkpoint where there is one.
    init(
        _ name: String, _ backbone: Backbone, scoring: Bool, optimizer: Adam, seed: UInt64, number: UInt32
    ) throws {
        self.backbone = backbone
        var stream = RandomStream(seed: seed, for: .weights, index: number)
        learner = Learner(name, optimizer: optimizer, using: &stream) {
            backbone.parts(scoring: scoring, in: &$0)
        }
        try backbone.checkpoint?.load(into: learner)
    }

    /// Copies the parameters that both have.
    func copyWeights(from other: LanguageLearner) {
        let theirs = Dictionary(uniqueKeysWithValues: other.learner.layout.entries.map { ($0.name, $0) })
        for entry in learner.layout.entries {
            guard let source = theirs[entry.name] else { continue }
            _ = learner.elements(entry, .weights).update(
                fromContentsOf: other.learner.elements(source, .weights))
        }
    }

    /// Names the weights as they are now.
    var digest: String {
        var digest = SHA256()
        for entry in learner.layout.entries {
            digest.update(UnsafeRawBufferPointer(learner.elements(entry, .weights)))
        }
        return digest.hexadecimal()
    }

    // MARK: - Functions of the weights, differentiable inside the learner's own `descend`

    private func parts(on tape: Tape) -> (decoder: Decoder, weights: Weights, adapters: AdaptedWeights?) {
        let own = learner.weights(on: tape)
        let adapters = learner.body.adapters.map { AdaptedWeights($0, own) }
        if let frozen = backbone.frozen { return (frozen.body, frozen.weights(on: tape), adapters) }
        guard let decoder = learner.body.decoder else { preconditionFailure("a learner without decoder") }
        return (decoder, own, nil)
    }

    /// ln p of the tokens of every sequence from a place on; see `Decoder.logProbabilities`.
    func logProbabilities(_ input: PackedTokens, from first: [Int], on tape: Tape) -> Variable {
        let (decoder, weights, adapters) = parts(on: tape)
        return decoder.logProbabilities(input, weights, from: first, adapters: adapters)
    }

    /// ln p of the tokens of responses, and the entropy of the law that each was drawn from, `[N, 1]` both.
    ///
    /// All logits of these tokens are kept.
    func logProbabilitiesWithEntropy(
        _ responses: [Response], on tape: Tape
    ) -> (tokens: Variable, entropies: Variable) {
        let law = logLaw(of: responses, on: tape)
        let tokens = responses.flatMap(\.tokens).withUnsafeBufferPointer { law.picking($0) }
        return (tokens, (law.exp() * law).rowSums() * -1)
    }

    /// ln p of every token of the vocabulary in the place of each token of responses, `[N, V]`.
    func logLaw(of responses: [Response], on tape: Tape) -> Variable {
        let (decoder, weights, adapters) = parts(on: tape)
        let input = PackedTokens(of: responses[...])
        let rows = Response.predictingRows(responses, input)
        let hidden = decoder.hidden(input, weights, adapters: adapters)
        return decoder.logits(
            rows.withUnsafeBufferPointer { hidden.rows(at: $0) }, weights
        ).logSoftmax()
    }

    /// Scores at some rows of the packed tokens, `[rows.count, 1]`.
    func scores(_ input: PackedTokens, at rows: [Int32], on tape: Tape) -> Variable {
        guard let head = learner.body.head else { preconditionFailure("\(learner.name) has no score head") }
        let (decoder, weights, adapters) = parts(on: tape)
        let hidden = decoder.hidden(input, weights, adapters: adapters)
        let asked = rows.withUnsafeBufferPointer { hidden.rows(at: $0) }
        return head(asked, learner.weights(on: tape))
    }

    /// Continues prompts; see `Decoder.generate`.
    func generate(
        _ prompts: [[Int32]], _ options: SamplingOptions, seed: UInt64, firstStream: UInt32, on tape: Tape,
        asking goOn: () throws -> Void
    ) throws -> [Generation] {
        let (decoder, _, _) = parts(on: tape)
        let learner = learner
        let frozen = backbone.frozen
        return try decoder.generate(
            prompts, options: options, endTokens: backbone.description.endTokens, seed: seed,
            firstStream: firstStream, on: tape,
            adapters: learner.body.adapters.map { adapters in
                { AdaptedWeights(adapters, learner.weights(on: tape)) }
            },
            asking: goOn, weights: { frozen?.weights(on: tape) ?? learner.weights(on: tape) })
    }

    // MARK: - In pieces, so that memory does not grow with the number of sequences

    private static let piece = 32

    /// Scores at the last token of every sequence, outside `descend`.
    func endScores(_ sequences: [[Int32]], on tape: Tape) -> [Double] {
        pieces(of: sequences.count).flatMap { range in
            tape.reset()
            let input = PackedTokens(Array(sequences[range]))
            return scores(input, at: input.lastRows, on: tape).values.map(Double.init)
        }
    }

    /// What the decoder knows at the last token of every sequence, outside `descend`.
    func endStates(_ sequences: [[Int32]], on tape: Tape) -> [[Float]] {
        pieces(of: sequences.count).flatMap { range in
            tape.reset()
            let input = PackedTokens(Array(sequences[range]))
            let (decoder, weights, adapters) = parts(on: tape)
            let hidden = decoder.hidden(input, weights, adapters: adapters)
            let last = input.lastRows.withUnsafeBufferPointer { hidden.rows(at: $0) }
            let width = last.shape.columns
            let values = Array(last.values)
            return (0..<range.count).map { Array(values[$0 * width..<($0 + 1) * width]) }
        }
    }

    /// Log-probabilities of every response token, outside `descend`.
    func responseLogProbabilities(_ responses: [Response], on tape: Tape) -> TokenNumbers {
        var numbers = TokenNumbers(of: responses)
        for range in pieces(of: responses.count) {
            tape.reset()
            let part = responses[range]
            numbers.append(
                logProbabilities(
                    PackedTokens(of: part), from: part.map(\.prompt.count), on: tape
                ).values)
        }
        return numbers
    }

    /// Scores where the next token is predicted: before every response token, outside `descend`.
    func responseValues(_ responses: [Response], on tape: Tape) -> [[Double]] {
        pieces(of: responses.count).flatMap { range in
            tape.reset()
            let part = Array(responses[range])
            let input = PackedTokens(part.map(\.all))
            let rows = Response.predictingRows(part, input)
            return scores(input, at: rows, on: tape).values.map(Double.init)
                .cut(into: part.map(\.tokens.count))
        }
    }

    private func pieces(of count: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: Self.piece).map { $0..<min($0 + Self.piece, count) }
    }
}

/// A prompt and what was written after it.
struct Response {
    let prompt: [Int32]
    /// At least one token; the end token is the last where there is one.
    let tokens: [Int32]
    /// Prompt and response.
    let all: [Int32]

    init(prompt: [Int32], tokens: [Int32]) {
        (self.prompt, self.tokens, all) = (prompt, tokens, prompt + tokens)
    }

    /// What was written after a prompt.
    init(prompt: [Int32], _ written: Generation) {
        (self.prompt, tokens, all) = (prompt, written.tokens, written.all)
    }

    /// The rows of the packed tokens that predict response tokens.
    static func predictingRows(_ responses: [Response], _ input: PackedTokens) -> [Int32] {
        zip(responses, input.starts).flatMap { response, start in
            response.tokens.indices.map { Int32(start + response.prompt.count - 1 + $0) }
        }
    }
}

/// A number for each token of some responses, response after response.
struct TokenNumbers {
    private var values: [Double] = []
    /// Where each response begins, and where the last one ends.
    private var places: [Int]

    /// Room for responses, whose numbers are appended in their order.
    init(of responses: [Response]) {
        places = [0]
        places.reserveCapacity(responses.count + 1)
        for response in responses { places.append(places[places.count - 1] + response.tokens.count) }
        values.reserveCapacity(places[places.count - 1])
    }

    /// Takes the numbers of the next responses.
    mutating func append(_ numbers: UnsafeBufferPointer<Float>) {
        precondition(values.count + numbers.count <= places[places.count - 1], "more numbers than tokens")
        for number in numbers { values.append(Double(number)) }
    }

    /// How many responses there are.
    var count: Int { places.count - 1 }

    /// The numbers of a response's tokens.
    subscript(response: Int) -> ArraySlice<Double> { values[places[response]..<places[response + 1]] }

    /// The numbers of neighbouring responses.
    subscript(responses: Range<Int>) -> TokenNumbers {
        var part = self
        let first = places[responses.lowerBound]
        part.places = places[responses.lowerBound...responses.upperBound].map { $0 - first }
        part.values = Array(values[first..<places[responses.upperBound]])
        return part
    }

    /// An array for each response.
    var rows: [[Double]] { (0..<count).map { Array(self[$0]) } }
}

extension PackedTokens {
    /// Prompts with their responses.
    init(of responses: ArraySlice<Response>) {
        self.init(tokens: responses.reduce(0) { $0 + $1.all.count }, sequences: responses.count)
        for response in responses { append(response.all[...]) }
    }
}

extension [Double] {
    /// Neighbouring parts of the given lengths, which add up to all.
    func cut(into lengths: [Int]) -> [[Double]] {
        precondition(lengths.reduce(0, +) == count, "\(lengths) do not add up to \(count)")
        var start = 0
        return lengths.map { length in
            start += length
            return Array(self[start - length..<start])
        }
    }
}

extension HCRLHF.TrainingOptions {
    /// AdamW as for decoders: β₂ = 0.95, the whole gradient at most `largestNorm` long.
    func optimizer(updates: Int? = nil, largestNorm: Float = 1) -> Adam {
        let updates = updates ?? self.updates
        return .decoder(
            .warmedCosine(rate, warmUp: max(updates * 3 / 100, 1), updates: updates), decay: decay,
            largestNorm: largestNorm)
    }
}

extension Adam {
    static func decoder(_ rate: LearningRate, decay: Float, largestNorm: Float) -> Adam {
        var adam = Adam(rate: rate)
        (adam.beta1, adam.beta2, adam.decay, adam.decayed) = (0.9, 0.95, decay, .weights)
        adam.largestNorm = largestNorm
        return adam
    }
}
