import Glibc

/// The sole use of a file among processes, until the value is released or the process dies.
package final class FileLock {
    /// What to do while another process has the file.
    package enum Manner {
        /// Waits for it.
        case waiting
        /// Throws `Held`.
        case refusing
    }

    /// Another process has the file.
    package struct Held: Error {
        /// Its number as far as it wrote one, which `sign` does.
        package let process: Int32?
    }

    private let path: String
    private let descriptor: Int32

    /// Opens a file, made where there is none, and takes it.
    ///
    /// The file stays when the lock is given back: removing it would let two processes lock two files of one name.
    ///
    /// - Throws: `StorageError`; `Held`.
    package init(_ path: String, _ manner: Manner = .waiting) throws {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
        guard descriptor >= 0 else { throw StorageError(path, "create", SystemFault(errno)) }
        while flock(descriptor, manner == .waiting ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            guard code == EWOULDBLOCK else { throw StorageError(path, "lock", SystemFault(code)) }
            throw Held(process: Self.signature(descriptor))
        }
        guard fileKind(path) == .file else {
            throw StorageError.unexpected(path: path, reason: "not a regular file")
        }
    }

    // A refused lock ends here too: closed before it throws, its number would be closed twice, by then another file's.
    deinit {
        guard descriptor >= 0 else { return }
        // A child that was forked meanwhile may hold a copy of the descriptor: closing ours alone would leave it the lock.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Makes this process's number the content, for the message of whom the lock keeps out.
    package func sign() {
        let text = Array("\(getpid())\n".utf8)
        // The lock holds without it.
        if ftruncate(descriptor, 0) == 0 { _ = write(descriptor, text, text.count) }
    }

    private static func signature(_ descriptor: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        return Int32(String(decoding: buffer.prefix(max(0, count)).prefix { $0 != 0x0A }, as: UTF8.self))
    }

    /// All of the file as text.
    ///
    /// - Throws: `StorageError`.
    package func contents() throws -> String {
        String(decoding: try fileContents(path, limit: 1 << 30), as: UTF8.self)
    }

    /// Writes behind the end and waits until it is on the disk.
    ///
    /// - Throws: `StorageError`.
    package func append(_ text: String) throws {
        let files = SystemFiles()
        try FileSink(files, descriptor, path).write(Array(text.utf8))
        try files.attempt(path, "flush to disk") { () throws(SystemFault) in try files.synchronize(descriptor)
        }
    }

    /// Cuts the file.
    ///
    /// - Throws: `StorageError`.
    package func truncate(to size: Int) throws {
        let files = SystemFiles()
        try files.attempt(path, "shorten") { () throws(SystemFault) in
            try files.truncate(descriptor, to: size)
        }
    }
}
