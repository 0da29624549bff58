import Board
import Foundation
import Serving
import Storage
import Synchronization
import TestSupport

/// Runs that a test makes up; their metrics lie in a folder of its own.
final class StagedRuns: BoardSource {
    struct NoFolder: Error, CustomStringConvertible {
        var description: String { "Checkpoints: no such folder <now>." }
    }

    private let folder: String
    private let staged = Mutex<[BoardRun]>([])
    private let details = Mutex<[String: BoardDetail]>([:])
    private let isThere = Mutex(true)

    init(in folder: TemporaryDirectory) { self.folder = folder.path }

    /// Adds a run; what `change` says of it.
    @discardableResult
    func add(_ name: String, _ change: (inout BoardRun.Facts) -> Void = { _ in }) -> BoardRun {
        let number = staged.withLock { $0.count }
        var run = BoardRun(name: name, metrics: "\(folder)/\(number).jsonl")
        change(&run.facts)
        staged.withLock { $0.append(run) }
        return run
    }

    /// Changes what is said of a run.
    func change(_ name: String, _ change: (inout BoardRun.Facts) -> Void) {
        staged.withLock { runs in
            for place in runs.indices where runs[place].name == name { change(&runs[place].facts) }
        }
    }

    func describe(_ name: String, _ detail: BoardDetail) { details.withLock { $0[name] = detail } }
    func remove(_ name: String) { staged.withLock { $0.removeAll { $0.name == name } } }
    func removeFolder() { isThere.withLock { $0 = false } }

    func runs() throws -> [BoardRun] {
        guard isThere.withLock({ $0 }) else { throw NoFolder() }
        return staged.withLock { $0 }
    }

    func current(_ run: BoardRun) -> BoardRun? { staged.withLock { $0.first { $0.name == run.name } } }
    func detail(of run: BoardRun) -> BoardDetail { details.withLock { $0[run.name] } ?? BoardDetail() }
}

/// A board without sockets, as a browser that knows its token sees it.
struct StagedBoard {
    static let token = "00112233445566778899aabbccddeeff"
    static let now = 1_800_000_000.0

    let folder: TemporaryDirectory
    let runs: StagedRuns
    let service: BoardService

    init() throws {
        folder = try TemporaryDirectory()
        runs = StagedRuns(in: folder)
        service = BoardService(runs, folder: "Checkpoints", token: Self.token) { Self.now }
    }

    /// What comes of a request: status, header lines, text; nothing for a stream.
    func ask(
        _ path: String, method: String = "GET", host: String = "127.0.0.1:4711", token: String? = token,
        fields: [String] = []
    ) throws -> (status: Int, fields: [String], text: String)? {
        let query = token.map { (path.contains("?") ? "&" : "?") + "token=\($0)" } ?? ""
        let lines = ["\(method) \(path)\(query) HTTP/1.1", "Host: \(host)"] + fields
        let head = try RequestHead(parsing: Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
        let answer: ServedAnswer
        switch service.admission(of: head) {
        case .answer(let early): answer = early
        case .body:
            guard case .answer(let late) = service.outcome(of: head, body: []) else { return nil }
            answer = late
        }
        let text = String(decoding: answer.bytes, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let head2 = parts[0].components(separatedBy: "\r\n")
        return (answer.status, Array(head2.dropFirst()), String(parts[1]))
    }

    /// The stream that a request with the token starts.
    func stream(_ path: String, query: String = "", fields: [String] = []) throws -> ServedStream? {
        let lines = ["GET \(path)?token=\(Self.token)\(query) HTTP/1.1", "Host: localhost"] + fields
        let head = try RequestHead(parsing: Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
        guard service.admission(of: head) == .body(0),
            case .stream(let stream) = service.outcome(of: head, body: [])
        else { return nil }
        return stream
    }

    /// The text of a page that has to be there.
    func page(_ path: String) throws -> String {
        guard let answer = try ask(path), answer.status == 200 else { throw CocoaError(.fileNoSuchFile) }
        return answer.text
    }
}
