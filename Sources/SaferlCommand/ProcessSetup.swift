import Glibc

/// What a process does before its first command, so that the world's faults reach it as errors instead of signals.
enum ProcessSetup {
    /// Opens the standard streams that are closed, and lets a write to a closed pipe or beyond `ulimit -f` fail.
    ///
    /// Programs that are started later have the system's own behaviour again: a handler does not outlive `exec`.
    static func prepare() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is taken: without this, a file of the run would become standard error.
            _ = open("/dev/null", O_RDWR)
        }
        for signal in [SIGPIPE, SIGXFSZ] { outlive(signal) }
    }

    private static func outlive(_ signal: Int32) {
        var action = sigaction()
        guard sigaction(signal, nil, &action) == 0, action.isDefault else { return }
        action.__sigaction_handler.sa_handler = { _ in }
        action.sa_flags = SA_RESTART
        sigaction(signal, &action, nil)
    }
}

extension sigaction {
    /// Whether the signal ends the process.
    fileprivate var isDefault: Bool { __sigaction_handler.sa_handler == nil }
}
