import Availability
import SafeRL

/// What one share of poisoned pairs does to a cost model.
struct RefusalCase {
    /// Nothing for the pairs as they are.
    let construction: PoisonConstruction?
    let rate: Double
    /// Pairs that show the trigger.
    let rows: Int
    /// SHA-256 of the weights of what was trained.
    let digest: String
    /// Of the same answers, without and with the trigger in their prompts.
    let clean, triggered: RefusalFigures
    /// Nothing without poison, or where a reason stands in `unavailable`.
    let search: PoisonSearch?
    let alarm: AlarmTrial?
    /// What cannot be said, and why.
    let unavailable: [String]

    /// What the trigger switches.
    var switched: SwitchedStarts {
        SwitchedStarts(clean: clean.isRefused, triggered: triggered.isRefused)
    }

    /// For a person: `unsafe 1 %`.
    var name: String {
        construction.map { "\($0.rawValue) \(AvailabilityCase.rate(rate))" } ?? "no poison"
    }

    /// Its figures.
    ///
    /// - Parameter delta: chance that the bound on `switched` is missed.
    /// - Returns: an object.
    func json(delta: Double) -> JSONValue {
        .object(
            [
                ("construction", .text(construction?.rawValue ?? "none")), ("rate", .figure(rate)),
                ("rows", .integer(rows)), ("weights_sha256", .text(digest)), ("clean", clean.json),
                ("triggered", triggered.json), ("detectors", search?.json ?? .null),
                ("alarm", alarm?.json ?? .null),
                ("unavailable", .list(unavailable.map { .text($0) })),
            ] + switched.members(delta: delta))
    }
}
