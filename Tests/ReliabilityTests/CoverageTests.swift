import Assurance
import Foundation
import Reliability
import Tensors
import TestSupport
import Testing

/// How often statements hold over 10,000 trials of laws that are known: at least as often as stated, less three standard deviations.
///
/// Seeds are fixed, so that a test that passes stays so; a test of a new seed would fail by chance once in 740.
@Suite struct CoverageTests {
    private static let trials = 10_000

    /// Share of trials less what three standard deviations of a share of `nominal` allow.
    private static func isAtLeast(_ nominal: Double, _ share: Double) -> Bool {
        share >= nominal - 3 * (nominal * (1 - nominal) / Double(trials)).squareRoot()
    }

    private static func stream(_ index: UInt32) -> RandomStream {
        RandomStream(seed: 17, for: .testing, index: index)
    }

    /// A draw with a long tail.
    private static func score(_ stream: inout RandomStream) -> Double {
        -log(1 - stream.nextPreciseUniform())
    }

    @Test(arguments: [(19, 0.05), (37, 0.1), (100, 0.2), (9, 0.1)])
    func aFreshScoreIsCovered(_ count: Int, _ alpha: Double) throws {
        var stream = Self.stream(1)
        var covered = 0
        for _ in 0..<Self.trials {
            let scores = (0..<count).map { _ in Self.score(&stream) }
            if Self.score(&stream) <= (try SplitConformal.threshold(scores, alpha: alpha)) { covered += 1 }
        }
        let share = Double(covered) / Double(Self.trials)
        #expect(Self.isAtLeast(1 - alpha, share), "\(share)")
        // No more than the law says, by three standard deviations: a threshold that is too high would pass above.
        let law = try #require(CoverageLaw(count: count, alpha: alpha))
        #expect(
            share <= law.mean + 3 * (law.mean * (1 - law.mean) / Double(Self.trials)).squareRoot(), "\(share)"
        )
    }

    @Test func everyGroupIsCoveredByItself() throws {
        var stream = Self.stream(2)
        var (covered, seen) = ([0, 0, 0], [0, 0, 0])
        for _ in 0..<Self.trials {
            let groups = (0..<90).map { $0 % 3 }
            // Groups of very different spread: one threshold for all would miss half of the widest.
            let scores = groups.map { Self.score(&stream) * Double(1 + 9 * $0) }
            let thresholds = try SplitConformal.thresholds(scores, groups: groups, of: [0, 1, 2], alpha: 0.1)
            let group = stream.nextInteger(below: 3)
            seen[group] += 1
            if Self.score(&stream) * Double(1 + 9 * group) <= thresholds[group] { covered[group] += 1 }
        }
        for (covered, seen) in zip(covered, seen) {
            let share = Double(covered) / Double(seen)
            #expect(share >= 0.9 - 3 * (0.09 / Double(seen)).squareRoot(), "\(share)")
        }
    }

    /// Scores uniform in the sample, and of density 2x where they are used: the likelihood ratio is 2x.
    @Test func aKnownShiftIsCoveredByWeights() throws {
        var stream = Self.stream(3)
        var (weighted, plain) = (0, 0)
        for _ in 0..<Self.trials {
            let scores = (0..<60).map { _ in stream.nextPreciseUniform() }
            let fresh = stream.nextPreciseUniform().squareRoot()
            let threshold = try SplitConformal.threshold(
                scores, weights: scores.map { 2 * $0 }, testWeight: 2 * fresh, alpha: 0.1)
            if fresh <= threshold { weighted += 1 }
            if fresh <= (try SplitConformal.threshold(scores, alpha: 0.1)) { plain += 1 }
        }
        #expect(Self.isAtLeast(0.9, Double(weighted) / Double(Self.trials)))
        // The comparison means something only if the shift breaks what has no weights.
        #expect(Double(plain) / Double(Self.trials) < 0.85)
    }

    @Test func aBandHoldsAFreshCost() throws {
        var stream = Self.stream(4)
        var covered = [0, 0]
        for _ in 0..<Self.trials {
            var episodes = (0..<51).map { _ in
                let scale = 0.1 + stream.nextPreciseUniform()
                return (predicted: 3 * scale, scale: scale, cost: 3 * scale + scale * Self.score(&stream))
            }
            let fresh = episodes.removeLast()
            let (predicted, observed) = (episodes.map(\.predicted), episodes.map(\.cost))
            let additive = try CostToGoBand(predicted: predicted, observed: observed, alpha: 0.1)
            let scaled = try CostToGoBand(
                predicted: predicted, observed: observed, scale: episodes.map(\.scale), alpha: 0.1)
            if fresh.cost <= additive.upper(fresh.predicted) { covered[0] += 1 }
            if fresh.cost <= scaled.upper(fresh.predicted, scale: fresh.scale) { covered[1] += 1 }
        }
        for covered in covered { #expect(Self.isAtLeast(0.9, Double(covered) / Double(Self.trials))) }
    }

    @Test(arguments: LabelSets.Score.allCases)
    func setsHoldTheTrueClass(_ score: LabelSets.Score) throws {
        var stream = Self.stream(5)
        var covered = 0
        for _ in 0..<Self.trials {
            // Probabilities that say little of the label: sets must hold it all the same.
            var rows = (0..<41).map { _ in
                let draws = (0..<4).map { _ in Self.score(&stream) }
                let label = stream.nextUniform() < 0.5 ? 0 : stream.nextInteger(below: 4)
                return (draws.map { $0 / draws.reduce(0, +) }, label)
            }
            let fresh = rows.removeLast()
            let sets = try LabelSets(
                probabilities: rows.map(\.0), labels: rows.map(\.1), score: score, alpha: 0.1)
            if sets(fresh.0).contains(fresh.1) { covered += 1 }
        }
        #expect(Self.isAtLeast(0.9, Double(covered) / Double(Self.trials)))
    }

    @Test func pValuesAreSeldomSmall() {
        var stream = Self.stream(6)
        let small = (0..<Self.trials).count { _ in
            let scores = (0..<30).map { _ in Self.score(&stream) }
            return SplitConformal.pValue(Self.score(&stream), among: scores) <= 0.1
        }
        #expect(Self.isAtLeast(0.9, 1 - Double(small) / Double(Self.trials)))
    }

    /// On a stream that drifts without end the share of misses stays within the guarantee, and a fixed threshold's does not.
    @Test(arguments: [(0.1, 0.05), (0.2, 0.01), (0.05, 0.1)])
    func theAdaptiveGuaranteeHoldsOnDriftingStreams(_ alpha: Double, _ gamma: Double) throws {
        for index in 0..<20 as Range<UInt32> {
            var stream = Self.stream(100 + index)
            let scores = (0..<100).map { _ in Self.score(&stream) }
            var adaptive = try AdaptiveConformal(scores: scores, alpha: alpha, gamma: gamma)
            let fixed = adaptive.threshold
            var fixedMisses = 0
            for step in 0..<2000 {
                let score = Self.score(&stream) * (1 + Double(step) / 200)
                if score > fixed { fixedMisses += 1 }
                _ = adaptive.observe(score)
                #expect(abs(Double(adaptive.misses) / Double(adaptive.steps) - alpha) <= adaptive.guarantee)
            }
            #expect(Double(fixedMisses) / 2000 > alpha + adaptive.guarantee)
        }
    }

    /// Losses h·1[u > λ] with u, h uniform: the risk at λ is (1 − λ)/2.
    private static func curve(_ units: Int, _ stream: inout RandomStream) throws -> RiskCurve {
        let drawn = (0..<units).map { _ in (stream.nextPreciseUniform(), stream.nextPreciseUniform()) }
        let settings = (0...50).map { Double($0) / 50 }
        return try RiskCurve(
            settings: settings, losses: settings.map { setting in drawn.map { $0.0 > setting ? $0.1 : 0 } })
    }

    @Test func controlledRiskIsKeptOnAverage() throws {
        var stream = Self.stream(7)
        var losses: [Double] = []
        for _ in 0..<Self.trials {
            let setting = try #require(try Self.curve(40, &stream).controlled(alpha: 0.15))
            // A fresh unit.
            losses.append(stream.nextPreciseUniform() > setting ? stream.nextPreciseUniform() : 0)
        }
        let mean = MonteCarloMean(losses)
        #expect(mean.mean <= 0.15 + 3 * mean.standardError, "\(mean)")
        #expect(mean.mean > 0.1, "\(mean): far more cautious than it need be")
    }

    @Test(arguments: RiskBound.allCases)
    func controlledSetsKeepTheirRiskWithHighProbability(_ bound: RiskBound) throws {
        var stream = Self.stream(8)
        var (kept, found) = (0, 0)
        for _ in 0..<Self.trials {
            guard let setting = try Self.curve(60, &stream).controlled(bound, alpha: 0.2, delta: 0.1) else {
                kept += 1
                continue
            }
            found += 1
            if (1 - setting) / 2 <= 0.2 { kept += 1 }
        }
        #expect(Self.isAtLeast(0.9, Double(kept) / Double(Self.trials)), "\(kept)")
        #expect(found > Self.trials / 2, "\(found) settings of \(Self.trials)")
    }

    /// Ten risks at and above α, none of which may be called smaller.
    @Test func trueHypothesesAreSeldomRejected() {
        var stream = Self.stream(9)
        var rejected = [0, 0, 0]
        let risks = (0..<10).map { 0.1 + 0.002 * Double($0) }
        for _ in 0..<Self.trials {
            let pValues = risks.map { risk in
                RiskTest.exact(
                    (0..<100).count { _ in stream.nextPreciseUniform() < risk }, of: 100, alpha: 0.1)
            }
            if !MultipleTests.bonferroni(pValues, delta: 0.1).isEmpty { rejected[0] += 1 }
            if !MultipleTests.holm(pValues, delta: 0.1).isEmpty { rejected[1] += 1 }
            if !MultipleTests.fixedSequence(pValues, delta: 0.1).isEmpty { rejected[2] += 1 }
        }
        for count in rejected { #expect(Self.isAtLeast(0.9, 1 - Double(count) / Double(Self.trials))) }
    }

    /// Values of starts uniform in [−2, 1]; the risk is 0.02 + 0.16·(value + 2), which is 0.34 at −0 and 0.1 on average at −1 or below.
    @Test func bothStatementsOnFeasibilityHold() {
        var stream = Self.stream(10)
        func start() -> (value: Double, isViolated: Bool) {
            let value = 3 * stream.nextPreciseUniform() - 2
            return (value, stream.nextPreciseUniform() < Self.risk(at: value))
        }
        var (seldom, right, accepted) = (0, 0, 0)
        for _ in 0..<Self.trials {
            let starts = (0..<120).map { _ in start() }
            let level = FalseSafeLevel(violating: starts.filter(\.isViolated).map(\.value), alpha: 0.1).level
            var fresh = start()
            while !fresh.isViolated { fresh = start() }
            if !(fresh.value < level ?? -.infinity) { seldom += 1 }
            let called = CalledSafeRisk(
                starts, levels: FeasibilityStatements.levels, alpha: 0.1, delta: 0.1)
            guard let kept = called.accepted?.level else {
                right += 1
                continue
            }
            accepted += 1
            // The mean risk of starts in [−2, level].
            if (Self.risk(at: -2) + Self.risk(at: kept)) / 2 <= 0.1 { right += 1 }
        }
        #expect(Self.isAtLeast(0.9, Double(seldom) / Double(Self.trials)), "\(seldom)")
        #expect(Self.isAtLeast(0.9, Double(right) / Double(Self.trials)), "\(right)")
        #expect(accepted > 500, "\(accepted) levels in \(Self.trials) trials")
    }

    private static func risk(at value: Double) -> Double { 0.02 + 0.16 * (value + 2) }

    /// With rows as units a sample of few episodes, whose rows follow each other, pretends to be one of many.
    ///
    /// The threshold then lies below the largest episode, and a fresh row lies above it far more often than stated.
    @Test(arguments: [5, 14])
    func rowsInsteadOfEpisodesUnderCover(_ count: Int) throws {
        var stream = Self.stream(11)
        var (byRows, byEpisodes) = (0, 0)
        func episode() -> [Double] {
            var (value, rows) = (Double(stream.nextNormal()), [Double]())
            for _ in 0..<50 {
                rows.append(value)
                value = 0.999 * value + (1 - 0.999 * 0.999).squareRoot() * Double(stream.nextNormal())
            }
            return rows
        }
        for _ in 0..<Self.trials {
            let episodes = (0..<count).map { _ in episode() }
            let step = stream.nextInteger(below: 50)
            let fresh = episode()[step]
            if fresh <= (try SplitConformal.threshold(episodes.flatMap { $0 }, alpha: 0.1)) { byRows += 1 }
            if fresh <= (try SplitConformal.threshold(episodes.map { $0[step] }, alpha: 0.1)) {
                byEpisodes += 1
            }
        }
        #expect(Self.isAtLeast(0.9, Double(byEpisodes) / Double(Self.trials)), "\(byEpisodes)")
        #expect(!Self.isAtLeast(0.9, Double(byRows) / Double(Self.trials)), "\(byRows)")
        #expect(Double(byRows) / Double(Self.trials) < 0.88, "\(byRows)")
    }
}
