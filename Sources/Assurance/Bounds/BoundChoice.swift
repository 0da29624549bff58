/// The bounds by their names, for configurations and the command line.
public enum BoundChoice: String, CaseIterable, Codable, Sendable {
    /// `StudentBound`, as published.
    case studentT = "student-t"
    /// `HoeffdingBound`.
    case hoeffding
    /// `MaurerPontilBound`.
    case maurerPontil = "maurer-pontil"
    /// `AndersonBound`.
    case anderson
    /// `ClopperPearsonBound`.
    case clopperPearson = "clopper-pearson"
    /// `BettingBound`.
    case betting

    /// Whether the bound needs to know the range of every possible cost.
    public var needsRange: Bool { self != .studentT && self != .clopperPearson }

    /// Makes the bound.
    ///
    /// - Parameter range: of every possible cost; not used where none is needed.
    /// - Returns: the bound; nothing where it needs a range and there is none.
    public func bound(in range: ClosedRange<Double>?) -> (any UpperBound)? {
        switch self {
        case .studentT: StudentBound()
        case .clopperPearson: ClopperPearsonBound()
        case .hoeffding: range.map { HoeffdingBound(in: $0) }
        case .maurerPontil: range.map { MaurerPontilBound(in: $0) }
        case .anderson: range.map { AndersonBound(in: $0) }
        case .betting: range.map { BettingBound(in: $0) }
        }
    }
}
