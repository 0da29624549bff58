import FlyingSocks
import Foundation
import Serving

/// One connection: one request and its answer.
struct Connection: Sendable {
    let socket: AsyncSocket
    let service: any ServedApplication
    let replySeconds: Int?

    /// Bytes that are read at once, and that a client may send behind its request before it is no longer listened to.
    private static let piece = 4096, mostBehind = 65_536
    /// Seconds and bytes that are read for nothing, so that an answer is not lost to a reset.
    private static let lingerSeconds = 2, lingerBytes = 1 << 26
    /// Seconds in which a client that is told that its time is over has to read it.
    private static let graceSeconds = 5

    private static let late = SocketError.timeout(message: "")

    /// Closes it with the answer that too many are open.
    func refuse() {
        let answer = ServedAnswer(ServingError(503, "Too many connections are open. Try again later."))
        _ = try? socket.socket.write(Data(answer.bytes))
        try? socket.close()
    }

    /// Reads the request and answers it.
    func serve() async {
        do {
            if let (head, body) = try await request() {
                switch service.outcome(of: head, body: body) {
                case .answer(let answer): try await write(answer.bytes)
                case .stream(let stream): try await deliver(stream)
                }
            }
            try await linger()
        } catch {
            // Who has gone is told nothing.
        }
        try? socket.close()
    }

    private func write(_ bytes: [UInt8]) async throws { try await socket.write(Data(bytes)) }

    /// The request; nil where it was answered before its body was read.
    private func request() async throws -> (RequestHead, [UInt8])? {
        do {
            return try await within(ServedProgram.requestSeconds) { try await read() }
        } catch let error as ServingError {
            try await write(ServedAnswer(error).bytes)
        } catch SocketError.timeout {
            try await write(ServedAnswer(ServingError(408, "the request did not come in time.")).bytes)
        }
        return nil
    }

    private func read() async throws -> (RequestHead, [UInt8])? {
        var bytes = try await socket.read(atMost: Self.piece)
        var known = 0
        var end = try RequestHead.end(in: bytes)
        while end == nil {
            known = bytes.count
            bytes += try await socket.read(atMost: Self.piece)
            end = try RequestHead.end(in: bytes, known: known)
        }
        let length = end ?? 0
        let head = try RequestHead(parsing: bytes[..<length])
        switch service.admission(of: head) {
        case .answer(let answer):
            try await write(answer.bytes)
            return nil
        case .body(let count):
            if head.fields["expect"] != nil && bytes.count == length { try await write(ServedAnswer.goOn) }
            var body = Array(bytes[length...].prefix(count))
            while body.count < count {
                body += try await socket.read(atMost: min(Self.piece, count - body.count))
            }
            return (head, body)
        }
    }

    /// Sends a reply while it listens for the client's end and the end of its time.
    private func deliver(_ stream: ServedStream) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await stream.deliver { try await write($0) }
                return true
            }
            group.addTask {
                var behind = 0
                do {
                    while behind < Self.mostBehind {
                        behind += try await socket.read(atMost: Self.piece).count
                    }
                } catch is CancellationError { return false } catch {}
                stream.cancel()
                return false
            }
            if let replySeconds {
                group.addTask {
                    try await Task.sleep(for: .seconds(replySeconds))
                    stream.expire()
                    try await Task.sleep(for: .seconds(Self.graceSeconds))
                    throw Self.late
                }
            }
            defer { group.cancelAll() }
            while let isSent = try await group.next() { if isSent { break } }
        }
    }

    /// Ends the sending, and reads what still comes: closing at once would take the answer back.
    private func linger() async throws {
        shutdown(socket.socket.file.rawValue, Int32(SHUT_WR))
        try await within(Self.lingerSeconds) {
            var read = 0
            while read < Self.lingerBytes { read += try await socket.read(atMost: Self.piece).count }
        }
    }

    /// Does something, and gives it up after some seconds.
    private func within<Value: Sendable>(
        _ seconds: Int, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw Self.late
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw Self.late }
            return value
        }
    }
}
