import Foundation
import Glibc

/// The program `ffmpeg`, found and asked what it can do.
package struct FilmProgram {
    /// Ways to write a video that belongs into an MP4 file, the one that most players show first.
    private static let encoders = [
        "libx264": ["-crf", "20", "-preset", "medium"], "libopenh264": ["-b:v", "4M"],
        "mpeg4": ["-q:v", "3"],
    ]

    /// Calls the program.
    let program: String
    /// Options that choose how the video is encoded.
    let encoding: [String]

    /// Looks for the program.
    ///
    /// - Parameters:
    ///   - program: its name, or a path.
    ///   - path: the video, for errors.
    /// - Throws: `FilmError.noFfmpeg` or `.noEncoder`.
    package init(_ program: String = "ffmpeg", for path: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program, "-hide_banner", "-loglevel", "error", "-encoders"]
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw FilmError.noFfmpeg(path: path) }
        let words = Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
        guard let name = ["libx264", "libopenh264", "mpeg4"].first(where: words.contains) else {
            throw FilmError.noEncoder(path: path)
        }
        (self.program, encoding) = (program, ["-c:v", name] + (Self.encoders[name] ?? []))
    }
}

/// A child process that turns pictures into an MP4 file; it ends with the value.
///
/// Pictures go through a socket and not through a pipe, because writing to a socket whose reader has gone can be an error
/// instead of a signal that ends this process.
package final class FilmProcess: FrameEncoding {
    /// Seconds that the program may take no picture, or take to finish, before it counts as hung.
    private static let patience: Int32 = 120

    private let path: String
    private let process = Process()
    private let input: FileHandle
    private let errors = Pipe()
    private var errorTail: [UInt8] = []

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - program: what to start.
    ///   - partial: where it writes.
    ///   - path: where that will be put, for errors.
    ///   - size: pixels of every picture; even numbers, because colours are stored at half the resolution.
    ///   - rate: pictures a second.
    /// - Throws: `FilmError`.
    package init(
        _ program: FilmProgram, writing partial: String, for path: String, size: (width: Int, height: Int),
        rate: Int
    ) throws {
        precondition(
            size.width % 2 == 0 && size.height % 2 == 0, "a film of \(size.width) x \(size.height) pixels")
        self.path = path
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw FilmError.ffmpegFailed(
                path: path, reason: "cannot be started: " + String(cString: strerror(errno)))
        }
        input = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        let reader = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        let place =
            partial.hasPrefix("/") ? partial : FileManager.default.currentDirectoryPath + "/" + partial
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [program.program, "-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-f", "rawvideo"]
            + [
                "-pix_fmt", "rgb24", "-s", "\(size.width)x\(size.height)", "-r", "\(rate)", "-i", "pipe:0",
                "-an",
            ]
            + program.encoding
            // What every player reads; without the time at which it was written.
            + [
                "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-map_metadata", "-1", "-fflags",
                "+bitexact",
            ]
            + ["-f", "mp4", "file:" + place]
        (process.standardInput, process.standardOutput, process.standardError) = (
            reader, FileHandle.nullDevice, errors
        )
        try process.run()
        try reader.close()
        _ = fcntl(errors.fileHandleForReading.fileDescriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { stop() }

    package func append(_ frame: Frame, lasting duration: Int) throws {
        for _ in 0..<duration { try frame.pixels.withUnsafeBytes { try send($0) } }
    }

    package func end() throws {
        try input.close()
        // Its standard error ends with it.
        while try wait(for: nil) {}
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else { throw failure() }
    }

    private func send(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.send(
                input.fileDescriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EAGAIN {
                _ = try wait(for: input.fileDescriptor)
            } else if errno != EINTR {
                throw failure()
            }
        }
    }

    /// Waits until a descriptor takes more, or without one for the next words of the program; reads those meanwhile, so
    /// that it never waits for that.
    ///
    /// - Returns: false once its standard error has ended.
    private func wait(for descriptor: Int32?) throws -> Bool {
        let reader = errors.fileHandleForReading.fileDescriptor
        var watched = [
            pollfd(fd: descriptor ?? -1, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: reader, events: Int16(POLLIN), revents: 0),
        ]
        let ready = poll(&watched, 2, Self.patience * 1000)
        if ready == 0 {
            throw FilmError.ffmpegFailed(path: path, reason: "did nothing for \(Self.patience) s")
        }
        return watched[1].revents == 0 || collectErrors()
    }

    /// Takes what there is; false at the end.
    private func collectErrors() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 16) { buffer in
            while true {
                let count = Glibc.read(
                    errors.fileHandleForReading.fileDescriptor, buffer.baseAddress, buffer.count)
                if count > 0 { errorTail = (errorTail + buffer[..<count]).suffix(4096) }
                if count == 0 || count < 0 && errno != EINTR { return count < 0 && errno == EAGAIN }
            }
        }
    }

    /// What the program said last.
    private func failure() -> FilmError {
        stop()
        _ = collectErrors()
        let line = String(decoding: errorTail, as: UTF8.self).split(whereSeparator: \.isNewline).last
        return .ffmpegFailed(
            path: path, reason: line.map { "failed: \($0.prefix(160))" } ?? "failed without a word")
    }

    /// By a signal that nobody can block: who started this process may have blocked others, and children inherit that.
    private func stop() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
