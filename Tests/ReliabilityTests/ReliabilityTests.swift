import Foundation
import Reliability
import Tensors
import Testing

/// Signs that are known beforehand, and rows that no figure can be made of.
@Suite struct ReliabilityTests {
    private static func rows(_ probability: (Double) -> Double) -> (confidence: [Double], hit: [Bool]) {
        var stream = RandomStream(seed: 3, for: .testing)
        let truth = (0..<4000).map { _ in stream.nextPreciseUniform() }
        return (truth.map(probability), truth.map { stream.nextPreciseUniform() < $0 })
    }

    @Test func anOverConfidentModelIsSeenToBeSoAndAnUnderConfidentOneToo() throws {
        let over = Self.rows { min(1, $0 + 0.1) }
        let under = Self.rows { max(0, $0 - 0.1) }
        let fair = Self.rows { $0 }
        #expect(try CalibrationTable(confidence: over.confidence, hit: over.hit).signed > 0.05)
        #expect(try CalibrationTable(confidence: under.confidence, hit: under.hit).signed < -0.05)
        let table = try CalibrationTable(confidence: fair.confidence, hit: fair.hit)
        #expect(abs(table.signed) < 0.03 && table.rootDebiased < 0.03)
    }

    @Test func aModelThatErrsBothWaysHasNoSignOfItsOwnButAScoreOfClasses() throws {
        // Over-confident on class 0 by as much as under-confident on the others.
        let labels = (0..<900).map { $0 % 3 }
        let confidence = labels.map { $0 == 0 ? 0.9 : 0.6 }
        let hit = labels.indices.map { labels[$0] == 0 ? $0 % 2 == 0 : $0 % 5 != 0 }
        let table = try CalibrationTable(confidence: confidence, hit: hit)
        let classes = try ClassWiseCalibration(confidence: confidence, hit: hit, labels: labels, classes: 4)
        #expect(abs(table.signed) < 1e-9)
        #expect(abs(classes.miscalibrationScore) > 0.05)
        #expect(classes.overClasses == 1 && classes.underClasses == 2 && classes.signed[3] == nil)
    }

    @Test func partsOfTheErrorAddUp() throws {
        let (confidence, hit) = Self.rows { min(1, max(0, 1.4 * $0 - 0.2)) }
        for rule in [BinRule.equalWidth(15), .equalWidth(1), .equalMass(10)] {
            let table = try CalibrationTable(confidence: confidence, hit: hit, rule: rule)
            #expect(abs(table.over + table.under - table.ece) < 1e-12)
            #expect(abs(table.over - table.under - table.signed) < 1e-12)
            #expect(table.bins.reduce(0) { $0 + $1.count } == table.rows)
        }
        let scores = try ProperScores(probability: confidence, hit: hit, bins: 200)
        let parts = scores.murphy.reliability - scores.murphy.resolution + scores.murphy.uncertainty
        #expect(abs(parts - scores.brier) < 1e-3)
    }

    @Test func equalWidthBinsHoldTheirUpperEdge() throws {
        for bins in 1...40 {
            let edges = (0...bins).map { Double($0) / Double(bins) }
            let table = try CalibrationTable(
                confidence: edges + edges.map { $0.nextUp }.filter { $0 < 1 },
                hit: [Bool](repeating: true, count: 2 * bins + 1), rule: .equalWidth(bins))
            #expect(table.bins.map(\.count) == (0..<bins).map { $0 == 0 ? 3 : 2 })
        }
    }

    @Test func intervalsDrawEpisodesAndAreTheSameForTheSameStream() {
        let stream = RandomStream(seed: 4, for: .splitting, index: 9)
        let bootstrap = EpisodeBootstrap(stream: stream)
        // 40 episodes of 100 equal rows: the spread is that of 40 numbers.
        let sums = (0..<40).map { $0 % 2 == 0 ? 100.0 : 0 }
        let interval = bootstrap.ratio(sums, sums.map { _ in 100 })
        #expect(interval == bootstrap.ratio(sums, sums.map { _ in 100 }))
        let width = (interval?.upperBound ?? 0) - (interval?.lowerBound ?? 0)
        #expect(width > 0.25 && width < 0.35, "\(width)")
        #expect(bootstrap.ratio(Array(sums[..<19]), sums[..<19].map { _ in 100 }) == nil)
    }

    @Test func isotonicNeverFallsAndPoolsWhatDoes() throws {
        let fit = try IsotonicCalibration(
            scores: [3, 1, 2, 2, 5, 4], hit: [false, false, true, true, true, false])
        #expect(fit.scores == [1, 2, 4, 5])
        #expect(fit.probabilities == [0, 0.5, 0.5, 1])
        #expect(fit(-9) == 0 && fit(1.5) == 0.25 && fit(3) == 0.5 && fit(4.5) == 0.75 && fit(9) == 1)
        let (confidence, hit) = Self.rows { $0 * $0 }
        let large = try IsotonicCalibration(scores: confidence, hit: hit)
        #expect(zip(large.probabilities, large.probabilities.dropFirst()).allSatisfy { $0 <= $1 })
        let after = try CalibrationTable(confidence: confidence.map { large($0) }, hit: hit)
        #expect(abs(after.signed) < 1e-9)
    }

