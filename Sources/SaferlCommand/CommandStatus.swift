import SafeRL

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

    /// The status for an error; anything unknown is a fault in saferl.
    package init(describing error: any Error) {
        self =
            switch error {
            case let error as ConfigurationError: error.kind == .missing ? .missingInput : .configuration
            case is OptionIssue: .configuration
            case is UsageError, is UnknownName: .usage
            case is OutputError: .inputOutput
            case is NonFiniteError: .internalFault
            // Wire here: DatasetError (isMissingFile ? .missingInput : .badData), CheckpointError, RunDirectoryError.
            default: .internalFault
            }
    }
}
