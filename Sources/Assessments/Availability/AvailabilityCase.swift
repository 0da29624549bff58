import Assurance
import Availability
import SafeRL

/// What one share of poison does.
struct AvailabilityCase {
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

    /// Of the starts that are not handed over without the trigger those that are with it; nothing where the layer hands all over.
    var switched: BinomialCount? {
        let kept = zip(clean.isHandedOver, triggered.isHandedOver).filter { !$0.0 }
        guard !kept.isEmpty else { return nil }
        return BinomialCount(events: kept.count { $0.1 }, trials: kept.count)
    }

    /// The largest share of such starts that the trigger may switch: 1 where there is none to be counted.
    func switchedBound(delta: Double) -> Double { switched?.upperBound(delta: delta) ?? 1 }

    /// By how much the trigger raises the share of starts that are handed over.
    var rise: Double { triggered.handedOver.share - clean.handedOver.share }

    /// For a person: `unsafe 1 %`.
    var name: String {
        construction.map { "\($0.rawValue) \(Self.rate(rate))" } ?? "no poison"
    }

    /// A rate without needless digits.
    static func rate(_ rate: Double) -> String { "\(short(100 * rate)) %" }

    /// Its figures.
    ///
    /// - Parameter delta: chance that the bound on `switched` is missed.
    /// - Returns: an object.
    func json(delta: Double) -> JSONValue {
        .object([
            ("construction", .text(construction?.rawValue ?? "none")), ("rate", .figure(rate)),
            ("rows", .integer(rows)), ("state_sha256", .text(identity)), ("clean", clean.json),
            ("triggered", triggered.json), ("switched", .integer(switched?.events ?? 0)),
            ("switchable", .integer(switched?.trials ?? 0)),
            ("switched_upper_bound", .figure(switchedBound(delta: delta))),
            (
                "certified",
                .object([("clean", certified.clean.json), ("triggered", certified.triggered.json)])
            ),
            ("detectors", search?.json ?? .null), ("alarm", alarm?.json ?? .null),
            ("mitigations", mitigations?.json ?? .null),
            ("unavailable", .list(unavailable.map { .text($0) })),
        ])
    }
}
