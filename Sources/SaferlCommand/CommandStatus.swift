import Glibc
import Storage

/// What the process exits with: the one place where errors become numbers.
///
/// Thrown by a command, it ends the process without a message.
package enum CommandStatus: Int32, Error, Equatable {
    /// The command did what it was asked.
    case success = 0
    /// A safety test found no solution, which is a result.
    case noSolutionFound = 3
    /// Arguments that no command understands.
    case usage = 64
    /// Data or a checkpoint that cannot be used.
    case badData = 65
    /// A file that is not there or cannot be opened.
    case missingInput = 66
    /// A fault in saferl, or a number that is not finite.
    case internalFault = 70
    /// A file or folder that cannot be created.
    case cannotCreate = 73
    /// Reading or writing failed.
    case inputOutput = 74
    /// A configuration that cannot be used.
    case configuration = 78
    /// Stopped by an interrupt (Ctrl-C) after a checkpoint.
    case interrupted = 130
    /// Stopped by a termination signal after a checkpoint.
    case terminated = 143

    /// The status for an error, by its kind; one that has none is a fault in saferl.
    package init(describing error: any Error) {
        self = Self(rawValue: FaultKind(of: error).exitCode) ?? .internalFault
    }

    /// The status for a signal that ended what was being done.
    package init(signal: Int32) { self = signal == SIGTERM ? .terminated : .interrupted }
}
