import LanguageModels

/// A sentence that the model reads where it writes anew what was dropped, and that nobody sees.
///
/// It stands behind what was shown when the last attempt began; that of an earlier attempt is gone.
struct Introspection {
    /// Its tokens; none where there is no sentence.
    let tokens: [Int32]
    private var place: Int?

    /// Takes a sentence; control tokens in it are text.
    init(_ text: String, _ tokenizer: Tokenizer) {
        tokens =
            text.isEmpty
            ? [] : tokenizer.encode(text, addingTemplate: false, recognisingSpecialTokens: false).ids
    }

    /// Begins an attempt behind so many tokens that were shown.
    mutating func begin(behind shown: Int) { place = tokens.isEmpty ? nil : shown }

    /// What the model reads: a prompt and what was written, with the sentence in its place.
    func context(_ prompt: [Int32], _ written: [Int32]) -> [Int32] {
        guard let place else { return prompt + written }
        return prompt + written[..<place] + tokens + written[place...]
    }
}
