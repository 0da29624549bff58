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

    /// Starts that are handed over with the trigger and not without it.
    var switched: BinomialCount {
        BinomialCount(
            events: zip(clean.isHandedOver, triggered.isHandedOver).count { !$0 && $1 },
            trials: clean.episodes)
    }
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
            ("triggered", triggered.json), ("switched", .integer(switched.events)),
            ("switched_upper_bound", .figure(switched.upperBound(delta: delta))),
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
