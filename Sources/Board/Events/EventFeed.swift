import EventFiles
import Storage

/// What one client hears of a run: lines of its metrics as they come, what became of the run, and that the server is there.
package struct EventFeed {
    /// When to look again.
    package enum Next: Equatable {
        /// At once: there is more to read.
        case soon
        /// After `seconds`.
        case later
        /// Not: the run is gone, or nobody listens.
        case ended
        /// Not: the client does not take what it is sent.
        case slow
    }

    /// Seconds between two looks.
    package static let seconds = 0.25
    /// Looks without a word after which a comment is sent: 15 s.
    package static let quietLooks = 60
    /// Looks at which a full queue has not moved, after which its client is given up: 15 s.
    package static let stalledLooks = 60
    /// Looks from one to the next at the run itself: 1 s.
    private static let stateLooks = 4
    /// Bytes of the file that are read at once.
    private static let piece = 65_536

    private let queue: EventQueue
    private let current: () -> BoardRun?
    private let metrics: String
    private var known: BoardRun?
    private var lines: LineFollower
    /// What there was no room for.
    private var pending: [UInt8] = EventFrame.retry
    private var looks = 0, quiet = 0, stalled = 0, taken = 0

    /// - Parameters:
    ///   - run: whose metrics are read.
    ///   - place: bytes of the file that the client knows.
    ///   - queue: of the client.
    ///   - current: the run as it stands; nil where it is gone.
    package init(
        _ run: BoardRun, behind place: Int, into queue: EventQueue, current: @escaping () -> BoardRun?
    ) {
        (known, self.queue, self.current) = (run, queue, current)
        metrics = run.metrics
        lines = LineFollower(metrics, behind: place)
    }

    /// Looks once, and puts what is new into the queue.
    package mutating func tick() -> Next {
        guard !queue.isEnded else { return .ended }
        if !pending.isEmpty, !deliver() { return stalled >= Self.stalledLooks ? .slow : .later }
        var words: [UInt8] = []
        defer { looks += 1 }
        if looks % Self.stateLooks == 0 {
            let run = current()
            guard run != nil else {
                _ = queue.offer(EventFrame.gone)
                return .ended
            }
            if run != known { words += EventFrame.state }
            known = run
        }
        // A file that is not there may be that of a run that is just removed; one that was cut is.
        if lines.isCut, fileKind(metrics, following: true) != nil {
            lines.rewind()
            words += EventFrame.restart
        }
        // A file that cannot be read says nothing; the list says why.
        let new = (try? lines.numbered(atMost: Self.piece)) ?? []
        words += new.compactMap { EventFrame.metric($0.bytes, end: $0.end) }.joined()
        quiet = words.isEmpty ? quiet + 1 : 0
        if quiet == Self.quietLooks { (words, quiet) = (EventFrame.comment, 0) }
        pending = words
        if !pending.isEmpty { _ = deliver() }
        return new.isEmpty ? .later : .soon
    }

    /// Hands over what is pending; false where there is no room for it.
    private mutating func deliver() -> Bool {
        if queue.offer(pending) {
            (pending, stalled) = ([], 0)
            return true
        }
        let now = queue.taken
        (stalled, taken) = (now == taken ? stalled + 1 : 0, now)
        return false
    }
}
