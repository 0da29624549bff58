import Assurance
import Foundation
import Testing

@Suite struct BinomialCountTests {
    // Bounds computed with forty digits by bisection of the incomplete beta function.
    @Test(arguments: [
        (1, 100, 0.95, 0.00051280141626229257, 0.046559811453538936),
        (3, 100, 0.95, 0.0082258291076526897, 0.07571079374983004),
        (50, 100, 0.9, 0.43141682559378081, 0.56858317440621919),
        (97, 100, 0.99, 0.90302895473465554, 0.99560502354411294),
        (5, 20, 0.95, 0.1040808359101361, 0.45558240400174878),
        (12, 10000, 0.95, 0.00069256242381484589, 0.0019435334014636136),
        (1, 1, 0.95, 0.050000000000000044, 1.0),
        (999, 1000, 0.95, 0.99526500642450022, 0.99994870802109098),
        (2, 3, 0.5, 0.5, 0.79370052598409974),
    ])
    func boundsMatchHighPrecision(
        events: Int, trials: Int, confidence: Double, lower: Double, upper: Double
    ) {
        let count = BinomialCount(events: events, trials: trials)
        #expect(abs(count.lowerBound(confidence: confidence) / lower - 1) < 1e-11)
        #expect(abs(count.upperBound(confidence: confidence) / upper - 1) < 1e-11)
    }

    @Test(arguments: [1, 2, 20, 59, 299, 1000, 3000, 1_000_000])
    func noEventHasTheClosedForm(trials: Int) {
        for confidence in [0.5, 0.9, 0.95, 0.999] {
            let expected = -expm1(log1p(-confidence) / Double(trials))
            let count = BinomialCount(events: 0, trials: trials)
            #expect(abs(count.upperBound(confidence: confidence) / expected - 1) < 1e-9)
            #expect(count.lowerBound(confidence: confidence) == 0)
        }
    }

    @Test func theKnownEpisodeCountsGiveTheirKnownBounds() {
        let bounds = [59, 299, 1000, 3000].map {
            BinomialCount(events: 0, trials: $0).upperBound(confidence: 0.95)
        }
        #expect(bounds[0] < 0.05 && BinomialCount(events: 0, trials: 58).upperBound(confidence: 0.95) > 0.05)
        #expect(bounds[1] < 0.01 && BinomialCount(events: 0, trials: 298).upperBound(confidence: 0.95) > 0.01)
        #expect(bounds[2].formatted(to: 4) == "0.0030")
        #expect(bounds[3].formatted(to: 4) == "0.0010")
    }

    @Test func everyTrialAnEventMirrorsNone() {
        let all = BinomialCount(events: 40, trials: 40)
        #expect(all.upperBound(confidence: 0.95) == 1)
        let mirrored = 1 - BinomialCount(events: 0, trials: 40).upperBound(confidence: 0.95)
        #expect(abs(all.lowerBound(confidence: 0.95) - mirrored) < 1e-14)
    }

    @Test func theIntervalIsTwoOneSidedBounds() {
        let count = BinomialCount(events: 7, trials: 50)
        let interval = count.interval(confidence: 0.9)
        #expect(interval.lowerBound == count.lowerBound(confidence: 0.95))
        #expect(interval.upperBound == count.upperBound(confidence: 0.95))
        #expect(interval.contains(count.share))
    }

    /// Exact: sums the binomial probabilities of the counts whose bound covers the truth.
    @Test(arguments: [0.001, 0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.99])
    func coverageIsNeverBelowTheConfidence(probability: Double) {
        for (trials, confidence) in [(10, 0.95), (50, 0.9), (200, 0.99)] {
            var (above, below) = (0.0, 0.0)
            for events in 0...trials {
                let (n, k) = (Double(trials), Double(events))
                let ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
                let chance = exp(ways + k * log(probability) + (n - k) * log1p(-probability))
                let count = BinomialCount(events: events, trials: trials)
                if count.upperBound(confidence: confidence) >= probability { above += chance }
                if count.lowerBound(confidence: confidence) <= probability { below += chance }
            }
            #expect(above >= confidence - 1e-12)
            #expect(below >= confidence - 1e-12)
        }
    }
}

extension Double {
    fileprivate func formatted(to digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
