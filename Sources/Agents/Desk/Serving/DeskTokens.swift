import LanguageModels

/// The desk as tokens: what the agent reads and what it writes, each turn by itself, so that no token crosses its border.
public struct DeskTokens: Sendable {
    /// Bytes to tokens and back.
    public let tokenizer: Tokenizer
    /// What ends everything that the agent writes.
    public let endToken: Int32

    /// Takes a tokenizer over.
    ///
    /// - Throws: `DeskTokenError` where it has no end token.
    public init(_ tokenizer: Tokenizer) throws(DeskTokenError) {
        guard let end = tokenizer.id(of: "</s>") else { throw DeskTokenError() }
        (self.tokenizer, endToken) = (tokenizer, end)
    }

    /// Learns a byte-level vocabulary from demonstrations.
    ///
    /// - Parameters:
    ///   - demonstrations: equal ones give equal tokenizers.
    ///   - vocabulary: tokens at most, four special ones among them.
    /// - Throws: `DeskTokenError`, which a vocabulary that was learned gives no reason for.
    public init(learningFrom demonstrations: [DeskDemonstration], vocabulary: Int) throws(DeskTokenError) {
        let texts = demonstrations.flatMap { $0.episode.turns.flatMap { [$0.read, $0.written] } }
        try self.init(Tokenizer.trained(on: texts, vocabularySize: vocabulary))
    }

    /// What the agent reads.
    public func read(_ text: String) -> [Int32] {
        tokenizer.encode(text, addingTemplate: false, recognisingSpecialTokens: false).ids
    }

    /// What the agent writes, with its end.
    public func written(_ text: String) -> [Int32] { read(text) + [endToken] }

    /// An episode as one sequence, with the places of what the agent wrote.
    public func sequence(of episode: DeskEpisode) -> DeskSequence {
        var sequence = DeskSequence(tokens: [], places: [])
        for turn in episode.turns {
            sequence.tokens += read(turn.read)
            let written = written(turn.written)
            sequence.places += sequence.tokens.count..<sequence.tokens.count + written.count
            sequence.tokens += written
        }
        return sequence
    }
}

/// An episode as tokens.
public struct DeskSequence: Sendable, Equatable {
    /// What was read and written, in turn.
    public var tokens: [Int32]
    /// Places of the tokens that the agent wrote, none of them the first.
    public var places: [Int]
}
