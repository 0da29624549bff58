import Foundation
import LanguageModels
import Storage
import Testing

/// Vocabularies that are learned here.
@Suite struct BytePairTrainingTests {
    static let texts = [
        "How do I charge an old battery?", "Read the label first; open a window; wear eye protection.",
        "I would rather not give instructions for that.", "Caf\u{E9} \u{1F680} 2024",
        "Read the label, then wait.",
    ]

    @Test func theMostFrequentPairIsMergedFirst() throws {
        // "ab" three times; then blank and "ab" as often as "ab" and "c", and its ids are lower.
        let tokenizer = Tokenizer.trained(on: ["ab abc abc"], vocabularySize: 259, specialTokens: [])
        #expect(tokenizer.token(256) == "ab")
        #expect(tokenizer.token(257) == "\u{120}ab")
        #expect(tokenizer.token(258) == "\u{120}abc")
        #expect(tokenizer.encode("abc abc").ids == [256, 99, 258])
    }

    @Test func orderOfTextsDoesNotMatter() {
        let forward = Tokenizer.trained(on: Self.texts, vocabularySize: 280)
        let backward = Tokenizer.trained(on: Self.texts.reversed(), vocabularySize: 280)
        #expect(forward.json() == backward.json())
    }

    @Test func specialTokensAreTheLast() throws {
        let tokenizer = Tokenizer.trained(on: Self.texts, vocabularySize: 280)
        #expect(tokenizer.addedTokens.map(\.content) == ["<pad>", "</s>", "<s>", "<unk>"])
        #expect(
            tokenizer.addedTokens.map(\.id)
                == Array(Int32(tokenizer.vocabularySize) - 4..<Int32(tokenizer.vocabularySize)))
        #expect(tokenizer.vocabularySize == 280)
    }

    @Test func learningEndsWhereNothingRepeats() {
        let tokenizer = Tokenizer.trained(on: ["aa"], vocabularySize: 1000)
        #expect(tokenizer.vocabularySize == 260)
    }

    @Test func everyTextComesBack() {
        let tokenizer = Tokenizer.trained(on: Self.texts, vocabularySize: 400)
        for text in Self.texts + ["\u{0}\u{FFFF}\u{10FFFF}", "zzz"] {
            #expect(Array(tokenizer.decode(tokenizer.encode(text).ids).utf8) == Array(text.utf8))
        }
        #expect(tokenizer.encode("Read the label").ids.count < 14)
    }

    @Test func theFileIsReadAsItWasWritten() throws {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("tokenizer-\(UUID().uuidString).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let tokenizer = Tokenizer.trained(on: Self.texts, vocabularySize: 280)
        try tokenizer.write(to: path)
        let copy = try Tokenizer(contentsOf: path)
        #expect(copy.json() == tokenizer.json())
        #expect(copy.encode(Self.texts[1]) == tokenizer.encode(Self.texts[1]))
    }
}
