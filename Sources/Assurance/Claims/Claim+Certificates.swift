import Foundation

extension SafetyReport {
    /// The verdict as a claim.
    ///
    /// - Parameters:
    ///   - tested: what was bounded, in words, such as `mean cost of an episode`.
    ///   - subject: what was tested.
    /// - Returns: a claim of kind `test`.
    public func claim(that tested: String, about subject: ClaimSubject) -> Claim {
        let verdict: Claim.Verdict =
            isCertified ? .certified : isVacuous ? .vacuous : .noSolutionFound
        return Claim(
            .test, "The \(tested) in \(origin.name) is at most \(String(format: "%g", limit)).", verdict,
            measured: mean, bound: upperBound, limit: limit, delta: delta,
            conditions: ["Assumed: \(assumptions).", statement] + cautions, about: subject)
    }
}

extension ModelRolloutCertificate {
    /// The bound on leaving the support as a claim.
    ///
    /// - Parameter subject: the policy that was rolled out.
    /// - Returns: a claim of kind `rollouts`, vacuous where the bound is 1.
    public func claim(about subject: ClaimSubject) -> Claim {
        Claim(
            .rollouts,
            "A roll-out in the learned model leaves the support with probability "
                + String(format: "%.4g at most.", upperBound),
            isVacuous ? .vacuous : .bounded, measured: Double(outside) / Double(rollouts), bound: upperBound,
            delta: delta,
            conditions: [
                "The roll-outs are independent, of one fixed policy, from starts drawn independently.",
                "It is relative to the learned model, not to the system that it models.",
            ], about: subject)
    }
}

extension SupportCertificate {
    /// The error of values that the theorems allow, as a claim.
    ///
    /// - Parameter subject: the data that the numbers are of.
    /// - Returns: a claim of kind `theorem`, vacuous where the error reaches the trivial range.
    public func claim(about subject: ClaimSubject) -> Claim {
        Claim(
            .theorem,
            "The value of a policy in the guarded model differs from its true value by "
                + String(format: "%.4g at most.", valueError),
            isVacuous ? .vacuous : .bounded, bound: valueError.isFinite ? valueError : nil,
            limit: trivialRange.isFinite ? trivialRange : nil,
            delta: confidence < 1 && confidence > 0 ? 1 - confidence : nil,
            conditions: [
                "The theorem's own assumptions hold for the given numbers; Theorem 1 is taken as proved, not as printed.",
                "The rows of the data are independent.",
            ], about: subject)
    }
}
