import Glibc

/// What a path leads to.
package enum FileKind: Equatable { case file, directory, other }

/// Looks at what is at a path.
///
/// - Parameters:
///   - path: any path.
///   - following: looks at what a symbolic link leads to instead of at the link.
/// - Returns: nil when nothing is there.
package func fileKind(_ path: String, following: Bool = false) -> FileKind? {
    var status = stat()
    guard (following ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .directory
    default: return .other
    }
}

/// The directory that holds `path`.
package func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The names in a directory, sorted, without `.` and `..`.
///
/// - Throws: `StorageError`.
package func directoryContents(_ path: String) throws(StorageError) -> [String] {
    guard let stream = opendir(path) else { throw StorageError(path, "list", SystemFault(errno)) }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { names.append(name) }
        errno = 0
    }
    if errno != 0 { throw StorageError(path, "list", SystemFault(errno)) }
    return names.sorted()
}

/// The bytes of a regular file.
///
/// - Throws: `StorageError`, also when the file is larger than `limit` or shrinks while it is read.
package func fileContents(_ path: String, limit: Int = .max) throws(StorageError) -> [UInt8] {
    let (descriptor, size) = try openRegularFile(path)
    defer { close(descriptor) }
    guard size <= limit else {
        throw .unexpected(path: path, reason: "\(size) bytes, more than the \(limit) that belong here")
    }
    return try contents(of: path, descriptor, size)
}

/// The first bytes of a regular file, at most `limit`.
///
/// - Throws: `StorageError`, also when the file shrinks while it is read.
package func beginningOfFile(_ path: String, limit: Int) throws(StorageError) -> [UInt8] {
    let (descriptor, size) = try openRegularFile(path)
    defer { close(descriptor) }
    return try contents(of: path, descriptor, min(size, limit))
}

private func contents(of path: String, _ descriptor: Int32, _ size: Int) throws(StorageError) -> [UInt8] {
    var fault: SystemFault?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        fault = fill(UnsafeMutableRawBufferPointer(buffer), from: descriptor, &count)
    }
    if let fault { throw StorageError(path, "read", fault) }
    guard bytes.count == size else { throw .unexpected(path: path, reason: "changed while being read") }
    return bytes
}

/// The size and SHA-256 of a regular file, read piece by piece.
///
/// - Throws: `StorageError`, also when the file shrinks while it is read.
package func fileDigest(_ path: String) throws(StorageError) -> (bytes: Int, sha256: String) {
    let (descriptor, size) = try openRegularFile(path)
    defer { close(descriptor) }
    var digest = SHA256()
    var (done, fault) = (0, SystemFault?.none)
    withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 64) { piece in
        while done < size && fault == nil {
            var count = 0
            fault = fill(piece, from: descriptor, &count)
            digest.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
            done += count
            if count < piece.count { break }
        }
    }
    if let fault { throw StorageError(path, "read", fault) }
    guard done == size else { throw .unexpected(path: path, reason: "changed while being read") }
    return (size, digest.hexadecimal())
}

package func openRegularFile(_ path: String) throws(StorageError) -> (descriptor: Int32, size: Int) {
    // O_NONBLOCK: a pipe of this name must be refused below, not waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw StorageError(path, "open", SystemFault(errno)) }
    var status = stat()
    if fstat(descriptor, &status) != 0 {
        defer { close(descriptor) }
        throw StorageError(path, "inspect", SystemFault(errno))
    }
    if status.st_mode & S_IFMT != S_IFREG {
        close(descriptor)
        throw .unexpected(path: path, reason: "not a regular file")
    }
    return (descriptor, Int(status.st_size))
}

/// Reads until `buffer` is full or the file ends.
private func fill(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, _ count: inout Int)
    -> SystemFault?
{
    while count < buffer.count {
        let got = read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { return SystemFault(errno) }
        if got == 0 { break }
        count += got
    }
    return nil
}
