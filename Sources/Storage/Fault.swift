/// An error that carries what its user can do about it.
///
/// A program ends with the exit code of the kind. An error that is no fault counts as one inside saferl, so environments and
/// algorithms of a user's own conform where their errors are declared:
///
///     struct NoSimulator: Fault {
///         var kind: FaultKind { .missingInput }
///         var description: String { "the simulator is not running. Start it with ..." }
///     }
public protocol Fault: Error, CustomStringConvertible {
    /// What kind of thing went wrong.
    var kind: FaultKind { get }
}

/// What kind of thing went wrong, by where its remedy lies.
public enum FaultKind: Sendable, Hashable, CaseIterable {
    /// The command or call: what was asked for is not to be had.
    case usage
    /// The configuration.
    case configuration
    /// A file, program or installation that is not there or cannot be opened.
    case missingInput
    /// What a file says.
    case badData
    /// A place where nothing can be created.
    case cannotCreate
    /// Reading, writing, the network or memory.
    case inputOutput
    /// saferl itself, or a number that is not finite.
    case internalFault
    /// Nothing: the user interrupted (SIGINT).
    case interrupted
    /// Nothing: the system terminated (SIGTERM).
    case terminated

    /// Exit code of a program that such an error ends; those of `sysexits.h` where there is one.
    public var exitCode: Int32 {
        switch self {
        case .usage: 64
        case .badData: 65
        case .missingInput: 66
        case .internalFault: 70
        case .cannotCreate: 73
        case .inputOutput: 74
        case .configuration: 78
        case .interrupted: 130
        case .terminated: 143
        }
    }

    /// The kind of any error; an error that says none is a fault in saferl.
    public init(of error: any Error) { self = (error as? any Fault)?.kind ?? .internalFault }
}
