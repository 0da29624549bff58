/// New tokens wait in a buffer until a guard has seen those behind them; what is flagged is dropped and written anew.
///
/// A flag counts where two tokens of the buffer in a row have it. After too many attempts the response ends, and a refusal
/// takes the place of what is missing.
///
/// - SeeAlso: arXiv:2509.06982 (CARE), for the idea and the sizes.
public struct RollBackBuffer<Token: Sendable>: Sendable {
    /// What was dropped.
    public struct Event: Sendable, Hashable {
        /// Tokens that had been shown before.
        public let place: Int
        /// The attempt that was dropped, from 0.
        public let attempt: Int
        /// Tokens that were dropped.
        public let dropped: Int
    }

    /// What to do next.
    public enum Step: Sendable {
        /// Write the next token.
        case goOn
        /// Go back to the last token shown, and write from there as the next attempt.
        case rollBack
        /// End with a refusal.
        case refuse
    }

    /// The most tokens that wait, at least 1, and the most attempts after the first.
    public let size, tries: Int
    /// Tokens that may be seen.
    public private(set) var shown: [Token] = []
    /// Tokens that wait, the oldest first.
    public private(set) var waiting: [Token] = []
    /// The attempt under way: with the response it names the stream of random numbers.
    public private(set) var attempt = 0
    /// All that was dropped.
    public private(set) var events: [Event] = []
    /// Whether the response ended by refusal.
    public private(set) var isRefused = false
    private var lastIsFlagged = false

    /// Makes an empty buffer.
    public init(size: Int = 40, tries: Int = 5) {
        precondition(size >= 1 && tries >= 0, "a buffer of \(size), \(tries) tries")
        (self.size, self.tries) = (size, tries)
    }

    /// How many tokens were written in vain.
    public var wasted: Int { events.reduce(0) { $0 + $1.dropped } }

    /// Takes the next token with the guard's flag for it.
    ///
    /// - Precondition: the response was not refused.
    public mutating func add(_ token: Token, isFlagged: Bool) -> Step {
        precondition(!isRefused, "the response has ended")
        waiting.append(token)
        guard !(isFlagged && lastIsFlagged) else { return drop() }
        lastIsFlagged = isFlagged
        if waiting.count > size { shown.append(waiting.removeFirst()) }
        return .goOn
    }

    /// Shows what waits, at the end of the text.
    public mutating func finish() {
        precondition(!isRefused, "the response has ended")
        shown += waiting
        waiting = []
    }

    private mutating func drop() -> Step {
        events.append(Event(place: shown.count, attempt: attempt, dropped: waiting.count))
        (waiting, lastIsFlagged) = ([], false)
        isRefused = attempt >= tries
        if isRefused { return .refuse }
        attempt += 1
        return .rollBack
    }
}
