import AssuranceCases
import Serving
import Synchronization

/// The board without its sockets: what it answers to a request.
public final class BoardService: ServedApplication {
    private let gate: BoardGate
    private let source: any BoardSource
    private let folder: String
    private let now: @Sendable () -> Double
    private let streams = OpenStreams()

    /// Puts one together.
    ///
    /// - Parameters:
    ///   - source: where runs are looked for.
    ///   - folder: what the place is called.
    ///   - token: must be named, at first in the address and by a cookie then; letters and digits.
    ///   - now: seconds since 1970.
    public init(
        _ source: any BoardSource, folder: String, token: String, now: @escaping @Sendable () -> Double
    ) {
        (gate, self.source) = (BoardGate(token: token), source)
        (self.folder, self.now) = (folder, now)
    }

    /// A token that nobody guesses: 128 bits, as 32 letters and digits.
    public static func makeToken() -> String { BoardGate.makeToken() }

    /// Judges a request by its header; none that is let in has a body.
    public func admission(of head: RequestHead) -> ServedAdmission {
        if case .closed(let status, let sentence) = gate.passage(of: head, BoardQuery(head.query)) {
            return .answer(answer(BoardPage.note(sentence), to: head, status: status))
        }
        return .body(0)
    }

    /// Answers a request that was admitted.
    public func outcome(of head: RequestHead, body: [UInt8]) -> ServedOutcome {
        let query = BoardQuery(head.query)
        guard case .open(let fields) = gate.passage(of: head, query) else { return .answer(missing(head)) }
        guard let address = BoardAddress(head.path) else { return .answer(missing(head)) }
        let runs: [BoardRun]
        do { runs = try source.runs() } catch {
            return .answer(answer(BoardPage.note("\(error)"), to: head, status: 503, fields))
        }
        func run(_ name: String) -> BoardRun? { runs.first { $0.name == name } }
        switch address {
        case .list:
            let page = RunListPage(runs, of: folder, RunOrder(query), now: now())
            return .answer(answer(page.text, to: head, fields))
        case .run(let name):
            guard let run = run(name) else { return .answer(missing(head, fields)) }
            return .answer(answer(RunPage(run, source.detail(of: run)).text, to: head, fields))
        case .events(let name):
            guard let run = run(name) else { return .answer(missing(head, fields)) }
            guard head.method == "GET" else {
                return .answer(
                    ServedAnswer("", type: "text/event-stream", fields: BoardPage.fields + fields).bare)
            }
            // A browser names the place itself only where it lost the connection, and not where a page closed it.
            let place = (head.fields["last-event-id"] ?? query["behind"]).flatMap { Int($0) } ?? 0
            return .stream(stream(of: run, behind: place))
        }
    }

    /// Ends all streams.
    public func stop() { streams.endAll() }

    private func stream(of run: BoardRun, behind place: Int) -> ServedStream {
        let queue = EventQueue()
        let source = source
        return ServedStream(
            deliver: { [streams] write in
                streams.add(queue)
                defer { streams.remove(queue) }
                try await write(ServedAnswer.streamHead(with: BoardPage.fields))
                var feed = EventFeed(run, behind: max(0, place), into: queue) { source.current(run) }
                try await EventDelivery.deliver(from: queue, by: write) { feed.tick() }
            }, cancel: { queue.end() })
    }

    private func missing(_ head: RequestHead, _ fields: [String] = []) -> ServedAnswer {
        answer(
            BoardPage.note(
                "Nothing is here: a run that was removed or renamed, or an address that never was."),
            to: head, status: 404, fields)
    }

    private func answer(
        _ page: String, to head: RequestHead, status: Int = 200, _ fields: [String] = []
    ) -> ServedAnswer {
        let more = fields + BoardPage.fields + (status == 405 ? ["Allow: GET, HEAD"] : [])
        let answer = ServedAnswer(page, type: "text/html; charset=utf-8", status: status, fields: more)
        return head.method == "HEAD" ? answer.bare : answer
    }
}

/// The queues of clients that listen.
private final class OpenStreams: Sendable {
    private let state = Mutex<(queues: [ObjectIdentifier: EventQueue], isOver: Bool)>(([:], false))

    func add(_ queue: EventQueue) {
        let isOver = state.withLock { state in
            state.queues[ObjectIdentifier(queue)] = queue
            return state.isOver
        }
        if isOver { queue.end() }
    }

    func remove(_ queue: EventQueue) {
        state.withLock { _ = $0.queues.removeValue(forKey: ObjectIdentifier(queue)) }
    }

    func endAll() {
        let queues = state.withLock { state in
            state.isOver = true
            return Array(state.queues.values)
        }
        for queue in queues { queue.end() }
    }
}
