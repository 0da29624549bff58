import Foundation
import Glibc

/// One GET request by the program `curl`, whose answer is handed on piece by piece.
///
/// The body comes through a pipe instead of being written by curl, so that curl ends when this process does, however that
/// ends, and every byte passes the checks here.
struct CurlTransfer {
    /// How the program ended: its exit code and its own last line.
    struct End: Equatable {
        let code: Int32
        let message: String
    }

    /// What `run` was told by whoever takes the answer.
    enum Decision { case goOn, stop }

    private static let longestHead = 1 << 18
    let address: String
    /// Further header lines.
    let headers: [String]
    /// Calls the program; replaced by tests.
    var program = "curl"

    /// Runs the request to its end.
    ///
    /// - Parameters:
    ///   - head: gets every answer's head in order; the last one's body follows unless it says stop.
    ///   - body: gets the pieces of the body.
    /// - Returns: how curl ended; nil when it was stopped.
    /// - Throws: `TransferError.noCurl` or `.badAnswer`, and what `head` and `body` throw.
    func run(head: (HTTPHead) throws -> Decision, body: (UnsafeRawBufferPointer) throws -> Void) throws
        -> End?
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        do {
            guard try read(output.fileHandleForReading.fileDescriptor, head, body) == .goOn else {
                stop(process)
                return nil
            }
        } catch {
            stop(process)
            throw error
        }
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        // What env answers where there is no such program.
        if process.terminationStatus == 127 { throw TransferError.noCurl(address: address) }
        let line = text.split(whereSeparator: \.isNewline).last.map(String.init) ?? "no reason given"
        return End(code: process.terminationStatus, message: Self.plain(line))
    }

    private var arguments: [String] {
        // A file may move from http to https, never back.
        let allowed = address.hasPrefix("https:") ? "=https" : "=http,https"
        return ["-q", "--silent", "--show-error", "--globoff", "--location", "--max-redirs", "10"]
            + ["--proto", allowed, "--include", "--suppress-connect-headers"]
            + ["--connect-timeout", "30", "--speed-limit", "1", "--speed-time", "60"]
            + headers.flatMap { ["--header", $0] } + ["--", address]
    }

    /// By a signal that nobody can block: who started this process may have blocked others, and children inherit that.
    private func stop(_ process: Process) {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private func read(
        _ descriptor: Int32, _ head: (HTTPHead) throws -> Decision,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Decision {
        var waiting: [UInt8]? = []
        return try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 64) { piece in
            while true {
                let count = Glibc.read(descriptor, piece.baseAddress, piece.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return .goOn }
                let bytes = UnsafeRawBufferPointer(rebasing: piece[..<count])
                guard var text = waiting else {
                    try body(bytes)
                    continue
                }
                text.append(contentsOf: bytes)
                waiting = text
                guard let rest = try heads(&text, head) else {
                    waiting = text
                    continue
                }
                guard rest == .goOn else { return .stop }
                waiting = nil
                try text.withUnsafeBytes { if !$0.isEmpty { try body($0) } }
            }
        }
    }

    /// Takes complete heads from the front; nil while the last one has not come.
    private func heads(_ text: inout [UInt8], _ take: (HTTPHead) throws -> Decision) throws -> Decision? {
        while let end = text.firstRange(of: Array("\r\n\r\n".utf8)) {
            guard let head = HTTPHead(String(decoding: text[..<end.lowerBound], as: UTF8.self)) else { break }
            text.removeSubrange(..<end.upperBound)
            if try take(head) == .stop { return .stop }
            if !head.isFollowed { return .goOn }
        }
        if text.count > Self.longestHead || text.count >= 5 && !text.starts(with: Array("HTTP/".utf8)) {
            throw TransferError.badAnswer(address: address, reason: "the answer is not HTTP")
        }
        return nil
    }

    /// `curl: (6) Could not resolve host: x` without the program's name and number.
    private static func plain(_ line: String) -> String {
        let text =
            line.hasPrefix("curl: (") ? line.split(separator: ")", maxSplits: 1).last.map(String.init) : line
        let trimmed = (text ?? line).trimmingCharacters(in: .whitespaces)
        return oneLine(trimmed.hasSuffix(".") ? String(trimmed.dropLast()) : trimmed)
    }
}
