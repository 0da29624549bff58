import Synchronization

/// How a reply ended.
public struct ReplyEnd: Sendable, Equatable {
    /// Why, in the protocol's words.
    public enum Reason: String, Sendable {
        /// The model ended it, or a text that was to end it came.
        case stop
        /// The limit on tokens was reached.
        case length
        /// A guard refused.
        case contentFilter = "content_filter"
    }

    /// Why.
    public let reason: Reason
    /// What the guard says; nil where none refused.
    public let refusal: String?
    /// Tokens of what was asked, and of the reply.
    public let promptTokens, tokens: Int

    /// States it.
    public init(_ reason: Reason, refusal: String? = nil, promptTokens: Int, tokens: Int) {
        (self.reason, self.refusal) = (reason, refusal)
        (self.promptTokens, self.tokens) = (promptTokens, tokens)
    }
}

/// A reply between the slot that writes it and the connection that waits for it.
///
/// It ends once: what comes later is dropped, so that a time-out, a client that has gone and the model may meet.
public final class ReplyJob: Sendable {
    /// What happens to it.
    public enum Event: Sendable, Equatable {
        /// A part of the text.
        case piece(String)
        /// The end.
        case done(ReplyEnd)
        /// The end of one that is not answered.
        case failed(ServingError)
    }

    /// What is asked.
    public let request: CompletionRequest
    /// Of the request, from 0 on.
    public let number: UInt64
    /// What happens, for one listener; after a cancellation the stream ends without an end of the reply.
    public let events: AsyncStream<Event>
    private let listener: AsyncStream<Event>.Continuation
    private let isEnded = Mutex(false)

    /// Makes one that nobody works on yet.
    public init(_ request: CompletionRequest, number: UInt64) {
        (self.request, self.number) = (request, number)
        (events, listener) = AsyncStream.makeStream()
    }

    /// Whether somebody still waits for it.
    public var isOpen: Bool { isEnded.withLock { !$0 } }

    /// Sends a part of the text.
    func say(_ piece: String) {
        guard !piece.isEmpty, isOpen else { return }
        listener.yield(.piece(piece))
    }

    /// Ends it.
    func finish(_ end: ReplyEnd) { close(.done(end)) }

    /// Ends it without an answer.
    func fail(_ error: ServingError) { close(.failed(error)) }

    /// Gives it up, for example because the client has gone.
    public func cancel() { close(nil) }

    /// Ends it because its time is over.
    public func expire() { fail(.late) }

    private func close(_ last: Event?) {
        let isFirst = isEnded.withLock { ended in
            defer { ended = true }
            return !ended
        }
        guard isFirst else { return }
        if let last { listener.yield(last) }
        listener.finish()
    }
}
