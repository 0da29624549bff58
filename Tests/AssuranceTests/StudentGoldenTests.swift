import Assurance
import Foundation
import TestSupport
import Testing

/// Student's distribution against thirty digits, `student_t.json`.
@Suite struct StudentGoldenTests {
    struct File: Decodable { let quantiles, noninteger_df, cdf: [[Entry]] }

    /// A number, or its digits as text, whose exponent may be beyond all numbers.
    struct Entry: Decodable {
        let number: Double
        let logarithm: Double

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let number = try? value.decode(Double.self) {
                (self.number, logarithm) = (number, log(number))
                return
            }
            let text = try value.decode(String.self)
            let parts = text.split(separator: "e")
            let mantissa = try #require(parts.first.flatMap { Double($0) })
            let exponent = try #require(parts.count > 1 ? Double(parts[1]) : 0)
            (number, logarithm) = (mantissa * pow(10, exponent), log(mantissa) + exponent * log(10))
        }
    }

    static func file() throws -> File { try Golden.decode(File.self, "HCRLHF", "student_t.json") }

    @Test func quantilesAgree() throws {
        let file = try Self.file()
        #expect(!file.quantiles.isEmpty && !file.noninteger_df.isEmpty)
        var worst = 0.0
        for row in file.quantiles + file.noninteger_df {
            let (degrees, alpha, expected) = (row[0].number, row[1].number, row[3].number)
            let t = StudentDistribution(degrees: degrees).quantile(upperTail: alpha)
            if alpha == 0.5 { #expect(t == 0) } else { worst = max(worst, abs(t / expected - 1)) }
        }
        #expect(worst < 1e-13)
    }

    @Test func probabilitiesAgreeInBothTails() throws {
        let rows = try Self.file().cdf
        #expect(!rows.isEmpty)
        for row in rows {
            let distribution = StudentDistribution(degrees: row[0].number)
            let t = row[1].number
            #expect(distribution.probability(upTo: t).isWithin(1e-12, of: row[3].number))
            #expect(distribution.upperTail(t).isWithin(1e-10, of: row[4].number))
            #expect(distribution.logUpperTail(t).isWithin(0, of: row[4].logarithm, floor: 1e-10))
        }
    }
}
