import Guardians
import Tensors
import Testing

@Suite struct GuardianThresholdTests {
    @Test func aQuantileInterpolatesFromAbove() {
        let levels = [3.0, 1, 4, 10, 2]
        #expect(LevelThreshold.quantile(0, of: levels) == 10)
        #expect(LevelThreshold.quantile(0.25, of: levels) == 4)
        #expect(abs(LevelThreshold.quantile(0.05, of: levels) - 8.8) <= 1e-14)
        #expect(abs(LevelThreshold.quantile(0.2, of: levels) - 5.2) <= 1e-14)
        #expect(LevelThreshold.quantile(0.3, of: [7]) == 7)
    }

    @Test(arguments: [0, 0.02, 0.05, 0.1, 0.5]) func aBisectionLeavesAtMostItsShareOutside(alpha: Double)
        throws
    {
        var stream = RandomStream(seed: 1, for: .testing)
        // Rounded, so that many are equal.
        let levels = (0..<401).map { _ in Double((8 * stream.nextNormal()).rounded()) }
        let threshold = try #require(
            LevelThreshold.bisection(alpha, of: levels, halvings: 80, farthest: 1000))
        let outside = levels.count { $0 > threshold }
        #expect(Double(outside) <= alpha * 401)
        // No larger set of levels would do: the next one inside and its equals are too many.
        #expect(Double(levels.count { $0 >= threshold }) > alpha * 401)
    }

    @Test func aConformalThresholdSaysWhenItNeverFlags() throws {
        let few = try ConformalThreshold([1, 5, 3], alpha: 0.05)
        #expect(few.neverFlags && few.value == .infinity && few.rank == 4 && few.needed == 19)
        let enough = try ConformalThreshold((1...19).map(Double.init), alpha: 0.05)
        #expect(!enough.neverFlags && enough.value == 19 && enough.rank == 19)
        // 100·0.29 is 28.999999999999996 in a Double; the rank is that of 29.
        #expect(try ConformalThreshold((1...99).map(Double.init), alpha: 0.29).rank == 71)
        for alpha in [0, 1, -0.1, 1.5, .nan] {
            #expect(throws: GuardianError.self) { try ConformalThreshold([1], alpha: alpha) }
        }
    }

    @Test func aConformalThresholdIsExceededAtItsRate() throws {
        // With 39 scores and α = 0.1 the fresh one of 40 exchangeable scores is above the 36th with probability 0.1 exactly.
        // Over 20 000 independent repetitions the count misses 2 000 by more than 6 deviations with probability 2·10⁻⁹.
        var stream = RandomStream(seed: 2, for: .testing)
        var alarms = 0
        for _ in 0..<20_000 {
            let scores = (0..<40).map { _ in Double(stream.nextInteger() >> 11) }
            alarms +=
                scores[39] > (try ConformalThreshold(Array(scores.prefix(39)), alpha: 0.1)).value ? 1 : 0
        }
        let deviation = (20_000 * 0.1 * 0.9).squareRoot()
        #expect(abs(Double(alarms) - 2000) <= 6 * deviation, "\(alarms)")
    }

    @Test func certificatesMissNoMoreOftenThanTheySay() throws {
        // Scores uniform on [0, 1]: the false-alarm probability of a threshold t is 1 − t. Bounds at 90 % must hold in 90 %
        // of 3 000 repetitions but for 6 deviations, which fails with probability 10⁻⁹ if they just hold.
        var stream = RandomStream(seed: 3, for: .testing)
        var (exact, hoeffding, counted) = (0, 0, 0)
        for _ in 0..<3000 {
            let scores = (0..<60).map { _ in Double(stream.nextInteger() >> 11) * 0x1p-53 }
            let threshold = try ConformalThreshold(scores, alpha: 0.1)
            let conformal = GuardianCalibration(
                .conformal, alpha: 0.1, points: 60, rejections: 60 - threshold.rank)
            let certificate = CoverageCertificate(conformal, confidence: 0.9)
            exact += certificate.upperBound < 1 - threshold.value ? 1 : 0
            hoeffding += certificate.hoeffdingBound < 1 - threshold.value ? 1 : 0
            let heldOut = GuardianCalibration(
                .heldOut, alpha: nil, points: 60, rejections: scores.count { $0 > 0.85 })
            counted += CoverageCertificate(heldOut, confidence: 0.9).upperBound < 0.15 ? 1 : 0
        }
        let most = 300 + 6 * (3000 * 0.1 * 0.9).squareRoot()
        #expect(Double(exact) <= most && Double(hoeffding) <= most && Double(counted) <= most)
        // The exact bound of an order statistic of continuous scores is exact: it misses as often as it may.
        #expect(Double(exact) >= 600 - most, "\(exact)")
    }

    @Test func aGuardianCalibratedByEpisodesKeepsItsRate() throws {
        // Rows of an episode repeat each other; 60 episodes, of which 29 calibrate at α = 0.1 (rank 27 of 29). A fresh step
        // of a fresh episode is called outside with probability at most 0.1: more than 6 deviations above in 1 500
        // repetitions have probability below 10⁻⁹.
        var stream = RandomStream(seed: 4, for: .testing)
        var options = NeighbourGuardian.Configuration()
        (options.neighbours, options.threshold) = (1, .conformal(alpha: 0.1))
        var alarms = 0
        for repetition in 0..<1500 {
            var (rows, episodes): ([Double], [Range<Int>]) = ([], [])
            for _ in 0..<61 {
                let (start, length) = (rows.count, 1 + stream.nextInteger(below: 5))
                let value = Double(stream.nextNormal())
                for step in 0..<length { rows.append(value + 0.001 * Double(step)) }
                episodes.append(start..<rows.count)
            }
            let fresh = episodes.removeLast()
            let data = try GuardianData(
                points: Matrix(rows.count, 1, rows), episodes: episodes, holdingOut: 29.0 / 60,
                seed: UInt64(repetition))
            let guardian = try NeighbourGuardian(options, fittedTo: data)
            let step = fresh.lowerBound + stream.nextInteger(below: fresh.count)
            alarms += try guardian.isOutside(Matrix(1, 1, [rows[step]])) == [true] ? 1 : 0
            #expect(
                guardian.calibration == GuardianCalibration(.conformal, alpha: 0.1, points: 29, rejections: 2)
            )
        }
        let deviation = (1500 * 0.1 * 0.9).squareRoot()
        #expect(Double(alarms) <= 150 + 6 * deviation && alarms > 0, "\(alarms)")
    }

    @Test func aCertificateSaysWhatItAssumes() throws {
        let counted = GuardianCalibration(.heldOut, alpha: 0.05, points: 200, rejections: 10)
        let certificate = CoverageCertificate(counted, confidence: 0.95)
        #expect(certificate.assumptions.count == 4 && certificate.calibration == counted)
        #expect(
            certificate.assumptions.last == "The threshold was fixed before the held-out points were scored.")
        #expect(certificate.upperBound > 0.05 && certificate.upperBound < certificate.hoeffdingBound)
    }
}
