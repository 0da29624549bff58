import Alignment
import Assurance
import Foundation
import TestSupport
import Testing

/// Budgets, early ends and certificates.
@Suite struct CertifiedFilterTests {
    /// Counts what a filter is asked.
    private final class Asked: @unchecked Sendable {
        private let lock = NSLock()
        private var sequences: [[Int]] = []
        func note(_ sequence: [Int]) { lock.withLock { sequences.append(sequence) } }
        var all: [[Int]] { lock.withLock { sequences } }
    }

    @Test func overBudgetIsHarmfulAndSaysSo() throws {
        let asked = Asked()
        let filter = CertifiedFilter<Int>(Erasures(.infusion, size: 30)) {
            asked.note($0)
            return false
        }
        let answer = try filter(Array(0..<200))
        #expect(answer.isHarmful && answer.checks == 0 && asked.all.isEmpty)
        #expect(answer.ground == .overBudget(versions: .max))
        #expect(
            "\(answer.ground)" == "over budget: more versions than can be counted, so it counts as harmful")
        let small = CertifiedFilter<Int>(Erasures(.suffix, size: 3), budget: 3) { _ in false }
        #expect(try small([1, 2, 3]).ground == .overBudget(versions: 4))
        #expect(try !small([1, 2]).isHarmful)
    }

    @Test func timeOverIsHarmful() throws {
        let filter = CertifiedFilter<Int>(Erasures(.suffix, size: 3), limit: .zero) { _ in false }
        #expect(try filter([1, 2]).ground == .outOfTime(checks: 1))
        #expect(try filter([1, 2]).isHarmful)
    }

    @Test func equalVersionsAreLookedAtOnceAndTheFirstFlagEnds() throws {
        let asked = Asked()
        let filter = CertifiedFilter<Int>(Erasures(.insertion(blocks: 1), size: 2)) {
            asked.note($0)
            return $0 == [7]
        }
        let nothing = try filter([7, 7, 7, 7])
        #expect(nothing.ground == .nothingFlagged && nothing.checks == 3)
        #expect(asked.all == [[7, 7, 7, 7], [7, 7, 7], [7, 7]])
        let flagged = try filter([7, 7, 7])
        #expect(flagged.ground == .flagged([7]) && flagged.checks == 3)
    }

    @Test func batchesSayTheSame() throws {
        for batch in [1, 2, 3, 7, 100] {
            let asked = Asked()
            let filter = CertifiedFilter<Int>(Erasures(.insertion(blocks: 1), size: 2), batch: batch) {
                versions in
                #expect(1...batch ~= versions.count)
                versions.forEach(asked.note)
                return versions.map { $0 == [1, 4] || $0 == [3, 4] }
            }
            #expect(try filter([1, 2, 3, 4]).ground == .flagged([3, 4]))
            let nothing = try filter([5, 6, 7])
            #expect(nothing.ground == .nothingFlagged && nothing.checks == 6)
            // No version is asked about behind the batch that decided.
            #expect(asked.all.count <= 6 + batch * ((6 + batch - 1) / batch))
        }
    }

    /// What is left of a text behind the right erasure is the clean text, however the attack was spaced.
    @Test func insertedWordsLeaveTheCleanTextBehind() throws {
        let clean = "how  does one\tmelt snow"
        let filter = CertifiedFilter<String>(Erasures(.insertion(blocks: 1), size: 3)) {
            ErasureUnit.text(ofWords: $0) == ErasureUnit.normalised(clean)
        }
        let attacked = " how does\n please   kind sir one melt\u{3000}snow "
        #expect(try filter(ErasureUnit.words(attacked)).isHarmful)
        #expect(try !filter(ErasureUnit.words(attacked + "now")).isHarmful)
        // Glued letters are no word: bytes cover them.
        let bytes = CertifiedFilter<UInt8>(Erasures(.suffix, size: 3)) {
            ErasureUnit.text(ofBytes: $0) == ErasureUnit.normalised(clean)
        }
        #expect(try bytes(Array("how does one melt snowxyz".utf8)).isHarmful)
        #expect(try !bytes(Array("how does one melt snowé!!".utf8)).isHarmful)
    }

    /// Swift calls two spellings of a letter equal; a filter that reads bytes does not, and has to see both versions.
    @Test func equalLettersOfOtherBytesAreLookedAtToo() throws {
        let (clean, other) = ("\u{E9}", "e\u{301}")
        #expect(clean == other)
        @Sendable func isClean(_ bytes: [UInt8]) -> Bool { bytes == Array(clean.utf8) }
        let erasures = Erasures(.insertion(blocks: 1), size: 1)
        let words = CertifiedFilter<String>(erasures) { $0.count == 1 && isClean(Array($0[0].utf8)) }
        #expect(try words([clean, other]).isHarmful && words([other, clean]).isHarmful)
        let parts = CertifiedFilter<Substring>(erasures) { $0.count == 1 && isClean(Array($0[0].utf8)) }
        #expect(try parts([clean[...], other[...]]).isHarmful && parts([other[...], clean[...]]).isHarmful)
        let letters = CertifiedFilter<Character>(erasures) {
            $0.count == 1 && isClean(Array(String($0).utf8))
        }
        #expect(try letters(Array(clean + other)).isHarmful && letters(Array(other + clean)).isHarmful)
    }

    @Test func aFaultOfTheFilterIsNoAnswer() {
        let filter = CertifiedFilter<Int>(Erasures(.suffix, size: 1)) { _ in throw ErasureError("gone") }
        #expect(throws: ErasureError("gone")) { try filter([1]) }
    }

    @Test func namesOfErasuresAreReadAndRefused() throws {
        for text in ["suffix:20", "insertion:12", "insertion:4x2", "infusion:0"] {
            #expect(try Erasures(parsing: text).description == text)
        }
        #expect(try Erasures(parsing: "insertion:4x1").description == "insertion:4")
        let wrong = [
            "", "suffix", "suffix:", "suffix:-1", "suffix:2x2", "insertion:2x0", "insertion:x", "prefix:3",
            "infusion:99999999999999999999", "suffix:3:4", "insertion:1x2x3",
        ]
        for text in wrong {
            #expect(throws: ErasureError.self, "\(text)") { try Erasures(parsing: text) }
        }
        #expect(
            throws: ErasureError(
                "\"prefix:3\" names no erasures. Write suffix:20, insertion:12, insertion:4x2 (two blocks) or infusion:3."
            )
        ) { try Erasures(parsing: "prefix:3") }
    }

    @Test func wordsAreWhatStandsBetweenWhiteSpace() {
        #expect(ErasureUnit.words("  Évacuer\tla\u{00A0}salle \n") == ["Évacuer", "la", "salle"])
        #expect(ErasureUnit.normalised(" a  b\n") == "a b")
        #expect(ErasureUnit.words(" \n").isEmpty)
        #expect(ErasureUnit.text(ofBytes: Array("é".utf8)) == "é")
    }

    struct Certified: Decodable {
        let detected, n: Int
        let accuracy, lower_95: Double
        let interval_95: [Double]
    }
    struct Tables: Decodable { let certified: [Certified] }

    @Test func certificatesAreThoseOfTheReference() throws {
        let all = try Golden.decode(Tables.self, "alignment", "erase.json").certified
        #expect(!all.isEmpty)
        for one in all {
            let certificate = try FilterCertificate(
                Erasures(.suffix, size: 20), unit: .word,
                flagged: (0..<one.n).map { $0 < one.detected }, filter: "f", prompts: "p")
            #expect(certificate.accuracy == one.accuracy)
            #expect(certificate.lowerBound().isWithin(1e-9, of: one.lower_95, floor: 1e-9))
            let interval = certificate.detected.interval(confidence: 0.95)
            #expect(interval.lowerBound.isWithin(1e-9, of: one.interval_95[0], floor: 1e-9))
            #expect(interval.upperBound.isWithin(1e-9, of: one.interval_95[1], floor: 1e-9))
        }
    }

    @Test func aClaimIsAboutWhatIsMissed() throws {
        let certificate = FilterCertificate(
            Erasures(.suffix, size: 20), unit: .word, detected: BinomialCount(events: 119, trials: 120),
            filter: "f", prompts: "p")
        let claim = certificate.claim(limit: 0.05)
        #expect(claim.verdict == .certified && claim.measured == 1.0 / 120)
        #expect(claim.bound?.isWithin(1e-12, of: 1 - certificate.lowerBound(), floor: 1e-12) == true)
        #expect(certificate.claim(limit: 0.03).verdict == .noSolutionFound)
        #expect(certificate.claim().verdict == .bounded && claim.subject.data == "p")
        #expect(claim.conditions.first == certificate.statement)
    }

    @Test func aCertificateStatesItsCondition() throws {
        let certificate = try FilterCertificate(
            Erasures(.insertion(blocks: 1), size: 12), unit: .word, flagged: [true], filter: "f", prompts: "p"
        )
        #expect(
            certificate.statement
                == "Every prompt that the filter flags is flagged after any attack that adds at most 12 words in one block anywhere in it. The filter reads words with single blanks between them; letters glued to a word are not covered."
        )
        #expect(throws: ErasureError("no harmful prompt to certify on. Give a file with at least one line."))
        {
            try FilterCertificate(
                Erasures(.suffix, size: 1), unit: .byte, flagged: [], filter: "", prompts: "")
        }
    }
}
