/// The tokens of an option behind a question, whose log-likelihood is its score.
///
/// Both are encoded together, and the option's tokens are those behind as many as the question has alone; white space at the
/// question's end goes to the option first, as tokenizers join it with what follows.
///
/// - SeeAlso: lm-evaluation-harness.
public struct OptionTokens: Sendable, Hashable {
    /// Of the question.
    public let context: [Int]
    /// Of the option, with what stands in front of it.
    public let option: [Int]

    /// Encodes a question and an option.
    ///
    /// - Parameters:
    ///   - context: the question as a prompt; for `mutual` it is empty.
    ///   - option: its text.
    ///   - delimiter: what stands between.
    ///   - encode: the model's tokenizer, control tokens off.
    /// - Throws: what the tokenizer throws.
    public init(
        context: String, option: String, delimiter: String = " ", encode: (String) throws -> [Int]
    ) rethrows {
        let blanks = context.unicodeScalars.reversed().prefix { $0.properties.isWhitespace }.count
        let front = String(String.UnicodeScalarView(context.unicodeScalars.dropLast(blanks)))
        let whole = try encode(context + delimiter + option)
        let alone = front.isEmpty ? 0 : try encode(front).count
        (self.context, self.option) = (Array(whole.prefix(alone)), Array(whole.dropFirst(alone)))
    }
}

/// How a question is put to a model.
public enum QuestionPrompt: String, Codable, Sendable, CaseIterable {
    /// Without options, each of which is then scored behind it.
    case open
    /// With options, whose letters are then scored behind it.
    case letters
    /// With options, and a letter is then written.
    case direct
    /// Likewise, behind an analysis.
    case stepByStep = "step-by-step"

    /// The prompt.
    ///
    /// - Parameters:
    ///   - question: with its options.
    ///   - order: the options' indices in the order in which they stand, as `OptionOrders` gives them; nothing for that of the file.
    /// - Returns: what the model reads.
    public func text(_ question: Question, order: [Int]? = nil) -> String {
        let options = (order ?? Array(question.options.indices)).enumerated().map { place, option in
            "\n\(LetterReader.letter(place)): \(question.options[option])"
        }
        let head = "Question: \(question.question)"
        return switch self {
        case .open: head + "\nAnswer:"
        case .letters: head + options.joined() + "\nAnswer:"
        case .direct: head + options.joined() + "\nFinal Choice: "
        case .stepByStep: head + options.joined() + "\nStep-by-Step analysis: \nFinal Choice: "
        }
    }
}
