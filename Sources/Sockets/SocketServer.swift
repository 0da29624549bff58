import Dispatch
import FlyingSocks
import Foundation
import Serving
import Synchronization

/// Listens on a port, and ends when it is asked to.
public struct SocketServer: Sendable {
    private let program: ServedProgram
    private let open = OpenConnections()

    /// Takes a program, of which nothing is opened yet.
    public init(_ program: ServedProgram) { self.program = program }

    /// Serves until the program asks for an end.
    ///
    /// - Throws: `ListeningError`; what opening the program throws.
    public func run() throws {
        let listener = try listening()
        let service: any ServedApplication
        do { service = try program.open() } catch {
            try? listener.close()
            throw error
        }
        let (ended, end) = (DispatchSemaphore(value: 0), SocketsEnd())
        let task = Task.detached {
            do { try await serve(service, on: listener) } catch { end.set(error) }
            ended.signal()
        }
        try program.began(try port(of: listener))
        while program.goesOn() {
            if ended.wait(timeout: .now() + .milliseconds(100)) == .success {
                service.stop()
                throw end.value ?? SocketError.disconnected
            }
        }
        // Whoever waits is told before the sockets are closed.
        service.stop()
        for _ in 0..<20 where open.count > 0 { usleep(100_000) }
        task.cancel()
        _ = ended.wait(timeout: .now() + .seconds(5))
    }

    private func listening() throws -> Socket {
        let address = program.address
        do {
            let socket = try Socket(domain: address.isSix ? AF_INET6 : AF_INET, type: .stream)
            try socket.setValue(true, for: .localAddressReuse)
            if address.isSix {
                try socket.bind(to: .inet6(ip6: address.host, port: address.port))
            } else {
                try socket.bind(to: .inet(ip4: address.host, port: address.port))
            }
            try socket.listen(maxPendingConnection: 64)
            return socket
        } catch SocketError.failed(_, let code, _) { throw ListeningError(address, code: code) }
    }

    private func port(of socket: Socket) throws -> UInt16 {
        switch try socket.sockname() {
        case .ip4(_, let port), .ip6(_, let port): port
        case .unix: program.address.port
        }
    }

    private func serve(_ service: any ServedApplication, on listener: Socket) async throws {
        let pool = SocketPool.make()
        try await pool.prepare()
        let socket = try AsyncSocket(socket: listener, pool: pool)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            group.addTask { await accept(service, on: socket) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func accept(_ service: any ServedApplication, on listener: AsyncSocket) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    let socket = try await listener.accept()
                    let connection = Connection(
                        socket: socket, service: service, replySeconds: program.replySeconds)
                    guard open.add() else {
                        connection.refuse()
                        continue
                    }
                    group.addTask {
                        await connection.serve()
                        open.remove()
                    }
                } catch {
                    // Too many open files, for example, which passes.
                    try? await Task.sleep(for: .milliseconds(100))
                }
            }
        }
        try? listener.close()
    }
}

/// How many connections are open.
private final class OpenConnections: Sendable {
    private let number = Mutex(0)
    var count: Int { number.withLock { $0 } }

    /// Counts one more; false where there are too many.
    func add() -> Bool {
        number.withLock { number in
            guard number < ServedProgram.mostConnections else { return false }
            number += 1
            return true
        }
    }

    func remove() { number.withLock { $0 -= 1 } }
}

/// Why the sockets ended.
private final class SocketsEnd: Sendable {
    private let error = Mutex<(any Error)?>(nil)
    var value: (any Error)? { error.withLock { $0 } }
    func set(_ error: any Error) { self.error.withLock { $0 = error } }
}
