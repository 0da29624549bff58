/// What counts as one symbol of a text when symbols are erased from it.
///
/// The guarantee is about sequences of symbols. A tokenizer may merge across the place where something was inserted, so tokens
/// cover inserted tokens and not inserted text. Words cover inserted words, whatever tokenizer reads what is left: it is the
/// clean text letter by letter. Letters that are glued to a word are no inserted word; bytes cover them.
public enum ErasureUnit: String, Codable, Sendable, CaseIterable {
    /// What stands between white space; a text is its words with single blanks between them.
    case word
    /// Bytes of UTF-8.
    case byte
    /// Tokens, as a tokenizer of the caller's makes them.
    case token

    /// The words of a text.
    public static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// A text with single blanks between its words: what a filter over words must be asked about.
    public static func normalised(_ text: String) -> String { Self.text(ofWords: words(text)) }

    /// The text of some words.
    public static func text(ofWords words: [String]) -> String { words.joined(separator: " ") }

    /// The text of some bytes; what is no UTF-8, such as half a character, becomes replacement characters.
    public static func text(ofBytes bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
