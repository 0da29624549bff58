import Foundation
import Guardians
import Tensors
import TestSupport
import Testing

@Suite struct DensityGuardianTests {
    /// The formula term by term.
    private static func plain(_ x: [Double], _ references: Matrix, _ bandwidth: Double) -> Double {
        let sum = (0..<references.rows).reduce(0.0) { sum, row in
            let square = x.indices.reduce(0.0) {
                $0 + (x[$1] - references[row, $1]) * (x[$1] - references[row, $1])
            }
            return sum + exp(-square / (2 * bandwidth * bandwidth))
        }
        return sum / Double(references.rows) / (bandwidth * (2 * Double.pi).squareRoot())
    }

    @Test func decisionsAreThoseOfThePlainFormula() throws {
        let points = SampledPoints.cloud(3000, 4, seed: 1)
        for (bandwidth, alpha) in [(0.535, 0.05), (0.1, 0.3)] {
            var options = DensityGuardian.Configuration()
            (options.bandwidth, options.threshold) = (bandwidth, .quantile(alpha: alpha))
            let guardian = try DensityGuardian(options, fittedTo: GuardianData(points: points))
            let scaling = try FeatureScaling(of: points, constantFeatures: .raw)
            let (references, queries) = (scaling.scaled(points), SampledPoints.cloud(700, 4, seed: 2))
            let scaled = scaling.scaled(queries)
            let threshold = exp(-guardian.threshold)
            var expected: [Bool] = []
            for row in 0..<700 {
                let exact = Self.plain(Array(scaled.elements[4 * row..<4 * row + 4]), references, bandwidth)
                // No query may be so near the threshold that rounding decides.
                try #require(abs(exact / threshold - 1) > 1e-9)
                expected.append(exact < threshold)
            }
            #expect(try guardian.isOutside(queries) == expected)
            #expect(try guardian.score(queries).map { $0 > guardian.threshold } == expected)
            #expect(expected.contains(true) && expected.contains(false))
        }
    }

    @Test func stoppingEarlyDecidesAsTheWholeSumDoes() throws {
        let points = SampledPoints.cloud(2500, 3, seed: 3)
        var options = DensityGuardian.Configuration()
        let scores = try DensityGuardian(options, fittedTo: GuardianData(points: points)).score(points)
        // Thresholds that are scores themselves, and their neighbours.
        for score in scores.prefix(8) {
            for threshold in [score, score.nextUp, score.nextDown] {
                options.threshold = .fixed(threshold)
                let guardian = try DensityGuardian(options, fittedTo: GuardianData(points: points))
                #expect(try guardian.isOutside(points) == scores.map { $0 > threshold })
            }
        }
    }

    @Test func theShareOutsideIsThatOfTheDecisions() throws {
        let points = SampledPoints.cloud(900, 3, seed: 7)
        var options = DensityGuardian.Configuration()
        let scores = try DensityGuardian(options, fittedTo: GuardianData(points: points)).score(points)
        // The threshold is a score: that point is inside.
        options.threshold = .fixed(scores.sorted()[700])
        let guardian = try DensityGuardian(options, fittedTo: GuardianData(points: points))
        #expect(guardian.report.trainingShareOutside == 199.0 / 900)
        options.threshold = .fixed((scores.min() ?? 0).nextDown)
        #expect(throws: GuardianError.self) {
            try DensityGuardian(options, fittedTo: GuardianData(points: points))
        }
    }

    @Test func farPointsKeepFiniteScores() throws {
        let points = SampledPoints.cloud(50, 2, seed: 4)
        var options = DensityGuardian.Configuration()
        options.bandwidth = 0.01
        let guardian = try DensityGuardian(options, fittedTo: GuardianData(points: points))
        let far = Matrix(3, 2, [20, 20, 1e4, 0, 1e6, 1e6])
        let scores = try guardian.score(far)
        #expect(try guardian.densities(far)[1...].allSatisfy { $0 < 1e-280 })
        #expect(scores.allSatisfy(\.isFinite) && scores[0] < scores[1] && scores[1] < scores[2])
        #expect(try guardian.isOutside(far) == [true, true, true])
    }

    @Test func aQuantileThatIsATrainingPointKeepsItInside() throws {
        // (21 − 1)·0.1 is whole: the threshold is the third smallest density itself.
        let points = SampledPoints.cloud(21, 2, seed: 5)
        var options = DensityGuardian.Configuration()
        options.threshold = .quantile(alpha: 0.1)
        let guardian = try DensityGuardian(options, fittedTo: GuardianData(points: points))
        #expect(try guardian.isOutside(points).count { $0 } == 2)
        #expect(try guardian.score(points).contains(guardian.threshold))
    }

    @Test func aConstantFeatureStaysAsItIs() throws {
        var points = SampledPoints.cloud(100, 2, seed: 6)
        for row in 0..<100 { points[row, 1] = 3.25 }
        let guardian = try DensityGuardian(
            DensityGuardian.Configuration(), fittedTo: GuardianData(points: points))
        let shifted = Matrix(2, 2, [points[0, 0], 3.25, points[0, 0], 3.25 + 0.535])
        let densities = try guardian.densities(shifted)
        #expect(abs(densities[1] / densities[0] - exp(-0.5)) <= 1e-14)
    }
}

