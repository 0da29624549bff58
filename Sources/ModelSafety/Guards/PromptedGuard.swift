import Alignment
import Foundation
import LanguageModels

/// A language model as a guard: how likely each label is to follow `Safety: ` behind the conversation that it judges.
///
/// A model whose own chat template asks for a verdict, as Qwen3Guard's does, is given the conversation itself; any other is asked in
/// this project's words, by its template where it has one. A guard reads what somebody wrote who may want to be called safe: its
/// verdict is evidence and no proof.
public final class PromptedGuard {
    /// The model.
    public let file: ModelFile
    /// Whether the model's own template asks for a verdict.
    public let isMadeForIt: Bool
    private let tokenizer: Tokenizer
    private let template: ChatTemplate?
    private let decoder: KeptDecoder

    /// Opens a model.
    ///
    /// - Parameter path: as `ModelFile.opening` takes it.
    /// - Throws: `StorageError`, and the errors of the format, of the tokenizer and of a template that is not understood.
    public init(_ path: String) throws {
        file = try ModelFile.opening(path)
        tokenizer = try file.tokenizer()
        do { template = try file.chatTemplate() } catch ChatTemplateError.missing { template = nil }
        decoder = try KeptDecoder(file)
        let probe = [ChatMessage(role: "user", content: "Hello")]
        isMadeForIt = try template?.text(probe).string.contains("Safety:") ?? false
    }

    /// The probabilities of the labels.
    ///
    /// - Parameter conversation: turns of `user` and `assistant`, the last of which is judged; not empty.
    /// - Returns: nothing where the conversation is too long for the guard, which is no verdict.
    /// - Throws: `ChatTemplateError`; `NonFiniteError`.
    public func probabilities(of conversation: [ChatMessage]) throws -> GuardProbabilities? {
        let prompt = try tokens(conversation)
        let labels = GuardLabel.allCases.map { label in
            tokenizer.encode(
                "Safety: \(label.name)", addingTemplate: false, recognisingSpecialTokens: false
            ).ids
        }
        let longest = labels.reduce(0) { max($0, $1.count) }
        guard !prompt.isEmpty, prompt.count + longest <= file.description.contextLength else { return nil }
        // What all labels begin with is as likely for each.
        let shared = labels[0].indices.prefix { place in
            labels.allSatisfy { place < $0.count - 1 && $0[place] == labels[0][place] }
        }.count
        return GuardProbabilities(
            logProbabilities: try labels.map { label in
                try (shared..<label.count).reduce(0) { sum, place in
                    sum + (try logProbability(of: label[place], behind: prompt + label[..<place]))
                }
            })
    }

    /// Tokens of a text by itself.
    func tokens(of text: String) -> Int {
        tokenizer.encode(text, addingTemplate: false, recognisingSpecialTokens: false).ids.count
    }

    private func logProbability(of token: Int32, behind tokens: [Int32]) throws -> Double {
        var value = -Double.infinity
        try decoder.logits(behind: tokens) { logits in
            let top = Double(logits.max() ?? 0)
            let sum = logits.reduce(0) { $0 + exp(Double($1) - top) }
            value = Double(logits[Int(token)]) - top - log(sum)
        }
        return value
    }

    private func tokens(_ conversation: [ChatMessage]) throws -> [Int32] {
        let turns =
            isMadeForIt
            ? conversation : [ChatMessage(role: "user", content: GuardWording.text(conversation))]
        guard let template else {
            return tokenizer.encode(turns[0].content + "\n", recognisingSpecialTokens: false).ids
        }
        let description = file.description
        func text(_ id: Int32?) -> String? { id.flatMap { tokenizer.token($0) } }
        let chat = try template.text(
            turns, specialTokens: (text(description.beginToken), text(description.endTokens.first)))
        return tokenizer.encode(chat).ids
    }
}
