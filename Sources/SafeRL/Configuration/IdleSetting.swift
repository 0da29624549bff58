/// A key without effect at the value that another key has.
///
/// What a user said of it is refused, unless it is the default. What a later layer took the effect from is forgotten: a file's
/// `actions` where the command line writes another `model`.
public struct IdleSetting: Equatable, Sendable {
    /// The key, dotted as seen from the options that say so; of a choice or a group, with everything in it.
    public let key: String
    /// The key whose value takes its effect away.
    public let cause: String
    /// A value as JSON text with which `cause` leaves it its effect; nil where no single value of `cause` is enough.
    public let remedy: String?

    /// Names the key, why it has no effect, and what would give it one.
    public init(_ key: String, because cause: String, unless remedy: String? = nil) {
        (self.key, self.cause, self.remedy) = (key, cause, remedy)
    }

    /// The same as seen from outside the group that both keys are in.
    public func inside(_ group: String) -> IdleSetting {
        IdleSetting("\(group).\(key)", because: "\(group).\(cause)", unless: remedy)
    }
}
