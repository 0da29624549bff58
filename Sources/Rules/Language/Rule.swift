/// What can be done about a rule.
public enum RuleClass: String, Sendable, CaseIterable {
    /// A step without calls keeps it, whatever happened.
    case guarded
    /// What must follow is the policy's to do.
    case due
    /// The policy's doing is part of it.
    case steered
    /// About observations, whose coming values a model tells.
    case foreseen
    /// No action can keep it.
    case observed
}

/// What must hold in every step, or is watched.
public struct Rule: Sendable {
    /// Its name.
    public let name: String
    /// What it means to a reader; nothing where the file does not say.
    public let text: String?
    /// Whether it raises an alarm and is not enforced.
    public let isWatched: Bool
    /// What can be done about it.
    public let kind: RuleClass
    package let body: RuleBody
}
