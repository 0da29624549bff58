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
}
