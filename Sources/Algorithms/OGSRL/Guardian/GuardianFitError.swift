import Guardians
import Storage

/// A guardian that cannot be fitted with the options and the data of its run.
///
/// A run keeps its options and data, so going on with it fails alike.
public struct GuardianFitError: Fault, Equatable {
    /// Why.
    public let cause: GuardianError

    /// Makes an error.
    public init(_ cause: GuardianError) { self.cause = cause }

    /// What kind of fault it is.
    public var kind: FaultKind { cause.kind }

    /// One line: the cause, the remedy, and where it can be applied.
    public var description: String { "\(cause) This run cannot go on: start a new one." }
}
