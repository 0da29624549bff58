import Glibc

/// The right to write into a run directory; given back when the value is released, or by the kernel when a process dies.
final class RunLock {
    private let descriptor: Int32

    /// Takes the lock of a directory.
    ///
    /// - Throws: `RunError.inUse` with the holder's process, or `StorageError`.
    init(_ directory: String) throws {
        let path = directory + "/.lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw StorageError(path, "create", SystemFault(errno)) }
        // The file stays when the lock is given back: removing it would let two processes lock two files of one name.
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            defer { close(descriptor) }
            guard code == EWOULDBLOCK else { throw StorageError(path, "lock", SystemFault(code)) }
            throw RunError.inUse(path: directory, process: Self.holder(descriptor))
        }
        let text = Array("\(getpid())\n".utf8)
        // The number is for messages; the lock holds without it.
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
    }

    deinit {
        // A child forked a moment ago may not have closed its copy of the descriptor yet: closing ours would leave the
        // lock to it, unlocking takes it from both.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        return Int32(String(decoding: buffer.prefix(max(0, count)).prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
