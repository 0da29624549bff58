import SafeRL

/// How far a distribution of states and actions may be from the data's: mean f(w) for the ratio w of the two.
public enum FDivergence: String, Codable, Sendable, CaseIterable {
    /// f(x) = ½(x − 1)².
    case chi2
    /// ½(x − 1)² from 1 on, x(ln x − 1) + 1 below, which keeps ratios above 0.
    case softchi
    /// f(x) = x·ln x.
    case kl

    /// Added where a logarithm of 0 is possible.
    private static let tiny: Float = 1e-10

    /// f(x), for x of at least 0.
    package func value(_ x: Variable) -> Variable {
        switch self {
        case .chi2: (x - 1).squared() * 0.5
        case .softchi:
            x.isAtLeast(1).selecting(
                (x - 1).squared() * 0.5, else: x * ((x + Self.tiny).log() - 1) + 1)
        case .kl: x * (x + Self.tiny).log()
        }
    }

    /// max((f′)⁻¹(y), 0): the ratio at which f rises by y, never negative.
    package func ratio(_ y: Variable) -> Variable {
        switch self {
        case .chi2: (y + 1).relu()
        case .softchi: y.isAtLeast(0).selecting(y + 1, else: (-(-y).relu()).exp()).relu()
        case .kl: (y - 1).exp().relu()
        }
    }
}
