import Assurance
import Tensors
import Testing

@Suite struct MeanIntervalTests {
    /// Costs of at most 20: none with probability 1 − `share`, else a whole number from 1 to 20.
    private func draws(_ count: Int, share: Float, _ stream: inout RandomStream) -> [Double] {
        (0..<count).map { _ in
            stream.nextUniform() < share ? Double(1 + stream.nextInteger() % 20) : 0
        }
    }

    /// Of 400 intervals at 95 % at most 45 miss, which has a chance below 10⁻⁶ where each misses with 5 %.
    @Test(arguments: [(100, 0.01), (100, 0.3), (30, 0.1), (5, 0.5)])
    func intervalsInAKnownRangeHoldAtTheirConfidence(count: Int, share: Float) {
        var stream = RandomStream(seed: 3, for: .testing)
        let mean = Double(share) * 10.5
        let misses = (0..<400).count { _ in
            let values = draws(count, share: share, &stream)
            return !MeanInterval(of: values, in: 0...20, confidence: 0.95).range.contains(mean)
        }
        #expect(misses <= 45)
    }

    /// What the other intervals are named approximate for.
    @Test func studentsIntervalMissesRareCosts() {
        var stream = RandomStream(seed: 3, for: .testing)
        let misses = (0..<400).count { _ in
            let sample = SampleMean(draws(100, share: 0.01, &stream))
            return MeanInterval(of: sample, above: 0, confidence: 0.95)?.range.contains(0.105) != true
        }
        #expect(misses > 100)
    }

    @Test func anIntervalContainsTheMeanAndStaysInTheRange() {
        var stream = RandomStream(seed: 5, for: .testing)
        for count in [1, 2, 7, 60] {
            let values = (0..<count).map { _ in Double(stream.nextUniform(in: -2..<3)) }
            let interval = MeanInterval(of: values, in: -2...3, confidence: 0.9)
            #expect(interval.range.contains(SampleMean(values).mean) && !interval.isApproximate)
            #expect(interval.range.lowerBound >= -2 && interval.range.upperBound <= 3)
        }
    }

    @Test func turningTheValuesRoundTurnsTheIntervalRound() {
        let values = [0.25, 0.5, 0, 1, 0.125, 0.75, 0.25, 0, 0.5, 0.375]
        let interval = MeanInterval(of: values, in: 0...1, confidence: 0.95).range
        let turned = MeanInterval(of: values.map { 1 - $0 }, in: 0...1, confidence: 0.95).range
        #expect(abs(interval.lowerBound - (1 - turned.upperBound)) < 1e-12)
        #expect(abs(interval.upperBound - (1 - turned.lowerBound)) < 1e-12)
    }

    @Test func aRangeOfOnePointIsItsOwnInterval() {
        #expect(MeanInterval(of: [1, 1], in: 1...1, confidence: 0.95).range == 1...1)
    }

    @Test func studentsIntervalNeedsSpreadAndStopsAtTheFloor() throws {
        #expect(MeanInterval(of: SampleMean([4]), confidence: 0.95) == nil)
        #expect(MeanInterval(of: SampleMean([4, 4, 4]), confidence: 0.95) == nil)
        let sample = SampleMean([0, 0, 2, 4])
        let plain = try #require(MeanInterval(of: sample, confidence: 0.95))
        let floored = try #require(MeanInterval(of: sample, above: 0, confidence: 0.95))
        #expect(plain.range == sample.interval(confidence: 0.95) && plain.isApproximate)
        #expect(floored.range == 0...plain.range.upperBound)
    }
}

@Suite struct LimitStandingTests {
    private static let pattern = [0.0, 1, 0, 0, 3, 0, 1, 0, 0, 2]

    private func costs(_ count: Int) -> [Double] {
        (0..<count).map { Self.pattern[$0 * 7 % Self.pattern.count] }
    }

    private func standing(_ costs: [Double], range: ClosedRange<Double>?, limit: Double) -> LimitStanding {
        let interval =
            range.map { MeanInterval(of: costs, in: $0, confidence: 0.95) }
            ?? MeanInterval(of: SampleMean(costs), above: 0, confidence: 0.95)
        return LimitStanding(of: SampleMean(costs), interval, limit: limit)
    }

    @Test func theVerdictFollowsTheInterval() {
        #expect(LimitStanding.Verdict(of: 1...2, limit: 2) == .within)
        #expect(LimitStanding.Verdict(of: 1...2, limit: 1) == .undecided)
        #expect(LimitStanding.Verdict(of: 1...2, limit: 0.5) == .over)
        #expect(LimitStanding(of: SampleMean([4]), nil, limit: 9).verdict == .undecided)
        #expect(LimitStanding(of: SampleMean([4]), nil, limit: 9).drawsToDecide == nil)
    }

    @Test(arguments: [nil, 0.0...5, 0.0...300], [0.55, 0.8, 1.1])
    func asManyDrawsAsNamedDecideAndAThirdDoesNot(_ range: ClosedRange<Double>?, limit: Double) throws {
        let few = standing(costs(20), range: range, limit: limit)
        #expect(few.verdict == .undecided)
        let needed = try #require(few.drawsToDecide)
        #expect(standing(costs(needed * 5 / 4), range: range, limit: limit).verdict != .undecided)
        // Below the mean nothing shows yet how wide the interval is: it begins at 0.
        guard limit > 0.7 else { return }
        #expect(standing(costs(needed * 3 / 10), range: range, limit: limit).verdict == .undecided)
    }

    @Test func noNumberOfDrawsShowsThatACostIsZeroOrExactlyTheLimit() {
        let clean = standing([0, 0, 0], range: 0...5, limit: 0)
        #expect(clean.verdict == .undecided && clean.drawsToDecide == nil)
        #expect(standing(costs(20), range: 0...5, limit: 0.7).drawsToDecide == nil)
    }
}

@Suite struct SampleTailTests {
    @Test func quantilesAreValuesOfTheSample() {
        let tail = SampleTail([5, 1, 4, 2, 3, 9, 8, 7, 6, 10])
        #expect([0.1, 0.5, 0.9, 0.99, 1].map(tail.quantile) == [1, 5, 9, 10, 10])
        #expect(tail.quantile(0.901) == 10 && tail.largest == 10)
        #expect(SampleTail([3]).quantile(0.01) == 3)
    }

    @Test func theValueAtRiskIsTheMeanOfTheWorstPart() {
        let tail = SampleTail((1...40).map(Double.init))
        #expect(tail.conditionalValueAtRisk(0) == 20.5)
        #expect(abs(tail.conditionalValueAtRisk(0.95) - 39.5) < 1e-12)
        // A tenth of 15 values: the largest and half of the next.
        let border = SampleTail((1...15).map(Double.init))
        #expect(abs(border.conditionalValueAtRisk(0.9) - (15 + 0.5 * 14) / 1.5) < 1e-12)
        #expect(SampleTail([1, 7]).conditionalValueAtRisk(0.95) == 7)
    }
}
