/// What became of a token that was drawn.
public enum Acceptance: Sendable, Equatable {
    /// It stays, and the reply goes on.
    case accepted
    /// It goes, with all tokens of the reply behind the first `from`, which is less than it has; drawing goes on there.
    case rejected(from: Int)
    /// It stays or is an end token, and the reply is over.
    case ended
}

/// What a reply is kept to while it is drawn, token by token; one value for each reply.
public protocol TokenConstraint {
    /// Sets the tokens that may follow.
    ///
    /// - Parameter mask: of the whole vocabulary, with any content.
    mutating func allowed(into mask: inout TokenMask)

    /// Takes a token, one that was allowed.
    ///
    /// - Returns: what becomes of it.
    mutating func accept(_ token: Int32) -> Acceptance

    /// Says what to do where no token is allowed; by default the reply is over, as a deadlock.
    ///
    /// - Returns: from where on the reply is drawn again; nothing for a deadlock.
    mutating func meetDeadEnd() -> Int?

    /// Tokens of the vocabulary that masks are about.
    var vocabularySize: Int { get }
}

extension TokenConstraint {
    /// A deadlock.
    public mutating func meetDeadEnd() -> Int? { nil }
}
