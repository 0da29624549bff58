/// How far something is shown, the best first.
package enum Verdict: String, Sendable, Comparable, CaseIterable {
    /// All that it rests on was checked and holds.
    case proved
    /// Something is not known.
    case undecided
    /// Nobody has argued for it.
    case undeveloped
    /// Something does not hold.
    case refuted

    private var rank: Int {
        switch self {
        case .proved: 0
        case .undecided: 1
        case .undeveloped: 2
        case .refuted: 3
        }
    }

    /// Whether one is better.
    package static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }

    /// That of a condition.
    package init(_ truth: Truth) {
        self =
            switch truth {
            case .yes: .proved
            case .no: .refuted
            case .unknown: .undecided
            }
    }
}
