/// What answers requests, without sockets.
public protocol ServedApplication: Sendable {
    /// Judges a request by its header, before its body is read.
    func admission(of head: RequestHead) -> ServedAdmission

    /// Answers a request that was admitted.
    ///
    /// - Parameters:
    ///   - head: its header.
    ///   - body: as long as that says.
    /// - Returns: an answer, whole or still written.
    func outcome(of head: RequestHead, body: [UInt8]) -> ServedOutcome

    /// Ends what is still written.
    func stop()
}

/// What comes of a request's header.
public enum ServedAdmission: Sendable, Equatable {
    /// The answer.
    case answer(ServedAnswer)
    /// A body of so many bytes is to be read.
    case body(Int)
}

/// What comes of a request.
public enum ServedOutcome: Sendable {
    /// The answer, whole.
    case answer(ServedAnswer)
    /// An answer that is still written.
    case stream(ServedStream)
}

/// An answer that is still written, for one client.
public struct ServedStream: Sendable {
    /// Is given bytes in order; what it throws gives the answer up.
    public typealias Writing = @Sendable ([UInt8]) async throws -> Void

    /// Sends the answer as it comes, and returns at its end.
    public let deliver: @Sendable (@escaping Writing) async throws -> Void
    /// Called when the client has gone.
    public let cancel: @Sendable () -> Void
    /// Called when the time of an answer is over, where a program limits it.
    public let expire: @Sendable () -> Void

    /// Puts one together.
    public init(
        deliver: @escaping @Sendable (@escaping Writing) async throws -> Void,
        cancel: @escaping @Sendable () -> Void, expire: @escaping @Sendable () -> Void = {}
    ) {
        (self.deliver, self.cancel, self.expire) = (deliver, cancel, expire)
    }
}
