import LanguageModels
import Networks
import Storage
import Tensors
import Testing

/// Allows all tokens, and draws replies again from places of a plan.
private struct PlannedConstraint: TokenConstraint {
    let vocabularySize: Int
    /// At which length a reply goes back to which, once each, in this order.
    var plan: [(at: Int, to: Int)] = []
    var banned: Set<Int32> = []
    var end: Int32?
    private(set) var written: [Int32] = []

    init(size: Int, plan: [(at: Int, to: Int)] = []) { (vocabularySize, self.plan) = (size, plan) }

    mutating func allowed(into mask: inout TokenMask) {
        for token in 0..<Int32(vocabularySize) { mask[token] = !banned.contains(token) }
    }

    mutating func accept(_ token: Int32) -> Acceptance {
        written.append(token)
        if let next = plan.first, next.at == written.count {
            plan.removeFirst()
            written.removeLast(written.count - next.to)
            return .rejected(from: next.to)
        }
        return token == end ? .ended : .accepted
    }
}

/// A decoder whose every answer is compared with that of a fresh one, bit for bit.
private struct ComparedDecoder: NextTokenModel {
    var model: CachedDecoder
    let fresh: (Int) -> CachedDecoder
    let prompts: [[Int32]]
    var texts: [[Int32]]
    private(set) var comparisons = 0

    init(_ prompts: [[Int32]], _ make: @escaping (Int) -> CachedDecoder) {
        (model, fresh, self.prompts) = (make(prompts.count), make, prompts)
        texts = prompts.map { _ in [] }
    }

    mutating func extend(
        _ tokens: PackedTokens, of sequences: [Int], _ use: (Int, UnsafeBufferPointer<Float>) -> Void
    ) throws {
        for (row, sequence) in sequences.enumerated() {
            let start = tokens.starts[row]
            texts[sequence] += tokens.tokens[start..<start + tokens.lengths[row]]
        }
        var answers: [[Float]] = []
        try model.extend(tokens, of: sequences) { _, logits in answers.append(Array(logits)) }
        for (row, sequence) in sequences.enumerated() {
            var other = fresh(1)
            var last: [Float] = []
            try other.extend(PackedTokens([prompts[sequence]]), of: [0]) { _, logits in last = Array(logits) }
            for token in texts[sequence].dropFirst(prompts[sequence].count) {
                try other.extend(PackedTokens([[token]]), of: [0]) { _, logits in
                    last = Array(logits)
                }
            }
            #expect(last.map(\.bitPattern) == answers[row].map(\.bitPattern))
            comparisons += 1
        }
        for row in sequences.indices { answers[row].withUnsafeBufferPointer { use(row, $0) } }
    }

    mutating func shorten(_ sequence: Int, to length: Int) {
        model.shorten(sequence, to: length)
        texts[sequence].removeLast(texts[sequence].count - length)
    }
}

@Suite struct ConstrainedGenerationTests {
    private static let prompts: [[Int32]] = [[3, 1, 4, 1, 5, 9, 2, 6], [1, 5], [9, 2, 6, 5, 3]]

    private static func options(_ most: Int = 12) -> SamplingOptions {
        var options = SamplingOptions()
        (options.mostTokens, options.temperature) = (most, 1.5)
        return options
    }

