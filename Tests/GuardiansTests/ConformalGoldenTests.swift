import Foundation
import Guardians
import TestSupport
import Testing

/// What `metrics_and_bounds.json` says about held-out points.
private struct Bounds: Decodable {
    struct Count: Decodable {
        var n, k: Int
        var delta, upper, hoeffding: Double
    }
    struct High: Decodable {
        var scores: [Double]
        var alpha, threshold: Double
        var rank: Int
    }
    struct Low: Decodable {
        var densities: [Double]
        var alpha, threshold: Double
        var rank: Int
    }

    var counts: [Count]
    var high: High
    var low: Low

    enum CodingKeys: String, CodingKey {
        case counts = "clopper_pearson_upper"
        case high = "conformal_threshold_high_is_ood"
        case low = "conformal_threshold_low_density_is_ood"
    }

    static func read() throws -> Bounds {
        try Golden.decode(Bounds.self, "OGSRL", "metrics_and_bounds.json")
    }
}

@Suite struct ConformalGoldenTests {
    @Test func aThresholdForHighScoresHasTheRankOfTheSet() throws {
        let it = try Bounds.read().high
        let threshold = try ConformalThreshold(it.scores, alpha: it.alpha)
        #expect(threshold.rank == it.rank && abs(threshold.value / it.threshold - 1) <= 1e-10)
    }

    @Test func aThresholdForLowDensitiesIsItsMirrorImage() throws {
        let it = try Bounds.read().low
        let threshold = try ConformalThreshold(it.densities.map { -$0 }, alpha: it.alpha)
        #expect(it.densities.count + 1 - threshold.rank == it.rank)
        #expect(abs(-threshold.value / it.threshold - 1) <= 1e-10)
    }

    @Test func certificatesHaveTheBoundsOfTheSet() throws {
        for it in try Bounds.read().counts {
            let count = GuardianCalibration(.heldOut, alpha: nil, points: it.n, rejections: it.k)
            let certificate = CoverageCertificate(count, confidence: 1 - it.delta)
            #expect(abs(certificate.upperBound - it.upper) <= 1e-10)
            #expect(abs(certificate.hoeffdingBound - it.hoeffding) <= 1e-10)
        }
    }
}
