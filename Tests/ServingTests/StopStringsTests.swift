import Serving
import Testing

/// Texts that end a reply.
@Suite struct StopStringsTests {
    @Test func aTextEndsBeforeTheFirstWhereverItIsCut() {
        let text = "a\u{E9} b<e><end>rest<end>"
        for stops in [["<end>"], ["<e", "<end>"], ["nothing", "<end>"], ["\u{E9} "], ["a"]] {
            let place = stops.compactMap { text.firstRange(of: $0)?.lowerBound }.min()!
            for first in text.indices {
                for second in text[first...].indices {
                    var filter = StopStrings(stops)
                    let pieces = [text[..<first], text[first..<second], text[second...]].map(String.init)
                    let shown = pieces.map { filter.add($0) }.joined() + filter.finish()
                    #expect(shown == text[..<place] && filter.isFound)
                }
            }
        }
    }

    @Test func whatMayStillBecomeOneWaits() {
        var filter = StopStrings(["stop"])
        #expect(filter.add("say st") == "say " && filter.add("o") == "" && filter.add("ne st") == "stone ")
        #expect(filter.finish() == "st" && !filter.isFound)
        var none = StopStrings([])
        #expect(none.add("x") == "x" && none.finish() == "")
        #expect(StopStrings.cut("ab", ["b"]) == ("a", true) && StopStrings.cut("ab", ["c"]) == ("ab", false))
    }
}
