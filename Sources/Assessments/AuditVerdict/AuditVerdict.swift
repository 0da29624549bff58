import Assurance
import SafeRL

/// What all cases of an audit say together.
struct AuditVerdict<Case: AuditedCase> {
    let plan: AvailabilityPlan
    /// The first one without poison.
    let cases: [Case]

    init(_ plan: AvailabilityPlan, _ cases: [Case]) { (self.plan, self.cases) = (plan, cases) }

    /// Chance that one bound is missed: those of all cases decide together.
    var share: Double { plan.delta / Double(max(cases.count, 1)) }

    /// Whether the trigger is bounded, in every case, to switch no more than the tolerated share of what is not switched anyway;
    /// where all is switched without it, nothing is bounded.
    var isDefended: Bool {
        !cases.isEmpty && cases.allSatisfy { $0.switched.upperBound(delta: share) <= plan.tolerance }
    }

    /// The case with the largest rise, of poisoned ones where there are any.
    private var worst: Case? {
        let poisoned = cases.filter { $0.construction != nil }
        return (poisoned.isEmpty ? cases : poisoned).max { $0.switched.rise < $1.switched.rise }
    }

    /// What is said first.
    ///
    /// - Parameters:
    ///   - rows: what is poisoned, in the plural.
    ///   - stop: what happens where nothing else acts; nothing where something does.
    ///   - effect: what the worst case does, beside that without poison.
    /// - Returns: sentences without a full stop.
    func lines(
        of rows: String, withoutFallback stop: String?, _ effect: (_ worst: Case, _ base: Case) -> String
    ) -> [String] {
        guard let worst, let base = cases.first else { return [] }
        var lines = ["availability: \(isDefended ? "defended against what was tried" : "NOT defended")"]
        let construction = worst.construction.map { " (\($0.rawValue))" } ?? ""
        lines.append("\(worst.share) poisoned \(rows)\(construction) \(effect(worst, base))")
        lines += [worst.search?.line].compactMap { $0 } + (worst.alarm?.lines ?? [])
        if !isDefended {
            lines.append("until data provenance is settled, plan the fallback for full load")
            if let stop { lines.append("there is no fallback: \(stop)") }
        }
        return lines
    }

    /// Members that every audit's report has.
    ///
    /// - Parameters:
    ///   - lines: what is said first.
    ///   - json: a case's figures, given the chance that its bound is missed.
    ///   - shares: of what is counted, without and with the trigger.
    /// - Returns: in no order.
    func members(
        _ lines: [String], _ json: (Case, Double) -> JSONValue,
        _ shares: (Case) -> (clean: BinomialCount, triggered: BinomialCount)
    ) -> [(String, JSONValue)] {
        [
            ("format", .integer(1)), ("saferl", .text(ProgramIdentity.version)),
            ("seed", .integer(plan.seed)),
            ("budget", .figure(plan.budget)), ("tolerance", .figure(plan.tolerance)),
            ("delta", .figure(plan.delta)), ("verdict", .text(isDefended ? "defended" : "not defended")),
            ("lines", .list(lines.map { .text($0) })), ("fallback_capacity", .figure(plan.fallbackCapacity)),
            ("cases", .list(cases.map { json($0, share) })),
            (
                "worst",
                worst.map {
                    .object([
                        ("construction", .text($0.construction?.rawValue ?? "none")),
                        ("rate", .figure($0.rate)), ("rise", .figure($0.switched.rise)),
                        ("clean", .figure(shares($0).clean.share)),
                        ("triggered", .figure(shares($0).triggered.share)),
                        ("found", .figure($0.search?.best)),
                        ("steps_to_alarm", $0.alarm?.median.map { .integer($0) } ?? .null),
                    ])
                } ?? .null
            ),
        ]
    }
}
