import Availability
import SafeRL

/// What one share of poisoned pairs does to a cost model.
struct RefusalCase: AuditedCase {
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

    /// Its figures.
    ///
    /// - Parameter delta: chance that the bound on `switched` is missed.
    /// - Returns: an object.
    func json(delta: Double) -> JSONValue {
        json(
            delta: delta,
            [
                ("weights_sha256", .text(digest)), ("clean", clean.json), ("triggered", triggered.json),
            ])
    }
}
