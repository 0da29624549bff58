import Alignment
import ModelSafety
import Testing

/// Filters as files.
@Suite struct WordFilterTests {
    @Test func aFilterIsReadAsItWasWritten() throws {
        let filter = try FilterTexts.filter()
        let bytes = Array(filter.text.utf8)
        let read = try WordFilter(bytes, path: "f.json")
        #expect(read.text == filter.text && read.hash == filter.hash)
        #expect(read.classifier.weights == filter.classifier.weights)
        #expect(read.classifier.bias == filter.classifier.bias)
        #expect(read.erasures == filter.erasures && read.marks == filter.marks)
        #expect(filter.harmful.prompts == 12 && filter.marks.count == 24)
        // Words of prompts that were never seen.
        #expect(read.isHarmful(["Zorgle", "bread"]) == filter.isHarmful(["Zorgle", "bread"]))
        #expect(FilterTexts.harmful(50..<60).allSatisfy { read.isHarmful(ErasureUnit.words($0)) })
        #expect(FilterTexts.safe(50..<60).allSatisfy { !read.isHarmful(ErasureUnit.words($0)) })
    }

    @Test func aSeedGivesOneFilter() throws {
        let (first, second) = (try FilterTexts.filter(seed: 3).text, try FilterTexts.filter(seed: 3).text)
        #expect(first == second)
        #expect(
            try FilterTexts.filter(seed: 4).classifier.bias != FilterTexts.filter(seed: 3).classifier.bias)
    }

    @Test func whatWasChangedIsRefused() throws {
        let text = try FilterTexts.filter().text
        let altered = FilterError(
            "f.json: not as a filter is written. Restore the file from a copy, or train the filter again.")
        for (old, new) in [
            ("\"seed\": 0", "\"seed\": 1"), ("\"unit\": \"word\"", "\"unit\": \"byte\""), ("\n}\n", "\n} \n"),
        ] {
            let other = text.replacing(old, with: new)
            #expect(other != text)
            #expect(throws: altered) { try WordFilter(Array(other.utf8), path: "f.json") }
        }
        for cut in [text.utf8.count / 2, text.utf8.count - 3] {
            #expect(throws: FilterError.self) { try WordFilter(Array(text.utf8.prefix(cut)), path: "f.json") }
        }
        #expect(
            throws: FilterError(
                "f.json: has format 2, and this saferl reads 1. Read it with the saferl that wrote it.")
        ) {
            try WordFilter(Array(text.replacing("\"filter\": 1", with: "\"filter\": 2").utf8), path: "f.json")
        }
        #expect(throws: FilterError("f.json: no filter. Train one by \"saferl guard train-filter\".")) {
            try WordFilter(Array("{}".utf8), path: "f.json")
        }
    }

    @Test func listsThatCannotTeachAreRefused() throws {
        let harmful = try FilterTexts.list(["make zorgle", "do harm"], "h.txt")
        let both = try FilterTexts.list(["bake bread", "Do  harm"], "s.txt")
        #expect(
            throws: FilterError("s.txt: row 2 is the prompt of row 2 of h.txt. Decide which it is.")
        ) { try WordFilter(harmful: harmful, safe: both, erasures: Erasures(.suffix, size: 2), seed: 0) }
        let long = try FilterTexts.list([(0..<80).map { "w\($0)" }.joined(separator: " ")], "s.txt")
        #expect(
            throws: FilterError(
                "s.txt: row 1 has 80 words, and so more than 100000 versions by infusion:4. Train with smaller erasures, such as insertion:12."
            )
        ) { try WordFilter(harmful: harmful, safe: long, erasures: Erasures(.infusion, size: 4), seed: 0) }
    }
}