    @Test func aReplyThatIsDrawnAgainIsAsFreshBitForBit() throws {
        let network = try GoldenDecoder("qwen2").checkpoint.network()
        let description = network.body.description
        var model = ComparedDecoder(Self.prompts) { count in
            let tape = Tape()
            return CachedDecoder(
                network.body, sequences: count, capacity: 40, on: tape, weights: { network.weights(on: tape) }
            )
        }
        var constraints = [
            PlannedConstraint(size: description.vocabulary, plan: [(4, 0), (6, 3)]),
            PlannedConstraint(size: description.vocabulary),
            PlannedConstraint(size: description.vocabulary, plan: [(1, 0), (12, 11), (12, 0)]),
        ]
        let written = try Self.options().generate(
            from: &model, Self.prompts, constraints: &constraints, seed: 7)
        #expect(
            written.map(\.redraws) == [2, 0, 3] && written.map(\.generation.tokens.count) == [12, 12, 12])
        #expect(written.map(\.drawn) == [4 + 6 + 9, 12, 1 + 12 + 1 + 12])
        #expect(written.allSatisfy { $0.ending == .full } && model.comparisons > 36)
        // One that is drawn again delays no other, and changes none.
        var alone = [PlannedConstraint(size: description.vocabulary)]
        let tape = Tape()
        let single = try network.body.generate(
            [Self.prompts[1]], constraints: &alone, options: Self.options(), seed: 7, firstStream: 1, on: tape
        ) { network.weights(on: tape) }
        #expect(single[0] == written[1])
    }

    @Test func aConstraintThatAllowsAllChangesNothing() throws {
        let network = try GoldenDecoder("llama").checkpoint.network()
        let tape = Tape()
        var options = Self.options()
        options.topP = 0.9
        options.repetitionPenalty = 1.2
        var constraints = Self.prompts.map { _ in
            PlannedConstraint(size: network.body.description.vocabulary)
        }
        let constrained = try network.body.generate(
            Self.prompts, constraints: &constraints, options: options, seed: 3, on: tape
        ) { network.weights(on: tape) }
        let free = try network.body.generate(
            Self.prompts, options: options, endTokens: [], seed: 3, on: tape
        ) { network.weights(on: tape) }
        #expect(constrained.map(\.generation) == free)
    }

    private static let choice = #"""
        [{"name": "cancel", "parameters": {"type": "object", "required": ["why", "sure"], "properties": {
            "why": {"type": "string", "enum": ["no longer needed", "ordered by mistake"]},
            "sure": {"type": "boolean"}, "express": {"type": "boolean"}}}}, {"name": "finish"}]
        """#

    @Test func aRandomDecoderWritesCallsAlone() throws {
        let tokenizer = Tokenizer.trained(
            on: BytePairTrainingTests.texts + [Self.choice], vocabularySize: 300)
        let end = try #require(tokenizer.id(of: "</s>"))
        let masks = TokenMasks(
            try GoldenTools.grammar(Self.choice), try TokenVocabulary(tokenizer, endTokens: [end]))
        var stream = RandomStream(seed: 2, for: .weights)
        let learner = Learner("decoder", optimizer: Adam(rate: .constant(0)), using: &stream) {
            Decoder(
                DecoderDescription(
                    .llama, vocabulary: 310, hidden: 16, intermediate: 24, layers: 1, heads: 2,
                    keyValueHeads: 1),
                in: &$0)
        }
        let tape = Tape()
        var replies = [GrammarConstraint](repeating: GrammarConstraint(masks, form: .call), count: 20)
        let prompts = [[Int32]](repeating: [end], count: 20)
        let written = try learner.body.generate(
            prompts, constraints: &replies, options: Self.options(200), seed: 1, on: tape
        ) { learner.weights(on: tape) }
        var names: Set<String> = []
        for (reply, text) in zip(replies, written) {
            #expect(text.ending == .ended && text.generation.isEnded && reply.isCall)
            let call = try ToolCall(parsing: reply.bytes)
            #expect(tokenizer.decode(text.generation.tokens) == call.text)
            names.insert(call.name)
        }
        #expect(names == ["cancel", "finish"])
    }

    /// A model of four tokens with the same logits everywhere.
    private struct FixedModel: NextTokenModel {
        var logits: [Float] = [3, 2, 1, 0]
        func extend(
            _ tokens: PackedTokens, of sequences: [Int], _ use: (Int, UnsafeBufferPointer<Float>) -> Void
        ) {
            for row in sequences.indices { logits.withUnsafeBufferPointer { use(row, $0) } }
        }
        func shorten(_ sequence: Int, to length: Int) {}
    }

    private func drawn(
        banning banned: Set<Int32>, size: Int = 4, _ change: (inout SamplingOptions) -> Void
    ) throws -> (tokens: Set<Int32>, written: ConstrainedGeneration) {
        var (model, options) = (FixedModel(), SamplingOptions())
        options.mostTokens = 200
        change(&options)
        var constraints = [PlannedConstraint(size: size)]
        constraints[0].banned = banned
        let written = try options.generate(from: &model, [[0]], constraints: &constraints, seed: 1)
        return (Set(written[0].generation.tokens), written[0])
    }

    @Test func optionsActOnWhatIsAllowed() throws {
        #expect(try drawn(banning: []) { _ in }.tokens == [0, 1, 2, 3])
        #expect(try drawn(banning: [0]) { _ in }.tokens == [1, 2, 3])
        #expect(try drawn(banning: [0]) { $0.temperature = 0 }.tokens == [1])
        #expect(try drawn(banning: [0]) { $0.topK = 2 }.tokens == [1, 2])
        // Of what is left, 0.665, 0.245 and 0.090.
        #expect(try drawn(banning: [0]) { $0.topP = 0.6 }.tokens == [1])
        #expect(try drawn(banning: [0, 1]) { $0.vocabularyLimit = 3 }.tokens == [2])
        #expect(try drawn(banning: [], size: 2) { _ in }.tokens == [0, 1])
        #expect(try drawn(banning: [2], size: 6) { _ in }.tokens == [0, 1, 3])
    }

    @Test func whereAllIsMaskedTheReplyIsADeadlock() throws {
        let all = try drawn(banning: [0, 1, 2, 3]) { _ in }
        #expect(
            all.written.ending == .deadlocked && all.written.drawn == 0 && !all.written.generation.isEnded)
        #expect(try drawn(banning: [0, 1, 2]) { $0.vocabularyLimit = 3 }.written.ending == .deadlocked)
    }
}
