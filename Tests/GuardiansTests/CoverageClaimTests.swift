import Assurance
import Guardians
import Testing

/// What a guardian's calibration says as a claim.
@Suite struct CoverageClaimTests {
    private let subject = ClaimSubject(policy: "p", configuration: "c", data: "d")

    @Test func aCountOfRejectedPointsBoundsHowManyAreRejected() {
        let calibration = GuardianCalibration(.heldOut, alpha: 0.1, points: 50, rejections: 5)
        let coverage = CoverageCertificate(calibration, confidence: 0.9).claim(of: "kde", about: subject)
        #expect(coverage.kind == .coverage && coverage.verdict == .bounded)
        #expect(coverage.measured == 0.1 && (coverage.bound ?? 0) > 0.1)
        #expect(abs((coverage.delta ?? 0) - 0.1) < 1e-12)
    }

    @Test func aGuardianThatRejectsAllClaimsNothing() {
        let always = GuardianCalibration(.heldOut, alpha: nil, points: 3, rejections: 3)
        #expect(CoverageCertificate(always, confidence: 0.9).claim(of: "kde", about: subject).isVacuous)
    }
}
