import Alignment
import LanguageModels
import Networks
import Storage
import Tensors

/// A language model that no longer learns: it writes many replies at once, and tells the states of their tokens.
///
/// Belongs to one isolation domain, as its tape does.
public final class FrozenModel {
    /// The model.
    public let file: ModelFile
    /// Its tokenizer.
    public let tokenizer: Tokenizer
    /// Tokens that end a reply: those of the model, and all that stand for no text.
    public let endings: [Int32]
    private let network: Network<Decoder>
    private let template: ChatTemplate?
    private let tape = Tape()

    /// Sequences that are computed together.
    private static let together = 64

    /// Opens a model.
    ///
    /// - Parameter path: as `ModelFile.opening` takes it.
    /// - Throws: `StorageError`, and the errors of the format, of the tokenizer and of a template that is not understood.
    public init(_ path: String) throws {
        file = try ModelFile.opening(path)
        tokenizer = try file.tokenizer()
        network = try file.network()
        do { template = try file.chatTemplate() } catch ChatTemplateError.missing { template = nil }
        let special = tokenizer.addedTokens.filter(\.isSpecial).map(\.id)
        endings = Set(file.description.endTokens + special).sorted()
    }

    /// What stands before a reply: one turn in the model's own chat template, or, where it has none, as runs of this project write it.
    ///
    /// - Throws: `ChatTemplateError`.
    public func prompt(_ text: String) throws -> [Int32] {
        guard let template else {
            return tokenizer.encode(
                "BEGINNING OF CONVERSATION: USER: \(text) ASSISTANT:", recognisingSpecialTokens: false
            ).ids
        }
        let description = file.description
        func name(_ id: Int32?) -> String? { id.flatMap { tokenizer.token($0) } }
        let chat = try template.text(
            [ChatMessage(role: "user", content: text)],
            specialTokens: (name(description.beginToken), name(description.endTokens.first)))
        return tokenizer.encode(chat).ids
    }

    /// The text of some tokens, without control tokens.
    public func text(_ tokens: some Sequence<Int32>) -> String {
        tokenizer.decode(Array(tokens), skippingSpecialTokens: true)
    }

    /// Writes behind prompts, each from a stream of its own.
    ///
    /// - Parameters:
    ///   - prompts: none empty, each with room for the tokens.
    ///   - options: how tokens are chosen.
    ///   - seed: of the draws.
    ///   - first: number of the first prompt's stream.
    ///   - goOn: asked before every token; what it throws ends the writing.
    /// - Returns: the new tokens of each, the end among them where there is one.
    /// - Throws: `ModelFileError.tooLong`; `NonFiniteError`; what `goOn` throws.
    public func write(
        behind prompts: [[Int32]], _ options: SamplingOptions, seed: UInt64, first: UInt32 = 0,
        asking goOn: () throws -> Void = {}
    ) throws -> [[Int32]] {
        let context = file.description.contextLength
        if let long = prompts.first(where: { $0.count + options.mostTokens > context }) {
            throw ModelFileError.tooLong(
                file.path, tokens: long.count + options.mostTokens, context: context)
        }
        var options = options
        if tokenizer.vocabularySize < file.description.vocabulary {
            options.vocabularyLimit = tokenizer.vocabularySize
        }
        var written: [[Int32]] = []
        for start in stride(from: 0, to: prompts.count, by: Self.together) {
            let part = Array(prompts[start..<min(start + Self.together, prompts.count)])
            written += try network.body.generate(
                part, options: options, endTokens: endings, seed: seed, firstStream: first &+ UInt32(start),
                on: tape, asking: goOn
            ) { network.weights(on: tape) }.map(\.tokens)
        }
        return written
    }

    /// The states behind the last norm of all tokens of some sequences.
    ///
    /// - Parameter sequences: none empty, each within the context.
    /// - Returns: of each, `[tokens, hidden]`, row by row.
    /// - Throws: `NonFiniteError`.
    public func states(_ sequences: [[Int32]]) throws -> [[Float]] {
        let hidden = file.description.hidden
        var states: [[Float]] = []
        for start in stride(from: 0, to: sequences.count, by: Self.together) {
            let part = PackedTokens(
                Array(sequences[start..<min(start + Self.together, sequences.count)]))
            tape.reset()
            let all = network.body.hidden(part, network.weights(on: tape)).values
            guard Vectors.areFinite(all) else { throw NonFiniteError("states of a decoder") }
            states += zip(part.starts, part.lengths).map { start, length in
                Array(all[start * hidden..<(start + length) * hidden])
            }
        }
        return states
    }
}
