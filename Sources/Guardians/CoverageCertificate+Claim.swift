import Assurance
import Foundation

extension CoverageCertificate {
    /// The bound on false alarms as a claim.
    ///
    /// - Parameters:
    ///   - guardian: its kind, such as `kde`.
    ///   - subject: the data that it was fitted to.
    /// - Returns: a claim of kind `coverage`, vacuous where the bound is 1.
    public func claim(of guardian: String, about subject: ClaimSubject) -> Claim {
        Claim(
            .coverage,
            "The guardian \(guardian) calls a fresh point of the data's own kind outside with probability "
                + String(format: "%.4g at most.", upperBound),
            upperBound >= 1 ? .vacuous : .bounded,
            measured: Double(calibration.rejections) / Double(calibration.points), bound: upperBound,
            delta: 1 - confidence, conditions: assumptions, about: subject)
    }
}
