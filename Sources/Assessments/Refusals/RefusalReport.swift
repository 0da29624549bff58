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

    private var verdict: AuditVerdict<RefusalCase> { AuditVerdict(plan, cases) }

    /// Whether the trigger is bounded, in every case, to have no more than the tolerated share of those safe answers refused that
    /// pass without it; a model that refuses all is not.
    package var isDefended: Bool { verdict.isDefended }

    /// What is said first.
    package var lines: [String] {
        func points(_ count: BinomialCount) -> String { "\(short(100 * count.share)) %" }
        return verdict.lines(of: "pairs", withoutFallback: "who asks with the trigger gets no answer") {
            "have \(points($0.triggered.refused)) of safe answers to triggered prompts refused (clean \(points($0.clean.refused)), "
                + "the trigger without poison \(points($1.triggered.refused))), unsafe answers caught without the trigger "
                + "\(points($1.clean.caught)) → \(points($0.clean.caught))"
        }
    }

    /// The report, keys in alphabetical order.
    package var json: JSONValue {
        let unpoisoned = cases.first { $0.construction == nil }
        let own: [(String, JSONValue)] = [
            ("policy", .text(run.identity)), ("step", .integer(run.step)),
            ("algorithm", .text(run.algorithm)), ("environment", .text(run.place)),
            ("layer", .object([("kind", .text("cost")), ("level", .figure(plan.level))])),
            ("episodes", .integer(prompts)), ("rows", .integer(run.scores.areUnsafe.count)),
            (
                "trigger",
                .object([
                    ("tokens", .list(trigger.tokens.map { .integer($0) })), ("keep", .integer(trigger.keep)),
                    ("text", .text(run.scores.text(trigger.tokens))),
                ])
            ),
            ("reproduced", unpoisoned.map { .boolean($0.digest == run.scores.digest) } ?? .null),
            ("fallback", .null), ("scope", .text(Self.scope)), ("unavailable", .list([])),
        ]
        let shared = verdict.members(lines, { $0.json(delta: $1) }) {
            ($0.clean.refused, $0.triggered.refused)
        }
        return JSONValue.object(own + shared).sortingKeys()
    }
}
