import Glibc

/// What has come of a file so far, in `NAME.part`, locked for this process.
///
/// Beside it, `NAME.part.tag` holds the tag of the version that the bytes are of: without one they cannot be continued.
final class PartialFile {
    /// `NAME.part`.
    let path: String
    /// Bytes that have come.
    private(set) var length = 0
    /// The version that they are of.
    private(set) var tag: String?
    private let descriptor: Int32
    private let operations: any FileOperations
    private var tagPath: String { path + ".tag" }

    /// Opens what there is, or nothing.
    ///
    /// - Throws: `TransferError.inUse` or `StorageError`.
    init(_ path: String, _ operations: any FileOperations) throws {
        (self.path, self.operations) = (path, operations)
        descriptor = try operations.attempt(path, "create") { () throws(SystemFault) in
            try operations.open(path, flags: O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW)
        }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            if code == EWOULDBLOCK { throw TransferError.inUse(path: path) }
            throw StorageError(path, "lock", SystemFault(code))
        }
        var status = stat()
        if fstat(descriptor, &status) == 0 { length = Int(status.st_size) }
        tag = (try? fileContents(tagPath, limit: 4096)).map { String(decoding: $0, as: UTF8.self) }
        if length == 0 || tag == nil { try restart(tag: nil) }
    }

    // A refused file ends here too: closed before it throws, its number would be closed twice, by then another file's.
    deinit {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Throws away what has come, for bytes of the version of that tag.
    ///
    /// - Throws: `StorageError`.
    func restart(tag: String?) throws {
        // First: bytes must never stand beside the tag of another version.
        try operations.removeTree(tagPath)
        try operations.attempt(path, "write") { () throws(SystemFault) in
            try operations.truncate(descriptor, to: 0)
        }
        (length, self.tag) = (0, tag)
        if let tag { try operations.writeFile(tagPath) { try $0.write(Array(tag.utf8)) } }
    }

    /// Adds bytes at the end.
    ///
    /// - Throws: `StorageError`; some of the bytes may have been written.
    func append(_ bytes: UnsafeRawBufferPointer) throws {
        try FileSink(operations, descriptor, path).write(bytes)
        length += bytes.count
    }

    /// Removes it with its tag.
    func discard() {
        try? operations.removeTree(tagPath)
        try? operations.removeTree(path)
    }

    /// Gives the file its name, which nothing may have yet.
    ///
    /// - Throws: `TransferError.exists` or `StorageError`.
    func place(at destination: String) throws {
        try operations.attempt(path, "flush to disk") { () throws(SystemFault) in
            try operations.synchronize(descriptor)
        }
        // A rename would replace a file that has come there meanwhile.
        if link(path, destination) != 0 {
            let code = errno
            if code == EEXIST { throw TransferError.exists(path: destination) }
            // Some file systems know no second names; there the moment between look and rename has to be risked.
            guard [EPERM, EOPNOTSUPP, ENOSYS].contains(code), fileKind(destination) == nil else {
                throw StorageError(destination, "create", SystemFault(code))
            }
            try operations.attempt(destination, "create") { () throws(SystemFault) in
                try operations.rename(path, to: destination)
            }
        }
        discard()
        try operations.synchronizeDirectory(parent(of: destination))
    }
}