@Suite struct OtherGuardianTests {
    @Test func theScoreIsTheDistanceToTheKthNeighbour() throws {
        let points = Matrix(4, 1, [0, 1, 3, 10])  // scaled: −1, −0.8, −0.4, 1
        var options = NeighbourGuardian.Configuration()
        (options.neighbours, options.threshold) = (2, .fixed(1.25))
        let guardian = try NeighbourGuardian(options, fittedTo: GuardianData(points: points))
        let scores = try guardian.score(Matrix(3, 1, [0, 5, 20]))
        #expect(zip(scores, [0.2, 0.8, 3.4]).allSatisfy { abs($0 - $1) <= 1e-14 })
        #expect(try guardian.isOutside(Matrix(3, 1, [0, 5, 20])) == [false, false, true])
        // Without themselves the training points have 0.6, 0.4, 0.6 and 1.8.
        #expect(guardian.report.trainingShareOutside == 0.25)
        options.threshold = .quantile(alpha: 0)
        let farthest = try NeighbourGuardian(options, fittedTo: GuardianData(points: points))
        #expect(abs(farthest.threshold - 1.8) <= 1e-14)
    }

    @Test func whatIsVisitedTooRarelyIsOutside() throws {
        let points = Matrix(6, 2, [1, 0, 2, 5, 1, -0.0, 1, 0, 2, 5, 7, 7])
        let asked = Matrix(5, 2, [-0.0, 1, 1, 0, 2, 5, 7, 7, 2, 5.000001])
        for (visits, outside) in [
            (1, [true, false, false, false, true]), (2, [true, false, false, true, true]),
            (3, [true, false, true, true, true]),
        ] {
            var options = CountGuardian.Configuration()
            options.visits = visits
            let guardian = try CountGuardian(options, fittedTo: GuardianData(points: points))
            #expect(try guardian.score(asked) == [0, -3, -2, -1, 0])
            #expect(try guardian.isOutside(asked) == outside)
        }
        var options = CountGuardian.Configuration()
        options.visits = 4
        #expect(throws: GuardianError.rejectsEverything(threshold: -4, remedy: "Lower visits")) {
            try CountGuardian(options, fittedTo: GuardianData(points: points))
        }
    }

    /// Two lines that cross at 1.
    struct Lines: Disagreeing {
        var slope = 2.0
        let pointSize = 1
        func disagreement(about points: Matrix) throws -> [Double] {
            points.elements.map { $0 == 99 ? .nan : abs(slope * ($0 - 1)) }
        }
    }

    @Test func membersThatDisagreeMarkTheOutside() throws {
        let data = try GuardianData(points: Matrix(5, 1, [0, 0.5, 1, 1.5, 2]))
        var options = EnsembleGuardian.Configuration()
        options.threshold = .quantile(alpha: 0)
        let guardian = try EnsembleGuardian(options, of: Lines(), fittedTo: data)
        #expect(guardian.threshold == 2)
        #expect(try guardian.isOutside(Matrix(4, 1, [0, 2.5, 1, 99])) == [false, true, false, true])
        let record = try guardian.encoded()
        let read = try record.guardian(of: Lines())
        #expect(try read.score(data.points) == guardian.score(data.points))
        #expect(throws: GuardianError.otherModel(kind: "ensemble", stored: 2, computed: 3)) {
            try record.guardian(of: Lines(slope: 3))
        }
        #expect(
            throws: GuardianError.malformed(
                kind: "ensemble", reason: "it needs the model that it was made with")
        ) { try record.guardian() }
    }
}
