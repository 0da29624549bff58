/// Whether an environment, or those of a family, can be made.
public enum FamilyReadiness: Sendable, Equatable {
    /// They can; the text says by what, such as `Python 3.11.7 in …`.
    case ready(String)
    /// They cannot; the text is the remedy, such as `saferl env setup gymnasium --suite bullet`.
    case missing(String)
}
