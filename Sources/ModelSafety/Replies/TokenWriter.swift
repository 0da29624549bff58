import LanguageModels
import Tensors

/// Chooses the next token as `ChatModel` does, and lends the state of the last one.
struct TokenWriter {
    private let decoder: KeptDecoder
    private let options: SamplingOptions
    private let isToken: [Bool]
    private let endings: Set<Int32>
    private var candidates: [Float]

    init(_ decoder: KeptDecoder, _ tokenizer: Tokenizer, _ options: SamplingOptions) {
        (self.decoder, self.options) = (decoder, options)
        isToken = (0..<Int32(decoder.file.description.vocabulary)).map { tokenizer.token($0) != nil }
        // Special tokens stand for no text: behind one, whatever it is, the reply is over.
        endings = Set(
            decoder.file.description.endTokens
                + tokenizer.addedTokens.filter(\.isSpecial).map(\.id))
        candidates = [Float](repeating: -.infinity, count: isToken.count)
    }

    func ends(with token: Int32) -> Bool { endings.contains(token) }

    /// Computes what may follow a sequence.
    ///
    /// - Returns: the state of its last token, `[hidden]`.
    mutating func look(behind tokens: [Int32]) throws -> [Float] {
        let hidden = decoder.file.description.hidden
        var state: [Float] = []
        try decoder.look(behind: tokens) { states, logits in
            for (index, logit) in logits.enumerated() {
                candidates[index] = isToken[index] ? logit : -.infinity
            }
            state = Array(states.suffix(hidden))
        }
        return state
    }

    /// Draws the token behind the sequence that was looked at last.
    func choose(after tokens: [Int32], using stream: inout RandomStream) -> Int32 {
        options.choose(candidates, after: tokens, using: &stream)
    }
}
