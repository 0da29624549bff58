import AssuranceCases
import Foundation
import TestSupport
import Testing

/// Exact numbers against a table that Python's `fractions` made.
@Suite struct RationalTests {
    struct File: Decodable {
        let pairs: [Pair]
        let texts: [Text]
    }
    struct Pair: Decodable {
        let a, b, sum, difference, product: String
        let quotient: String?
        let below: Bool
    }
    struct Text: Decodable {
        let text, value: String
    }

    private static func file() throws -> File {
        try Golden.decode(File.self, "rationals", "fractions.json")
    }

    private func number(_ text: String) throws -> Rational {
        let parts = text.split(separator: "/")
        let top = try #require(Rational(parts[0]))
        return parts.count == 1 ? top : top / (try #require(Rational(parts[1])))
    }

    @Test func arithmeticAgreesWithTheTable() throws {
        let pairs = try Self.file().pairs
        #expect(pairs.count == 400)
        for pair in pairs {
            let (a, b) = (try number(pair.a), try number(pair.b))
            #expect("\(a)" == pair.a && "\(b)" == pair.b)
            #expect("\(a + b)" == pair.sum && "\(a - b)" == pair.difference && "\(a * b)" == pair.product)
            if let quotient = pair.quotient { #expect("\(a / b)" == quotient) }
            #expect((a < b) == pair.below && (a == b) == (pair.a == pair.b))
        }
    }

    @Test func decimalTextIsExact() throws {
        let texts = try Self.file().texts
        #expect(texts.count > 100)
        for row in texts { #expect(Rational(row.text)?.description == row.value, "\(row.text)") }
    }

    @Test(arguments: [
        "", "-", ".5", "1.", "1e", "1e+", "0x1", "1,5", " 1", "--1", "1e1001", "1e99999999999999999999", "ä",
    ])
    func otherTextIsNoNumber(_ text: String) { #expect(Rational(text) == nil) }

    @Test func aNumberOfTooManyDigitsIsNone() {
        #expect(Rational(String(repeating: "9", count: Rational.mostDigits)) != nil)
        #expect(Rational(String(repeating: "9", count: Rational.mostDigits + 1)) == nil)
    }

    @Test func divisionUndoesMultiplication() {
        // Digits near the base are where long division guesses wrongly.
        var (state, tried): (UInt64, Int) = (88_172_645_463_325_252, 0)
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        func number(_ count: Int) -> WholeNumber {
            (0..<count).reduce(WholeNumber()) { sum, _ in
                let digit = [0, 1, 0xFFFF_FFFF, 0xFFFF_FFFE, 0x8000_0000, next() >> 32][Int(next() % 6)]
                return sum * WholeNumber(1 << 32) + WholeNumber(digit)
            }
        }
        for _ in 0..<3000 {
            let (a, b) = (number(1 + Int(next() % 8)), number(1 + Int(next() % 5)))
            guard !b.isZero else { continue }
            let (quotient, remainder) = a.divided(by: b)
            #expect(quotient * b + remainder == a && remainder < b)
            tried += 1
        }
        #expect(tried > 2500)
    }
}
