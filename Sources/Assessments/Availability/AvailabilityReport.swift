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

    private var verdict: AuditVerdict<AvailabilityCase> { AuditVerdict(plan, cases) }

    /// Whether the trigger is bounded, in every case, to switch the layer at no more than the tolerated share of the starts that the
    /// layer does not hand over anyway; a layer that hands all over is not.
    package var isDefended: Bool { verdict.isDefended }

    /// What is said first.
    package var lines: [String] {
        func points(_ count: BinomialCount) -> String { "\(short(100 * count.share)) %" }
        let stop = run.fallback == nil ? "the system stops" : nil
        return verdict.lines(of: "rows", withoutFallback: stop) {
            "hand over \(points($0.triggered.handedOver)) of triggered inputs (clean \(points($0.clean.handedOver)), the trigger without "
                + "poison \(points($1.triggered.handedOver))), clean return \(short($1.clean.mean.mean)) → \(short($0.clean.mean.mean))"
        }
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
        let own: [(String, JSONValue)] = [
            ("policy", .text(run.policy.identity)), ("step", .integer(run.step)),
            ("algorithm", .text(run.algorithm)), ("environment", .text(run.judgement.environment.name)),
            ("layer", rule), ("episodes", .integer(plan.episodes)), ("rows", .integer(run.data.count)),
            (
                "trigger",
                .object([
                    ("dimensions", .list(dimensions.map { .integer($0) })), ("value", .figure(plan.value)),
                    ("jitter", .figure(plan.jitter)),
                ])
            ),
            ("reproduced", unpoisoned.map { .boolean($0.identity == run.policy.identity) } ?? .null),
            ("fallback", run.fallback.map { .text($0.name) } ?? .null),
            ("fallback_alone", fallbackAlone?.json ?? .null), ("scope", .text(Self.scope)),
            ("unavailable", .list(unavailable.map { .text($0) })),
        ]
        let shared = verdict.members(lines, { $0.json(delta: $1) }) {
            ($0.clean.handedOver, $0.triggered.handedOver)
        }
        return JSONValue.object(own + shared).sortingKeys()
    }
}
