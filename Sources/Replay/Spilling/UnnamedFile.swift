import Glibc
import Storage

/// A file without a name, which is gone when nobody holds it.
final class UnnamedFile {
    private let path: String
    /// Open to be read and written.
    let descriptor: Int32
    private var size = 0

    /// Creates it in the folder of a file that is to be written.
    ///
    /// - Throws: `StorageError` that names that file.
    init(beside target: String) throws(StorageError) {
        path = target
        var name = Array("\(target).unfinished-\(getpid())-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw StorageError(target, "create", SystemFault(errno)) }
        unlink(name)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    /// Writes behind what is there.
    ///
    /// - Throws: `StorageError`.
    func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        try write(bytes, at: size)
        size += bytes.count
    }

    /// Makes it so long, the new part zero.
    ///
    /// - Throws: `StorageError`, before anything is read through a mapping.
    func extend(to bytes: Int) throws(StorageError) {
        let fault = posix_fallocate(descriptor, 0, bytes)
        guard fault == 0 else { throw StorageError(path, "write", SystemFault(fault)) }
        size = bytes
    }

    /// Copies all of it into another one.
    ///
    /// - Parameters:
    ///   - other: where to.
    ///   - place: the first byte there.
    ///   - pieceRowBytes: pieces hold a multiple of so many bytes.
    ///   - change: may change a piece on its way.
    /// - Throws: `StorageError`.
    func copy(
        into other: UnnamedFile, at place: Int, pieceRowBytes: Int,
        _ change: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(StorageError) {
        let most = max(1, (1 << 20) / pieceRowBytes) * pieceRowBytes
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: min(most, max(size, 1)), alignment: 64)
        defer { piece.deallocate() }
        for start in stride(from: 0, to: size, by: most) {
            let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(most, size - start)])
            try read(into: part, at: start)
            change(part)
            try other.write(UnsafeRawBufferPointer(part), at: place + start)
        }
    }

    private func read(into bytes: UnsafeMutableRawBufferPointer, at place: Int) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(place + done))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw StorageError(path, "read", SystemFault(count < 0 ? errno : EIO)) }
            done += count
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer, at place: Int) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(place + done))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw StorageError(path, "write", SystemFault(count < 0 ? errno : EIO)) }
            done += count
        }
    }
}
