/// Reads the letter of the chosen option out of a reply.
///
/// The last `final choice` or `final answer` with a letter decides, else the last `answer is` or `answer:` with one, else the one
/// letter that stands alone in capitals. An `A` before a word in lower case is the article, unless the word is *or* or *and*.
public struct LetterReader: Sendable, Hashable {
    /// The letters of the options, from A on.
    private let letters: [Character]

    /// Reads letters of so many options, 1 … 26.
    public init(options: Int) {
        precondition(1...26 ~= options, "\(options) options have no letters")
        letters = (0..<options).map(Self.letter)
    }

    /// The letter of an option, from 0.
    public static func letter(_ option: Int) -> Character {
        Character(UnicodeScalar(UInt8(ascii: "A") + UInt8(option)))
    }

    /// The option that a reply chooses; nothing where it chooses none or several, which counts as wrong.
    public func callAsFunction(_ reply: String) -> Int? {
        let text = Array(reply)
        let small = text.map { $0.lowercased().first ?? $0 }
        for phrases in [["final choice", "final answer"], ["answer is", "answer:"]] {
            let phrases = phrases.map(Array.init)
            for start in text.indices.reversed() {
                for phrase in phrases where small[start...].starts(with: phrase) {
                    if let option = letter(in: text, small, behind: start + phrase.count) { return option }
                }
            }
        }
        return alone(in: text)
    }

    /// The letter behind a phrase: a colon or hyphen, stars and a bracket may stand between.
    private func letter(in text: [Character], _ small: [Character], behind start: Int) -> Int? {
        var place = start
        func skip(_ characters: String, most: Int) {
            while place < text.count, text[place].isWhitespace { place += 1 }
            for _ in 0..<most where place < text.count && characters.contains(text[place]) { place += 1 }
        }
        skip(":-", most: 1)
        skip("*", most: text.count)
        skip("([", most: 1)
        skip("", most: 0)
        guard place < text.count, place + 1 == text.count || !Self.isWord(text[place + 1]) else { return nil }
        return letters.firstIndex { Character($0.lowercased()) == small[place] }
    }

    private func alone(in text: [Character]) -> Int? {
        var found: Set<Int> = []
        for (place, character) in text.enumerated() {
            guard let option = letters.firstIndex(of: character),
                place == 0 || !Self.isWord(text[place - 1]),
                place + 1 == text.count || !Self.isWord(text[place + 1]), !isArticle(text, place)
            else { continue }
            found.insert(option)
        }
        return found.count == 1 ? found.first : nil
    }

    private func isArticle(_ text: [Character], _ place: Int) -> Bool {
        guard text[place] == "A" else { return false }
        let rest = text[(place + 1)...]
        let word = rest.drop(while: \.isWhitespace)
        guard word.startIndex > rest.startIndex, word.first?.isLowercase == true else { return false }
        return !["or", "and"].contains(String(word.prefix(while: Self.isWord)))
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}
