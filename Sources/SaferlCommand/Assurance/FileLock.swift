import Glibc
import SafeRL

/// The sole use of a file among processes, until the value is released.
final class FileLock {
    private let path: String
    private let descriptor: Int32

    /// Opens a file, made where there is none, and waits for it.
    ///
    /// - Throws: `StorageError`.
    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
        guard descriptor >= 0 else { throw StorageError(path, "create", SystemFault(errno)) }
        while flock(descriptor, LOCK_EX) != 0 {
            let code = errno
            if code == EINTR { continue }
            close(descriptor)
            throw StorageError(path, "lock", SystemFault(code))
        }
        guard fileKind(path) == .file else {
            close(descriptor)
            throw StorageError.unexpected(path: path, reason: "not a regular file")
        }
    }

    deinit {
        // A child that was forked meanwhile may hold a copy of the descriptor: closing ours alone would leave it the lock.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// All of the file as text.
    ///
    /// - Throws: `StorageError`.
    func contents() throws -> String {
        String(decoding: try fileContents(path, limit: 1 << 30), as: UTF8.self)
    }

    /// Writes behind the end and waits until it is on the disk.
    ///
    /// - Throws: `StorageError`.
    func append(_ text: String) throws {
        let files = SystemFiles()
        try FileSink(files, descriptor, path).write(Array(text.utf8))
        try files.attempt(path, "flush to disk") { () throws(SystemFault) in try files.synchronize(descriptor)
        }
    }

    /// Cuts the file.
    ///
    /// - Throws: `StorageError`.
    func truncate(to size: Int) throws {
        let files = SystemFiles()
        try files.attempt(path, "shorten") { () throws(SystemFault) in
            try files.truncate(descriptor, to: size)
        }
    }
}
