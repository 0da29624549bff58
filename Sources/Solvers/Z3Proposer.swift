import Rules
import Synchronization

/// Proposes actions by Z3, which need not be allowed: who asks judges them.
///
/// What an answer is depends on the time that it takes, so that runs with a solver are not the same bit for bit.
public final class Z3Proposer: ActionProposer {
    /// Time of one answer, unless another is named.
    public static let standardTimeout = Duration.milliseconds(5)

    /// What happened so far.
    public struct Counts: Sendable, Equatable {
        /// Actions that were asked for.
        public var questions = 0
        /// Answers that were unknown, late or errors.
        public var timeouts = 0

        /// So many.
        public init(questions: Int = 0, timeouts: Int = 0) {
            (self.questions, self.timeouts) = (questions, timeouts)
        }
    }

    private struct State: ~Copyable {
        var session: Z3Session
        var counts = Counts()
    }

    /// Time of one answer.
    public let timeout: Duration
    private let state: Mutex<State>

    /// Opens Z3 and makes a context, which takes some 15 ms.
    ///
    /// - Parameters:
    ///   - path: of the library's file, as for `Z3Library`.
    ///   - timeout: of one answer, at least 1 ns; what comes later counts for nothing.
    /// - Throws: `Z3Error` where it is absent, or something else altogether.
    public init(path: String? = nil, timeout: Duration = standardTimeout) throws(Z3Error) {
        precondition(timeout >= .nanoseconds(1), "a time-out of \(timeout)")
        self.timeout = timeout
        state = Mutex(State(session: try Z3Session(try Z3Library(path: path))))
    }

    /// What happened so far.
    public var counts: Counts { state.withLock { $0.counts } }
    /// Questions that were not answered in time.
    public var timeouts: Int { counts.timeouts }

    /// Actions within the question's radius, the nearest first.
    public func proposals(for question: ActionQuestion) -> [[Double]] {
        state.withLock { state in
            var search = NearestModel(question, timeout: timeout)
            search.search(&state.session)
            state.counts.questions += 1
            state.counts.timeouts += search.failures
            return search.models
        }
    }
}
