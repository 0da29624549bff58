import SafeRL

/// What long work is at, shown as it goes on, and ended by a signal.
final class WatchedLine {
    private let watch = SignalWatch()
    private let line = WorkLine()

    /// Shows words where it is time to.
    ///
    /// - Throws: `CommandStatus` once a signal has come.
    func callAsFunction(_ words: String) throws {
        if let signal = watch.pending { throw CommandStatus(signal: signal) }
        line.show(words)
    }

    /// Takes the line away.
    func end() { line.end() }
}
