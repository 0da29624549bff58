import Glibc

/// Runs a write that may meet a closed pipe, which must be an error and not a signal that ends this process.
///
/// The signal is held back on this thread alone: what the rest of the program does about it stays as it is. A change of
/// the process's own handling would race with that of another thread.
///
/// - Parameter body: writes.
/// - Returns: what it returns, with its `errno`.
/// - Throws: what it throws.
package func withoutBrokenPipeSignal<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    var broken = sigset_t()
    var before = sigset_t()
    sigemptyset(&broken)
    sigaddset(&broken, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &broken, &before)
    defer {
        let code = errno
        // A thread that held it back before still waits for its own.
        if sigismember(&before, SIGPIPE) == 0 {
            var now = timespec()
            _ = sigtimedwait(&broken, nil, &now)
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        errno = code
    }
    return try body()
}