    @Test func rowsThatNoFigureCanBeMadeOfAreRefusedByName() throws {
        func refusal(_ body: () throws -> Void) -> ReliabilityError? {
            do { try body() } catch { return error as? ReliabilityError }
            return nil
        }
        #expect(
            refusal { _ = try CalibrationTable(confidence: [], hit: []) }
                == .tooFew("calibration", rows: 0, needed: 1))
        #expect(
            refusal { _ = try CalibrationTable(confidence: [0.5, .nan], hit: [true, true]) }
                == .notFinite("confidence", row: 1))
        #expect(
            refusal { _ = try CalibrationTable(confidence: [1.5], hit: [true]) }
                == .outside("confidence", value: 1.5, row: 0, low: 0, high: 1))
        #expect(
            refusal { _ = try ClassifierRows(logits: [[0, 1]], labels: [2]) }
                == .outside("label", value: 2, row: 0, low: 0, high: 1))
        #expect(
            refusal { _ = try PlattCalibration(probability: [0.1, 0.9], hit: [false, true]) }
                == .separable("Platt calibration"))
        #expect(
            refusal { _ = try PlattCalibration(probability: [0.1, 0.9], hit: [true, true]) }
                == .oneKind("Platt calibration"))
        #expect(
            refusal { _ = try SplitConformal.threshold([1, .nan], alpha: 0.1) }
                == .notFinite("score", row: 1))
        #expect(
            refusal { _ = try SplitConformal.threshold([1], weights: [-1], testWeight: 1, alpha: 0.1) }
                == .outside("likelihood ratio", value: -1, row: 0, low: 0, high: .infinity))
        #expect(
            refusal { _ = try DetectionFigures(scores: [1, 2], isOut: [true, true]) }
                == .oneKind("outlier detection"))
        #expect(
            refusal { _ = try MahalanobisDistance(Matrix(3, 2, repeating: 1)) }
                == .oneKind("Mahalanobis distance"))
        #expect(
            refusal { _ = try RiskBound.betting.upper([2], delta: 0.1) }
                == .outside("loss", value: 2, row: 0, low: 0, high: 1))
        #expect(
            refusal { _ = try OutlierScores.neighbourDistance(Matrix(1, 1), to: Matrix(3, 1)) }
                == .tooFew("neighbour distance", rows: 3, needed: 10))
        #expect(
            ReliabilityError.tooFew("calibration", rows: 0, needed: 1).description
                == "calibration: 0 rows, and 1 are needed. Record more episodes.")
    }

    @Test func boundsOfTheExtremesAreRight() throws {
        let (zeros, ones) = ([Double](repeating: 0, count: 50), [Double](repeating: 1, count: 50))
        for bound in RiskBound.allCases {
            #expect(try bound.upper(ones, delta: 0.05) >= 1)
            let least = try bound.upper(zeros, delta: 0.05)
            #expect(least > 0.01 && least < 0.2, "\(bound): \(least)")
        }
        #expect(RiskTest.hoeffdingBentkus(1, of: 10, alpha: 1) == 1)
        #expect(RiskTest.hoeffdingBentkus(0, of: 10, alpha: 1) == 0)
        #expect(RiskTest.exact(10, of: 10, alpha: 0.3) == 1)
    }

    @Test func warningsAreGivenBeyondTheirThresholds() throws {
        func gap(_ factor: Double) throws -> ErrorGap {
            let training = (0..<200).map { 1 + 0.1 * Double($0 % 7) }
            return try ErrorGap(training: training, heldOut: training.map { factor * $0 })
        }
        #expect(try gap(2.1).isWarning && !gap(1.9).isWarning)
        func repeated(_ factor: Double) throws -> Memorisation {
            let heldOut = (1...50).map(Double.init)
            return try Memorisation(training: heldOut.map { factor * $0 }, heldOut: heldOut)
        }
        #expect(try repeated(0.2).isWarning && !repeated(0.3).isWarning)
        func overestimation(_ share: Double) throws -> ValueOverestimation {
            let outcomes = (0..<40).map { [10 + 0.01 * Double($0 % 3)] }
            return try ValueOverestimation(
                predicted: outcomes.map { [$0[0] * (1 + share)] }, outcomes: outcomes)
        }
        #expect(try overestimation(0.12).isWarning && !overestimation(0.08).isWarning)
        #expect(try !overestimation(-0.5).isWarning)
    }

    /// Of the 20 orders of 3 and 3 values, 2 part them, 6 leave one on the wrong side of a part by two thirds or more in all.
    @Test func theChanceOfADifferenceIsCountedExactly() throws {
        func chance(_ a: [Double], _ b: [Double]) throws -> Double {
            try Memorisation(training: a, heldOut: b).pValue
        }
        #expect(abs(try chance([1, 2, 3], [4, 5, 6]) - 2.0 / 20) < 1e-15)
        #expect(abs(try chance([1, 2, 4], [3, 5, 6]) - 12.0 / 20) < 1e-15)
        #expect(try chance([1, 3, 5], [2, 4, 6]) == 1)
        // C(400, 20)/C(400, 200), twice.
        let parted = try chance((0..<200).map { Double($0) }, (0..<200).map { Double($0 + 180) })
        let exact = 2 * exp((0..<180).reduce(0) { $0 + log(Double(200 - $1)) - log(Double(201 + $1)) })
        #expect(abs(parted / exact - 1) < 1e-9)
    }

    @Test func aCostThatIsAboveItsLimitFromTheStartIsCriticalAtOnce() throws {
        let summary = try PerturbationSummary(
            levels: [0, 1], returns: [-1, -2], costs: [3, 4], limit: 2)
        #expect(summary.criticalLevel == 0 && summary.retained == nil && summary.meanReturn == -1.5)
        let never = try PerturbationSummary(levels: [0, 1], returns: [4, 2], costs: [1, 2], limit: 2)
        #expect(never.criticalLevel == nil && never.retained == 0.75)
    }
}
