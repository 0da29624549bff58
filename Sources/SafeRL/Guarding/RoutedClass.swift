/// What is done with a proposal, from the freest to the strictest.
///
/// - SeeAlso: DeepKnown-Guard, arXiv:2511.03138: safe, conditionally safe, focused attention, unsafe.
public enum RoutedClass: String, Codable, Sendable, CaseIterable, Comparable {
    /// Safe: done as proposed.
    case act
    /// Conditionally safe: done within a tighter range and under tighter rules.
    case tighten
    /// Focused attention: held, and somebody is asked.
    case ask
    /// Unsafe: not done.
    case refuse

    /// By strictness.
    public static func < (a: Self, b: Self) -> Bool { a.strictness < b.strictness }

    private var strictness: Int {
        switch self {
        case .act: 0
        case .tighten: 1
        case .ask: 2
        case .refuse: 3
        }
    }
}
