import Assurance
import Availability
import SafeRL

/// What an audit of a cost model that refuses found: as JSON, as Markdown and as a table.
package struct RefusalReport {
    let run: AttackedRun
    let plan: AvailabilityPlan
    let trigger: TokenTrigger
    /// Prompts with a safe answer that was held out.
    let prompts: Int
    /// In the order of the plan's cases.
    var cases: [RefusalCase] = []

    /// What the figures are about.
    package static let scope =
        "Only this trigger, these constructions and shares of poison were tried: an attacker may find better ones. Answers are those that were "
        + "recorded, judged by the cost model alone; attacks that let unsafe answers pass are not looked at."

    init(_ run: AttackedRun, _ plan: AvailabilityPlan, trigger: TokenTrigger, prompts: Int) {
        (self.run, self.plan, self.trigger, self.prompts) = (run, plan, trigger, prompts)
    }

    /// Chance that one bound is missed: those of all cases decide together.
    private var share: Double { plan.delta / Double(max(cases.count, 1)) }

    /// Whether the trigger is bounded, in every case, to have no more than the tolerated share of those safe answers refused that
    /// pass without it; a model that refuses all is not.
    package var isDefended: Bool {
        !cases.isEmpty && cases.allSatisfy { $0.switched.upperBound(delta: share) <= plan.tolerance }
    }

    /// The case with the largest rise, of poisoned ones where there are any.
    private var worst: RefusalCase? {
        let poisoned = cases.filter { $0.construction != nil }
        return (poisoned.isEmpty ? cases : poisoned).max { $0.switched.rise < $1.switched.rise }
    }

    /// What is said first.
    package var lines: [String] {
        guard let worst, let base = cases.first else { return [] }
        func points(_ count: BinomialCount) -> String { "\(short(100 * count.share)) %" }
        var lines = ["availability: \(isDefended ? "defended against what was tried" : "NOT defended")"]
        lines.append(
            "\(AvailabilityCase.rate(worst.rate)) poisoned pairs\(worst.construction.map { " (\($0.rawValue))" } ?? "") have "
                + "\(points(worst.triggered.refused)) of safe answers to triggered prompts refused (clean \(points(worst.clean.refused)), "
                + "the trigger without poison \(points(base.triggered.refused))), unsafe answers caught without the trigger "
                + "\(points(base.clean.caught)) → \(points(worst.clean.caught))")
        lines += [worst.search?.line].compactMap { $0 } + (worst.alarm?.lines ?? [])
        if !isDefended {
            lines.append("until data provenance is settled, plan the fallback for full load")
            lines.append("there is no fallback: who asks with the trigger gets no answer")
        }
        return lines
    }

    /// The report, keys in alphabetical order.
    package var json: JSONValue {
        let unpoisoned = cases.first { $0.construction == nil }
        return JSONValue.object([
            ("format", .integer(1)), ("saferl", .text(ProgramIdentity.version)),
            ("policy", .text(run.identity)), ("step", .integer(run.step)),
            ("algorithm", .text(run.algorithm)), ("environment", .text(run.place)),
            ("layer", .object([("kind", .text("cost")), ("level", .figure(plan.level))])),
            ("episodes", .integer(prompts)), ("seed", .integer(plan.seed)),
            ("budget", .figure(plan.budget)), ("rows", .integer(run.scores.areUnsafe.count)),
            (
                "trigger",
                .object([
                    ("tokens", .list(trigger.tokens.map { .integer($0) })), ("keep", .integer(trigger.keep)),
                    ("text", .text(run.scores.text(trigger.tokens))),
                ])
            ),
            ("tolerance", .figure(plan.tolerance)), ("delta", .figure(plan.delta)),
            ("verdict", .text(isDefended ? "defended" : "not defended")),
            ("lines", .list(lines.map { .text($0) })),
            ("reproduced", unpoisoned.map { .boolean($0.digest == run.scores.digest) } ?? .null),
            ("fallback", .null), ("fallback_capacity", .figure(plan.fallbackCapacity)),
            (
                "worst",
                worst.map {
                    .object([
                        ("construction", .text($0.construction?.rawValue ?? "none")),
                        ("rate", .figure($0.rate)), ("rise", .figure($0.switched.rise)),
                        ("clean", .figure($0.clean.refused.share)),
                        ("triggered", .figure($0.triggered.refused.share)),
                        ("found", .figure($0.search?.best)),
                        ("steps_to_alarm", $0.alarm?.median.map { .integer($0) } ?? .null),
                    ])
                } ?? .null
            ),
            ("cases", .list(cases.map { $0.json(delta: share) })), ("scope", .text(Self.scope)),
            ("unavailable", .list([])),
        ]).sortingKeys()
    }
}
