import Foundation
import Glibc
import Synchronization

/// An HTTP server of a few lines on this machine, which answers as a test says and closes each connection after it.
public final class LocalServer: Sendable {
    /// What a client asked for.
    public struct Request: Sendable, Equatable {
        /// Such as `/folder/file`.
        public let path: String
        /// Values by lower-case name.
        public let fields: [String: String]
    }

    /// All bytes of an answer, head included, for a request and its number, from 0.
    public typealias Answer = @Sendable (_ request: Request, _ number: Int) -> [UInt8]

    private final class Log: Sendable {
        let requests = Mutex<[Request]>([])
        let open = Mutex<[Int32]>([])
    }

    /// Such as `http://127.0.0.1:40000`.
    public let address: String
    private let descriptor: Int32
    private let log = Log()

    /// What was asked for so far.
    public var requests: [Request] { log.requests.withLock { $0 } }

    /// Listens on a free port.
    ///
    /// - Parameters:
    ///   - stalls: leaves connections open after the answer, as a server that hangs does, until `hangUp`.
    ///   - answer: what to send.
    /// - Throws: `CocoaError` when there is no free port.
    public init(stalls: Bool = false, _ answer: @escaping Answer) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &place) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                bind(descriptor, place, size) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, place, &size) == 0
            }
        }
        guard isListening else { throw CocoaError(.fileNoSuchFile) }
        self.descriptor = descriptor
        address = "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
        let log = self.log
        Thread.detachNewThread { Self.serve(descriptor, stalls, answer, log) }
    }

    // The thread that accepts closes: closed here, the number could already be another server's when it accepts again.
    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Ends the connections of a server that stalls.
    public func hangUp() {
        log.open.withLock { connections in
            for connection in connections { close(connection) }
            connections = []
        }
    }

    private static func serve(_ descriptor: Int32, _ stalls: Bool, _ answer: Answer, _ log: Log) {
        defer { close(descriptor) }
        while true {
            let connection = accept(descriptor, nil, nil)
            guard connection >= 0 else { return }
            if let request = read(connection) {
                let number = log.requests.withLock { requests in
                    requests.append(request)
                    return requests.count - 1
                }
                send(answer(request, number), to: connection)
            }
            if stalls {
                log.open.withLock { $0.append(connection) }
                continue
            }
            shutdown(connection, Int32(SHUT_WR))
            close(connection)
        }
    }

    private static func read(_ connection: Int32) -> Request? {
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while text.firstRange(of: Array("\r\n\r\n".utf8)) == nil {
            let count = recv(connection, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            text += piece[..<count]
        }
        let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else { return nil }
        let fields = lines.dropFirst().reduce(into: [String: String]()) { fields, line in
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 {
                fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        return Request(path: String(words[1]), fields: fields)
    }

    private static func send(_ bytes: [UInt8], to connection: Int32) {
        bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
                let count = Glibc.send(connection, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                guard count > 0 else { return }
                sent += count
            }
        }
    }
}

extension LocalServer {
    /// The bytes of an answer.
    public static func reply(_ status: String, _ fields: [String], _ body: some Sequence<UInt8> = [])
        -> [UInt8]
    {
        Array(("HTTP/1.1 \(status)\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n").utf8) + body
    }

    /// A file, or the part of it that the client wants, of a version with that tag.
    public static func file(_ bytes: [UInt8], tag: String?, to request: Request) -> [UInt8] {
        let fields = tag.map { ["ETag: \($0)"] } ?? []
        guard let range = request.fields["range"], request.fields["if-range"] == tag,
            let start = Int(range.dropFirst(6).dropLast())
        else { return reply("200 OK", fields + ["Content-Length: \(bytes.count)"], bytes) }
        guard start < bytes.count else {
            return reply(
                "416 Range Not Satisfiable", ["Content-Range: bytes */\(bytes.count)", "Content-Length: 0"])
        }
        return reply(
            "206 Partial Content",
            fields + [
                "Content-Range: bytes \(start)-\(bytes.count - 1)/\(bytes.count)",
                "Content-Length: \(bytes.count - start)",
            ], bytes[start...])
    }

    /// Whether the program that the downloads of saferl use is installed.
    public static let isCurlHere: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["curl", "--version"]
        process.standardOutput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}
