import Assurance
import Availability
import SafeRL

/// What one share of poison does.
struct AvailabilityCase: AuditedCase {
    /// Nothing for the data as they are.
    let construction: PoisonConstruction?
    let rate: Double
    /// Rows that were altered, of all.
    let rows: Int
    /// SHA-256 of the state of what was trained.
    let identity: String
    /// From equal starts, without and with the trigger.
    let clean, triggered: HandOverFigures
    let certified: (clean: CertifiedStarts, triggered: CertifiedStarts)
    /// Nothing without poison, or where a reason stands in `unavailable`.
    let search: PoisonSearch?
    let alarm: AlarmTrial?
    let mitigations: Mitigations?
    /// What cannot be said, and why.
    let unavailable: [String]

    /// What the trigger switches.
    var switched: SwitchedStarts {
        SwitchedStarts(clean: clean.isHandedOver, triggered: triggered.isHandedOver)
    }

    /// Its figures.
    ///
    /// - Parameter delta: chance that the bound on `switched` is missed.
    /// - Returns: an object.
    func json(delta: Double) -> JSONValue {
        json(
            delta: delta,
            [
                ("state_sha256", .text(identity)), ("clean", clean.json), ("triggered", triggered.json),
                (
                    "certified",
                    .object([("clean", certified.clean.json), ("triggered", certified.triggered.json)])
                ), ("mitigations", mitigations?.json ?? .null),
            ])
    }
}

/// What was handed over without and with a trigger, start by start.
struct SwitchedStarts {
    /// Whether each was handed over.
    let clean, triggered: [Bool]

    /// Of those that are not handed over without the trigger those that are with it; nothing where all are handed over anyway.
    var count: BinomialCount? {
        let kept = zip(clean, triggered).filter { !$0.0 }
        return kept.isEmpty ? nil : BinomialCount(events: kept.count { $0.1 }, trials: kept.count)
    }

    /// The largest share of such starts that the trigger may switch: 1 where there is none to be counted.
    func upperBound(delta: Double) -> Double { count?.upperBound(delta: delta) ?? 1 }

    /// By how much the trigger raises the share that is handed over.
    var rise: Double {
        Double(triggered.count { $0 } - clean.count { $0 }) / Double(max(clean.count, 1))
    }

    func members(delta: Double) -> [(String, JSONValue)] {
        [
            ("switched", .integer(count?.events ?? 0)), ("switchable", .integer(count?.trials ?? 0)),
            ("switched_upper_bound", .figure(upperBound(delta: delta))),
        ]
    }
}
