import Assurance
import Foundation
import Storage
import Tensors
import TestSupport
import Testing

/// Thresholds whose risk is controlled.
@Suite struct RiskControlTests {
    /// A threshold of the tables: nothing, a number or "inf".
    enum Expected: Decodable, Equatable {
        case none
        case number(Double)

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .none
            } else if let text = try? value.decode(String.self) {
                self = .number(text == "inf" ? .infinity : .nan)
            } else {
                self = .number(try value.decode(Double.self))
            }
        }

        init(_ value: Double?) { self = value.map { .number($0) } ?? .none }
    }

    struct Row: Decodable {
        let scores: [Double]
        let violated: [Int]
        let alpha, delta: Double
        let allowed_misses: Int
        let threshold, high_confidence_threshold: Expected?
    }

    @Test func theThresholdsOfTheTablesAreFoundExactly() throws {
        let rows = try Golden.decode([Row].self, "guard", "conformal.json")
        #expect(rows.count >= 20)
        for row in rows {
            let control = try RiskControl(scores: row.scores, isViolated: row.violated.map { $0 == 1 })
            let place = "n = \(row.scores.count), α = \(row.alpha)"
            #expect(try control.allowedMisses(alpha: row.alpha) == row.allowed_misses, "\(place)")
            #expect(
                Expected(try control.threshold(alpha: row.alpha)) == row.threshold ?? .none, "\(place)")
            #expect(
                Expected(try control.threshold(alpha: row.alpha, delta: row.delta))
                    == row.high_confidence_threshold ?? .none, "\(place)")
        }
    }

    @Test(arguments: [
        (0.29, 99, 28), (0.07, 99, 6), (0.1, 29, 2), (1e-3, 999, 0), (1e-3, 998, -1), (0.58, 99, 57),
    ])
    func aRateIsTheDecimalFractionThatIsWritten(_ alpha: Double, _ episodes: Int, _ misses: Int) throws {
        let control = try RiskControl(
            scores: [Double](repeating: 0.5, count: episodes),
            isViolated: [Bool](repeating: true, count: episodes))
        #expect(try control.allowedMisses(alpha: alpha) == misses)
        #expect(RiskControl.needed(alpha: 1e-3) == 999 && RiskControl.needed(alpha: 0.3) == 3)
    }

    @Test func equalScoresAreLetThroughTogetherOrNotAtAll() throws {
        let control = try RiskControl(
            scores: [0.2, 0.2, 0.2, 0.9] + [Double](repeating: 0.1, count: 16),
            isViolated: [true, true, true, true] + [Bool](repeating: false, count: 16))
        #expect(try control.threshold(alpha: 0.05) == 0.2)
        #expect(try control.threshold(alpha: 0.15) == 0.2)
        #expect(try control.threshold(alpha: 0.2) == 0.9)
        #expect(try control.threshold(alpha: 0.3) == .infinity)
        #expect(try control.threshold(alpha: 0.2, delta: 0.1) == 0.2)
    }

    @Test func whatCannotBeCalibratedOnIsRefused() throws {
        #expect(throws: RiskControlError.noScores) { try RiskControl(scores: [], isViolated: []) }
        #expect(throws: RiskControlError.notANumber(episode: 1)) {
            try RiskControl(scores: [0, .nan], isViolated: [true, false])
        }
        let control = try RiskControl(scores: [0.5], isViolated: [false])
        for rate in [0, 1, -0.1, 1.5, .nan] {
            #expect(throws: RiskControlError.self) { try control.threshold(alpha: rate) }
            #expect(throws: RiskControlError.self) { try control.threshold(alpha: 0.1, delta: rate) }
        }
    }

    /// Score uniform in (0, 1), violated with probability equal to it: the risk at λ is λ²/2.
    ///
    /// The mean of 2,000 misses has a standard error s.e.; the bounds are 3 s.e. off, so that a right program fails each with a
    /// probability of about 1e-3 over seeds, and with this seed never.
    @Test func theRiskOfResampledCalibrationsIsWhatWasPromised() throws {
        var stream = RandomStream(seed: 20_261_129, for: .testing)
        let (sets, episodes, alpha, delta) = (2000, 200, 0.1, 0.05)
        var (sum, squares, misses) = (0.0, 0.0, 0)
        for _ in 0..<sets {
            var (scores, violated): ([Double], [Bool]) = ([], [])
            for _ in 0..<episodes {
                let score = Double(stream.nextUniform())
                scores.append(score)
                violated.append(Double(stream.nextUniform()) < score)
            }
            let control = try RiskControl(scores: scores, isViolated: violated)
            func risk(_ threshold: Double?) -> Double {
                let edge = min(threshold ?? 0, 1)
                return edge * edge / 2
            }
            let own = risk(try control.threshold(alpha: alpha))
            sum += own
            squares += own * own
            if risk(try control.threshold(alpha: alpha, delta: delta)) > alpha { misses += 1 }
        }
        let mean = sum / Double(sets)
        let error = ((squares / Double(sets) - mean * mean) / Double(sets)).squareRoot()
        #expect(mean <= alpha + 3 * error)
        #expect(mean >= alpha - 1 / Double(episodes + 1) - 3 * error)
        let spread = (delta * (1 - delta) / Double(sets)).squareRoot()
        #expect(Double(misses) / Double(sets) <= delta + 6 * spread)
        // Enough sets come near the limit for the test to see a bound that is too loose.
        #expect(misses > 0)
    }
}
