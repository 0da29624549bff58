import Alignment
import Foundation
import TestSupport
import Testing

/// Verdicts with probabilities.
@Suite struct GuardProbabilitiesTests {
    @Test func labelsAreComparedWithEachOther() {
        let odds = GuardProbabilities(logProbabilities: [0.2, 0.3, 0.1].map { log($0) })
        #expect(zip(odds.values, [1.0 / 3, 0.5, 1.0 / 6]).allSatisfy { $0.isWithin(1e-12, of: $1) })
        #expect(odds.label == .unsafe)
        #expect(
            odds.unsafe(.loose).isWithin(1e-12, of: 0.5) && odds.unsafe(.strict).isWithin(1e-12, of: 2.0 / 3))
        #expect(odds.isUnsafe(.strict) && !odds.isUnsafe(.loose, threshold: 0.51))
        #expect(odds.isUnsafe(.strict, threshold: 0.66) && !odds.isUnsafe(.strict, threshold: 0.67))
    }

    @Test func twoLabelsAreEnough() {
        let odds = GuardProbabilities(safe: 3, unsafe: 1)
        #expect(odds.unsafe(.loose).isWithin(1e-12, of: 1 / (1 + exp(2))) && odds.label == .safe)
        #expect(odds.unsafe(.loose) == odds.unsafe(.strict) && !odds.isUnsafe(.strict))
        // Logits whose exponentials overflow are compared all the same.
        #expect(GuardProbabilities(safe: 9000, unsafe: 9001).label == .unsafe)
    }

    @Test func whatIsNoNumberIsUnsafe() {
        let wrong: [[Double]] = [
            [0, .nan, -9], [.nan, .nan, .nan], [-.infinity, -.infinity, -.infinity], [.infinity, 0, 0],
        ]
        for numbers in wrong {
            let odds = GuardProbabilities(logProbabilities: numbers)
            #expect(odds.label == .unsafe && odds.isUnsafe(.loose) && odds.isUnsafe(.strict))
        }
        #expect(GuardProbabilities(safe: 0, unsafe: 0).label == .unsafe)
        #expect(GuardProbabilities(logProbabilities: [0, -1, 0]).label == .controversial)
    }
}
