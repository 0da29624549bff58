import Assurance
import Testing

@Suite struct IncompleteBetaTests {
    // Values computed with forty digits.
    @Test(arguments: [
        (0.5, 0.5, 0.5, 0.5),
        (0.1, 2, 3, 0.0523000000000000054),
        (0.95, 20, 1.5, 0.556578798314309357),
        (0.3, 100, 200, 0.108843065644909758),
        (0.35, 100, 200, 0.732571464957544069),
        (0.001, 0.5, 1000, 0.842752725733275992),
        (0.9, 1, 1, 0.900000000000000022),
        (0.52, 5000, 5000, 0.99996852908367969),
        (0.0005, 3, 9000, 0.826604676097008747),
    ])
    func valuesMatchHighPrecision(x: Double, a: Double, b: Double, expected: Double) {
        #expect(abs(IncompleteBeta.value(x, a: a, b: b) / expected - 1) < 1e-11)
    }

    @Test func theEndsAreExact() {
        #expect(IncompleteBeta.value(0, a: 3, b: 4) == 0)
        #expect(IncompleteBeta.value(1, a: 3, b: 4) == 1)
        #expect(IncompleteBeta.inverse(0, a: 3, b: 4) == 0)
        #expect(IncompleteBeta.inverse(1, a: 3, b: 4) == 1)
    }

    @Test func theInverseIsTheFirstNumberThatReachesTheProbability() {
        for a in [0.5, 1, 7, 300] {
            for b in [0.5, 2, 40, 5000] {
                for probability in [1e-6, 0.025, 0.5, 0.95, 0.999999] {
                    let x = IncompleteBeta.inverse(probability, a: a, b: b)
                    #expect(IncompleteBeta.value(x, a: a, b: b) >= probability)
                    #expect(IncompleteBeta.value(x.nextDown, a: a, b: b) < probability)
                }
            }
        }
    }
}

@Suite struct SampleMeanTests {
    // Quantiles computed with forty digits.
    @Test(arguments: [
        (1, 0.95, 12.706204736174693), (2, 0.95, 4.3026527297494618), (4, 0.95, 2.7764451051977935),
        (9, 0.95, 2.262157162798205), (19, 0.99, 2.8609346064649788), (99, 0.95, 1.9842169515864171),
        (999, 0.9, 1.6463803454275358),
    ])
    func quantilesMatchHighPrecision(degrees: Int, confidence: Double, expected: Double) {
        #expect(abs(SampleMean.quantile(confidence, degrees: degrees) / expected - 1) < 1e-11)
    }

    @Test func meanDeviationAndIntervalFollowTheirFormulas() throws {
        let sample = SampleMean([1, 2, 3, 4, 5])
        #expect(sample.mean == 3)
        #expect(sample.deviation == 2.5.squareRoot())
        let interval = try #require(sample.interval(confidence: 0.95))
        #expect(abs(interval.upperBound - (3 + 2.7764451051977935 * 0.5.squareRoot())) < 1e-12)
        #expect(abs(interval.lowerBound + interval.upperBound - 6) < 1e-12)
    }

    @Test func aSingleValueHasNoInterval() {
        #expect(SampleMean([4]).deviation == 0)
        #expect(SampleMean([4]).interval(confidence: 0.95) == nil)
    }
}
