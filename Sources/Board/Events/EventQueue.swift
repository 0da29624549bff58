import Synchronization

/// What one client is still to be sent: a bounded number of bytes, between what reads a file and what writes to a socket.
package final class EventQueue: Sendable {
    /// Bytes that wait at most, but for a single piece that is larger.
    package static let mostBytes = 262_144

    /// Makes an empty one.
    package init() {}

    private struct State {
        var pieces: [[UInt8]] = []
        var bytes = 0
        /// Pieces that were taken since the beginning.
        var taken = 0
        var isEnded = false
        /// Wakes who waits for a piece.
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Puts a piece behind the others; false where there is no room, or nobody takes any more.
    package func offer(_ piece: [UInt8]) -> Bool {
        let (isIn, waiting) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            let fits = state.bytes == 0 || state.bytes + piece.count <= Self.mostBytes
            guard !state.isEnded, fits else { return (false, nil) }
            state.pieces.append(piece)
            state.bytes += piece.count
            defer { state.waiting = nil }
            return (true, state.waiting)
        }
        waiting?.resume()
        return isIn
    }

    /// Ends it: what waits is still handed out, and nothing is added.
    package func end() {
        let waiting = state.withLock { state in
            state.isEnded = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// Whether it is ended.
    package var isEnded: Bool { state.withLock { $0.isEnded } }
    /// Pieces that were taken since the beginning.
    package var taken: Int { state.withLock { $0.taken } }
    /// Bytes that wait.
    package var waitingBytes: Int { state.withLock { $0.bytes } }

    /// All that waits, in order, at once; nothing where there is nothing.
    package func taking() -> [UInt8] {
        state.withLock { state in
            let all = Array(state.pieces.joined())
            state.taken += state.pieces.count
            (state.pieces, state.bytes) = ([], 0)
            return all
        }
    }

    /// All that waits, as soon as something does, for one reader; nil at the end.
    package func next() async -> [UInt8]? {
        while true {
            let all = taking()
            if !all.isEmpty { return all }
            if isEnded { return nil }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        guard state.pieces.isEmpty, !state.isEnded else { return true }
                        state.waiting = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                end()
            }
        }
    }
}
