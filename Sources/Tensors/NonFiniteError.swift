import Storage

/// A number that is not finite where training needs one: the run stops in that step.
public struct NonFiniteError: Fault, Equatable {
    /// What was not finite, such as `gradient of vh.l0.weight`.
    public let name: String
    /// Names the culprit.
    public init(_ name: String) { self.name = name }
    /// What kind of fault it is.
    public var kind: FaultKind { .internalFault }

    /// One sentence.
    public var description: String { "\(name) is not a finite number" }
}
