import Assurance
import Guardians
import SafeRL

/// What an audit of availability found: as JSON, as Markdown and as a table.
package struct AvailabilityReport {
    let run: AuditedRun
    let plan: AvailabilityPlan
    let layer: AvailabilityPlan.Layer
    /// Entries that carry the trigger.
    var dimensions: [Int] = []
    /// In the order of the plan's cases.
    var cases: [AvailabilityCase] = []
    /// Every step taken by the fallback, which sees the trigger; nothing without one.
    var fallbackAlone: HandOverFigures?
    /// What cannot be said, and why.
    var unavailable: [String] = []

    /// What the figures are about.
    package static let scope =
        "Only this trigger, these constructions and shares of poison were tried: an attacker may find better ones. Attacks that cause unsafe "
        + "actions are not looked at."

    init(_ run: AuditedRun, _ plan: AvailabilityPlan, layer: AvailabilityPlan.Layer) {
        (self.run, self.plan, self.layer) = (run, plan, layer)
    }

    /// Chance that one bound is missed: those of all cases decide together.
    private var share: Double { plan.delta / Double(max(cases.count, 1)) }

    /// Whether the trigger is bounded, in every case, to switch the layer at no more than the tolerated share of the starts that the
    /// layer does not hand over anyway; a layer that hands all over is not.
    package var isDefended: Bool {
        !cases.isEmpty && cases.allSatisfy { $0.switched.upperBound(delta: share) <= plan.tolerance }
    }

    /// The case with the largest rise, of poisoned ones where there are any.
    private var worst: AvailabilityCase? {
        let poisoned = cases.filter { $0.construction != nil }
        return (poisoned.isEmpty ? cases : poisoned).max { $0.switched.rise < $1.switched.rise }
    }

    /// What is said first.
    package var lines: [String] {
        guard let worst, let base = cases.first else { return [] }
        func points(_ count: BinomialCount) -> String { "\(short(100 * count.share)) %" }
        var lines = ["availability: \(isDefended ? "defended against what was tried" : "NOT defended")"]
        lines.append(
            "\(AvailabilityCase.rate(worst.rate)) poisoned rows\(worst.construction.map { " (\($0.rawValue))" } ?? "") hand over "
                + "\(points(worst.triggered.handedOver)) of triggered inputs (clean \(points(worst.clean.handedOver)), the trigger without "
                + "poison \(points(base.triggered.handedOver))), clean return \(short(base.clean.mean.mean)) → \(short(worst.clean.mean.mean))"
        )
        lines += [worst.search?.line].compactMap { $0 } + (worst.alarm?.lines ?? [])
        if !isDefended {
            lines.append("until data provenance is settled, plan the fallback for full load")
            if run.fallback == nil { lines.append("there is no fallback: the system stops") }
        }
        return lines
    }

    /// The report, keys in alphabetical order.
    package var json: JSONValue {
        let rule: JSONValue =
            switch layer {
            case .feasibility: .object([("kind", .text("feasibility")), ("level", .figure(plan.level))])
            case .guardian:
                .object([("kind", .text("guardian")), ("guardian", .text(NeighbourGuardian.kind))])
            case .filter, .monitor:
                .object([
                    ("kind", .text(layer.rawValue)), ("low", .figure(plan.low)), ("high", .figure(plan.high)),
                    ("horizon", .integer(plan.horizon)), ("updates", .integer(plan.filterUpdates)),
                ])
            }
        let unpoisoned = cases.first { $0.construction == nil }
        return JSONValue.object([
            ("format", .integer(1)), ("saferl", .text(ProgramIdentity.version)),
            ("policy", .text(run.policy.identity)), ("step", .integer(run.step)),
            ("algorithm", .text(run.algorithm)), ("environment", .text(run.judgement.environment.name)),
            ("layer", rule), ("episodes", .integer(plan.episodes)), ("seed", .integer(plan.seed)),
            ("budget", .figure(plan.budget)), ("rows", .integer(run.data.count)),
            (
                "trigger",
                .object([
                    ("dimensions", .list(dimensions.map { .integer($0) })), ("value", .figure(plan.value)),
                    ("jitter", .figure(plan.jitter)),
                ])
            ),
            ("tolerance", .figure(plan.tolerance)), ("delta", .figure(plan.delta)),
            ("verdict", .text(isDefended ? "defended" : "not defended")),
            ("lines", .list(lines.map { .text($0) })),
            ("reproduced", unpoisoned.map { .boolean($0.identity == run.policy.identity) } ?? .null),
            ("fallback", run.fallback.map { .text($0.name) } ?? .null),
            ("fallback_capacity", .figure(plan.fallbackCapacity)),
            ("fallback_alone", fallbackAlone?.json ?? .null),
            (
                "worst",
                worst.map {
                    .object([
                        ("construction", .text($0.construction?.rawValue ?? "none")),
                        ("rate", .figure($0.rate)), ("rise", .figure($0.switched.rise)),
                        ("clean", .figure($0.clean.handedOver.share)),
                        ("triggered", .figure($0.triggered.handedOver.share)),
                        ("found", .figure($0.search?.best)),
                        ("steps_to_alarm", $0.alarm?.median.map { .integer($0) } ?? .null),
                    ])
                } ?? .null
            ),
            ("cases", .list(cases.map { $0.json(delta: share) })), ("scope", .text(Self.scope)),
            ("unavailable", .list(unavailable.map { .text($0) })),
        ]).sortingKeys()
    }
}
