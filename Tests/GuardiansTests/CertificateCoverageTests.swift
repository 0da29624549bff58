import Assurance
import Foundation
import Guardians
import Tensors
import Testing

/// Certificates of fitted guardians beside the true probability of a false alarm, 1,000 repetitions each.
///
/// Guardians are fitted and calibrated as OGSRL does it; the truth is known because the recordings come from known laws.
///
/// A bound that just holds misses Bin(1000, δ) times; more than 6 deviations above the mean have probability below 10⁻⁸.
@Suite struct CertificateCoverageTests {
    private static let repetitions = 1000

    private static func most(_ delta: Double) -> Double {
        let n = Double(repetitions)
        return n * delta + 6 * (n * delta * (1 - delta)).squareRoot()
    }

    /// How probable the 12 cells of a ward are; an episode draws cells of one of eight wards, for 1 to 5 steps.
    ///
    /// The steps of an episode are dependent, which is why one of each counts.
    private static let cells: [Double] = {
        let weights = (1...12).map { 1 / Double($0 * $0) }
        return weights.map { $0 / weights.reduce(0, +) }
    }()

    private static func cohort(
        episodes: Int, using stream: inout RandomStream
    ) -> (points: Matrix, episodes: [Range<Int>]) {
        var (rows, ranges): ([Double], [Range<Int>]) = ([], [])
        for _ in 0..<episodes {
            let (ward, first) = (stream.nextInteger(below: 8), rows.count / 2)
            for _ in 0...stream.nextInteger(below: 5) {
                var (rest, cell) = (Double(stream.nextUniform()), 0)
                while cell < 11, rest >= cells[cell] {
                    rest -= cells[cell]
                    cell += 1
                }
                rows += [Double(ward), Double(cell)]
            }
            ranges.append(first..<rows.count / 2)
        }
        return (Matrix(rows.count / 2, 2, rows), ranges)
    }

    @Test(arguments: [0.2, 0.1, 0.05]) func theCountGuardiansCertificateHolds(delta: Double) throws {
        var stream = RandomStream(seed: 8, for: .testing)
        let every = Matrix(96, 2, (0..<96).flatMap { [Double($0 / 12), Double($0 % 12)] })
        var (exact, hoeffding, alarms) = (0, 0, 0.0)
        for repetition in 0..<Self.repetitions {
            let (points, episodes) = Self.cohort(episodes: 80, using: &stream)
            let guardian = try CountGuardian(
                .init(),
                fittedTo: GuardianData(
                    points: points, episodes: episodes, holdingOut: 0.5, seed: UInt64(repetition)))
            let truth = zip(try guardian.isOutside(every), 0..<96).reduce(0.0) {
                $1.0 ? $0 + Self.cells[$1.1 % 12] / 8 : $0
            }
            let certificate = try #require(guardian.certificate(confidence: 1 - delta))
            exact += certificate.upperBound < truth ? 1 : 0
            hoeffding += certificate.hoeffdingBound < truth ? 1 : 0
            alarms += truth / Double(Self.repetitions)
        }
        #expect(Double(exact) <= Self.most(delta) && Double(hoeffding) <= Self.most(delta))
        #expect(hoeffding <= exact && exact > 0 && alarms > 0.02)
    }

    @Test(arguments: [0.2, 0.1, 0.05]) func theConformalDensitysCertificateHolds(delta: Double) throws {
        var stream = RandomStream(seed: 9, for: .testing)
        // Outside is what the density calls so: a set of intervals, whose normal mass is summed over a fine grid.
        let grid = Matrix(1601, 1, (0...1600).map { Double($0) / 200 - 4 })
        let masses = grid.elements.map { exp(-0.5 * $0 * $0) / (2 * Double.pi).squareRoot() / 200 }
        var options = DensityGuardian.Configuration()
        (options.bandwidth, options.threshold) = (0.2, .conformal(alpha: 0.1))
        var (exact, hoeffding) = (0, 0)
        for _ in 0..<Self.repetitions {
            let draws = (0..<60).map { _ in Double(stream.nextNormal()) }
            let data = try GuardianData(
                points: Matrix(30, 1, Array(draws.prefix(30))),
                heldOut: Matrix(30, 1, Array(draws.suffix(30))))
            let guardian = try DensityGuardian(options, fittedTo: data)
            let inside = zip(try guardian.isOutside(grid), masses).reduce(0.0) { $1.0 ? $0 : $0 + $1.1 }
            let certificate = try #require(guardian.certificate(confidence: 1 - delta))
            exact += certificate.upperBound < 1 - inside ? 1 : 0
            hoeffding += certificate.hoeffdingBound < 1 - inside ? 1 : 0
        }
        #expect(Double(exact) <= Self.most(delta) && Double(hoeffding) <= Self.most(delta))
        // The exact bound of a continuous score misses as often as it may, so that this test would notice a loose one too.
        #expect(Double(exact) >= 1000 * delta - 6 * (1000 * delta * (1 - delta)).squareRoot(), "\(exact)")
    }

    @Test(arguments: [0.2, 0.1, 0.05]) func theCertificateOfRolloutsHolds(delta: Double) throws {
        var stream = RandomStream(seed: 10, for: .testing)
        var misses = 0
        for _ in 0..<Self.repetitions {
            let leaving = Double(stream.nextUniform()) * 0.2
            let outside = (0..<200).count { _ in Double(stream.nextUniform()) < leaving }
            misses +=
                ModelRolloutCertificate(outside: outside, of: 200, delta: delta).upperBound < leaving ? 1 : 0
        }
        #expect(Double(misses) <= Self.most(delta) && misses > 0)
    }
}
