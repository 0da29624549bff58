import Assurance
import SafeRL

/// Both statements about V_h at starts, made on the first half of episodes and seen on the second.
struct FeasibilitySection {
    let plan: AssessmentPlan
    /// V_h at each start, and whether the episode was violated.
    let starts: [(value: Double, isViolated: Bool)]
    /// What the statements are relative to.
    var scope = "relative to the starts, the environment and the policy of these episodes"

    func result() -> SectionResult {
        let half = starts.count / 2
        let (made, judged) = (Array(starts[..<half]), Array(starts[half...]))
        let falseSafe = FalseSafeLevel(
            violating: made.filter(\.isViolated).map(\.value), alpha: plan.alpha)
        let called = CalledSafeRisk(
            made, levels: FeasibilityStatements.levels, alpha: plan.alpha, delta: plan.delta)
        let accepted = called.accepted
        let kept = judged.filter { start in accepted.map { start.value <= $0.level } ?? false }
        let violations = kept.count(where: \.isViolated)
        let violating = judged.filter(\.isViolated)
        let below = violating.count { start in falseSafe.level.map { start.value < $0 } ?? false }
        var result = SectionResult()
        result.members = [
            ("alpha", .figure(plan.alpha)), ("delta", .figure(plan.delta)),
            ("level", .figure(accepted?.level)), ("kept", accepted.map { .integer($0.kept) } ?? .null),
            ("violations", accepted.map { .integer($0.violations) } ?? .null),
            ("upper_bound", .figure(accepted?.upperBound)),
            ("fault", accepted == nil ? .text(called.text) : .null),
            ("judged", .object([("kept", .integer(kept.count)), ("violations", .integer(violations))])),
            (
                "false_safe",
                .object([
                    ("alpha", .figure(plan.alpha)), ("level", .figure(falseSafe.level)),
                    ("rank", .integer(falseSafe.rank)), ("violating", .integer(falseSafe.violating)),
                    ("needed", .integer(falseSafe.needed)),
                    (
                        "judged",
                        .object([
                            ("violating", .integer(violating.count)), ("called_safe", .integer(below)),
                        ])
                    ),
                ])
            ),
            ("scope", .text(scope)),
        ]
        result.lines = [
            (
                "Called safe", called.text,
                accepted == nil ? .look : Self.standing(violations, of: kept.count, plan)
            ),
            (
                "  judged",
                accepted == nil
                    ? "nothing to judge"
                    : "\(violations) of \(kept.count) fresh starts called safe were violated",
                nil
            ),
            ("Seldom false-safe", falseSafe.text, falseSafe.level == nil ? .look : nil),
            (
                "  judged",
                falseSafe.level == nil
                    ? "nothing to judge" : "\(below) of \(violating.count) fresh violating starts lie below",
                nil
            ),
        ]
        return result
    }

    /// Bad where the fresh starts reject the risk that was stated.
    private static func standing(_ violations: Int, of kept: Int, _ plan: AssessmentPlan) -> Standing {
        guard kept > 0 else { return .look }
        let count = BinomialCount(events: violations, trials: kept)
        return count.lowerBound(confidence: 1 - plan.delta) <= plan.alpha ? .good : .bad
    }
}
