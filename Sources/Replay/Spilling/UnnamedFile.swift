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
    convenience init(beside target: String) throws(StorageError) {
        do { try self.init(inTheFolderOf: target) } catch { throw StorageError(target, "create", error) }
    }

    /// Likewise.
    ///
    /// - Throws: `SystemFault`.
    init(inTheFolderOf target: String) throws(SystemFault) {
        path = target
        var name = Array("\(target).unfinished-\(getpid())-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw SystemFault(errno) }
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
        do { try readWhole(descriptor, into: bytes, at: place) } catch {
            throw StorageError(path, "read", error)
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer, at place: Int) throws(StorageError) {
        do {
            try transferred(bytes.count) { done in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                return pwrite(descriptor, rest.baseAddress, rest.count, off_t(place + done))
            }
        } catch { throw StorageError(path, "write", error) }
    }
}

/// Fills a buffer from a place in a file.
///
/// - Throws: `SystemFault`, where the file ends before too.
func readWhole(
    _ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer, at place: Int
) throws(SystemFault) {
    try transferred(bytes.count) { done in
        let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
        return pread(descriptor, rest.baseAddress, rest.count, off_t(place + done))
    }
}

/// Repeats a system call, which is told how many bytes have passed, until all have.
private func transferred(_ count: Int, _ call: (Int) -> Int) throws(SystemFault) {
    var done = 0
    while done < count {
        let passed = call(done)
        if passed < 0 && errno == EINTR { continue }
        guard passed > 0 else { throw SystemFault(passed < 0 ? errno : EIO) }
        done += passed
    }
}
