import Serving
import Storage

/// Brings what a feed says to a client.
package enum EventDelivery {
    /// A client that does not take what it is sent.
    package struct SlowClient: Fault {
        /// The network.
        package var kind: FaultKind { .inputOutput }
        /// One line.
        package var description: String { "a browser took nothing of what it was sent. It may ask again." }
    }

    /// Seconds in which what waits at the end has to be taken.
    private static let endSeconds = 5

    /// Writes until the feed ends.
    ///
    /// - Parameters:
    ///   - queue: that the feed fills.
    ///   - write: sends bytes; a client that has gone makes it throw.
    ///   - tick: looks once.
    /// - Throws: what `write` throws; `SlowClient`, upon which nobody waits for a write that has begun.
    package static func deliver(
        from queue: EventQueue, by write: @escaping ServedStream.Writing, _ tick: () -> EventFeed.Next
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // Who cannot be written to any more is not looked out for either.
                defer { queue.end() }
                while let bytes = await queue.next() { try await write(ServedAnswer.chunk(bytes)) }
                try await write(ServedAnswer.streamEnd)
            }
            defer {
                queue.end()
                group.cancelAll()
            }
            look: while true {
                switch tick() {
                case .soon: try await Task.sleep(for: .milliseconds(2))
                case .later: try await Task.sleep(for: .seconds(EventFeed.seconds))
                case .ended: break look
                case .slow: throw SlowClient()
                }
            }
            queue.end()
            group.addTask {
                try await Task.sleep(for: .seconds(endSeconds))
                throw SlowClient()
            }
            _ = try await group.next()
        }
    }
}
