import Storage

/// Why an attack or a defence does not exist for what is at hand.
public enum AvailabilityError: Fault, Equatable {
    /// A share of rows that is none.
    case rate(Double)
    /// A trigger without entries, with one twice, or with numbers that are not finite.
    case trigger(String)
    /// Fewer rows than a figure needs.
    case tooFew(String, rows: Int, needed: Int)
    /// A chance outside of (0, 1), or two that are not told apart.
    case chance(String, Double)
    /// No row is violated, so that nothing can be altered with its true label.
    case noneViolated
    /// A score or a feature that is not finite.
    case notFinite(String, row: Int)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .rate, .trigger, .chance: .usage
        case .tooFew, .noneViolated, .notFinite: .badData
        }
    }

    /// One sentence: place, cause, remedy.
    public var description: String {
        switch self {
        case .rate(let rate): "a share of poisoned rows of \(rate): name one in [0, 1), such as 0.01."
        case .trigger(let reason): "the trigger: \(reason)."
        case .tooFew(let what, let rows, let needed):
            "\(what): \(rows) rows, and \(needed) are needed. Record more."
        case .chance(let what, let value):
            "\(what) of \(value): name one that lies between 0 and 1, and above the other where there are two."
        case .noneViolated:
            "clean-label: no recorded row is violated, so none can be altered with its true label. "
                + "Name other constructions by --constructions."
        case .notFinite(let what, let row):
            "\(what), row \(row): not a finite number. Look for a model that diverged."
        }
    }
}
