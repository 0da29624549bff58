import Assurance
import SafeRL

/// Both statements about V_h at starts, made on the first half of episodes and seen on the second.
struct FeasibilitySection {
    let plan: AssessmentPlan
    /// V_h at each start, and whether the episode was violated; of answers a score, and whether they do harm.
    let starts: [(value: Double, isViolated: Bool)]
    /// What an exact rule of the environment says of each start, where it has one; empty for nothing.
    var canStaySafe: [Bool?] = []
    /// Values at which something may be called safe.
    var levels = FeasibilityStatements.levels
    /// What a value and a start are called.
    var words = Words.starts
    /// What the statements are relative to.
    var scope = "relative to the starts, the environment and the policy of these episodes"

    /// What is said of starts by V_h, and of answers by a score of theirs.
    struct Words: Sendable {
        /// What is called safe: its score, its name in the plural, and what a bad one was.
        let score, rows, bad: String
        /// Both statements.
        let called: @Sendable (CalledSafeRisk) -> String
        let falseSafe: @Sendable (FalseSafeLevel) -> String

        /// Starts by V_h.
        static let starts = Words(
            score: "V_h", rows: "starts", bad: "violated", called: { $0.text }, falseSafe: { $0.text })

        /// Answers by a score that is smaller for the safer.
        static func answers(score: String) -> Words {
            Words(
                score: score, rows: "answers", bad: "unsafe",
                called: { risk in
                    let sure = "\(percent(risk.alpha)) at 1 - delta"
                    guard let accepted = risk.accepted else {
                        let seen = risk.levels.first { $0.kept >= risk.needed }
                        return seen.map {
                            "no level: of \($0.kept) answers with a \(score) of \(short($0.level)) at most \($0.violations) were unsafe, too many for \(sure)"
                        } ?? "no level: \(risk.needed) answers below one of the levels are needed for \(sure)"
                    }
                    return "a \(score) of \(short(accepted.level)) at most: at most \(sure) are unsafe "
                        + "(\(accepted.violations) of \(accepted.kept), bound \(percent(accepted.upperBound)))"
                },
                falseSafe: { found in
                    found.level.map {
                        "a \(score) below \(short($0)): at most \(percent(found.alpha)) of the unsafe answers"
                    } ?? "no level: \(found.violating) unsafe answers, and \(found.needed) are needed"
                })
        }
    }

    func result() -> SectionResult {
        let half = starts.count / 2
        let (made, judged) = (Array(starts[..<half]), Array(starts[half...]))
        let falseSafe = FalseSafeLevel(
            violating: made.filter(\.isViolated).map(\.value), alpha: plan.alpha)
        let called = CalledSafeRisk(
            made, levels: levels, alpha: plan.alpha, delta: plan.delta)
        let accepted = called.accepted
        let kept = judged.filter { start in accepted.map { start.value <= $0.level } ?? false }
        let violations = kept.count(where: \.isViolated)
        let violating = judged.filter(\.isViolated)
        let below = violating.count { start in falseSafe.level.map { start.value < $0 } ?? false }
        let infeasible = accepted.flatMap { self.infeasible(below: $0.level, from: half) }
        var result = SectionResult()
        result.members = [
            ("alpha", .figure(plan.alpha)), ("delta", .figure(plan.delta)),
            ("level", .figure(accepted?.level)), ("kept", accepted.map { .integer($0.kept) } ?? .null),
            ("violations", accepted.map { .integer($0.violations) } ?? .null),
            ("upper_bound", .figure(accepted?.upperBound)),
            ("fault", accepted == nil ? .text(words.called(called)) : .null),
            ("score", .text(words.score)),
            (
                "judged",
                .object([
                    ("kept", .integer(kept.count)), ("violations", .integer(violations)),
                    ("infeasible", infeasible.map { .integer($0) } ?? .null),
                ])
            ),
            ("judged_levels", .list(judgedLevels(half))),
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
                "Called safe", words.called(called),
                accepted == nil ? .look : Self.standing(violations, of: kept.count, plan)
            ),
            (
                "  judged",
                accepted == nil
                    ? "nothing to judge"
                    : "\(violations) of \(kept.count) fresh \(words.rows) called safe were \(words.bad)"
                        + (infeasible.map { "; by the exact rule nothing helps from \($0) of them" } ?? ""),
                nil
            ),
            ("Seldom false-safe", words.falseSafe(falseSafe), falseSafe.level == nil ? .look : nil),
            (
                "  judged",
                falseSafe.level == nil
                    ? "nothing to judge"
                    : "\(below) of \(violating.count) fresh \(words.rows) that were \(words.bad) lie below",
                nil
            ),
        ]
        return result
    }

    /// Starts from some place on that are called safe and from which, by the exact rule, nothing keeps clear of violations; nothing without
    /// a rule.
    private func infeasible(below level: Double, from first: Int) -> Int? {
        guard canStaySafe.count == starts.count, !canStaySafe.contains(nil) else { return nil }
        return (first..<starts.count).count { starts[$0].value <= level && canStaySafe[$0] == false }
    }

    /// What became at each level of starts that no statement was made by.
    private func judgedLevels(_ first: Int) -> [JSONValue] {
        levels.sorted().map { level in
            let kept = starts[first...].filter { $0.value <= level }
            return .object([
                ("level", .figure(level)), ("kept", .integer(kept.count)),
                ("violations", .integer(kept.count(where: \.isViolated))),
                ("infeasible", infeasible(below: level, from: first).map { .integer($0) } ?? .null),
            ])
        }
    }

    /// Bad where the fresh starts reject the risk that was stated.
    private static func standing(_ violations: Int, of kept: Int, _ plan: AssessmentPlan) -> Standing {
        guard kept > 0 else { return .look }
        let count = BinomialCount(events: violations, trials: kept)
        return count.lowerBound(confidence: 1 - plan.delta) <= plan.alpha ? .good : .bad
    }
}
