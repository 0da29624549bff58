import Glibc

/// A system call that failed, as the kernel reported it.
package struct SystemFault: Error, Equatable {
    /// The error number, such as `ENOSPC`.
    package let code: Int32
    /// Wraps an error number.
    package init(_ code: Int32) { self.code = code }
}

/// The system calls that durable writing rests on, one method a call.
///
/// A seam: tests replace it to make the n-th call fail or to record the order of calls.
package protocol FileOperations {
    /// Opens a file with `open(2)` flags and returns its descriptor; new files get mode 0644.
    func open(_ path: String, flags: Int32) throws(SystemFault) -> Int32
    /// Writes some of `bytes` and returns how many.
    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemFault) -> Int
    /// Cuts a file, or extends it with zeros, to `size` bytes.
    func truncate(_ descriptor: Int32, to size: Int) throws(SystemFault)
    /// Waits until what was written has reached the disk.
    func synchronize(_ descriptor: Int32) throws(SystemFault)
    /// Closes a descriptor; it is gone even when an error is reported.
    func close(_ descriptor: Int32) throws(SystemFault)
    /// Renames a file or directory, replacing a file of the new name.
    func rename(_ path: String, to other: String) throws(SystemFault)
    /// Makes one directory.
    func makeDirectory(_ path: String) throws(SystemFault)
    /// Removes a file.
    func remove(_ path: String) throws(SystemFault)
    /// Removes an empty directory.
    func removeDirectory(_ path: String) throws(SystemFault)
}

/// The operating system itself.
package struct SystemFiles: FileOperations {
    /// Makes the value; it holds nothing.
    package init() {}

    package func open(_ path: String, flags: Int32) throws(SystemFault) -> Int32 {
        // O_NONBLOCK: a pipe of this name is refused, not waited for.
        let descriptor = try checked(Glibc.open(path, flags | O_CLOEXEC | O_NONBLOCK, 0o644))
        var status = stat()
        guard fstat(descriptor, &status) == 0, [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else {
            _ = Glibc.close(descriptor)
            throw SystemFault(ENXIO)
        }
        return descriptor
    }
    package func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemFault) -> Int {
        let count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        if count < 0 { throw SystemFault(errno) }
        return count
    }
    package func truncate(_ descriptor: Int32, to size: Int) throws(SystemFault) {
        try checked(ftruncate(descriptor, size))
    }
    package func synchronize(_ descriptor: Int32) throws(SystemFault) { try checked(fsync(descriptor)) }
    package func close(_ descriptor: Int32) throws(SystemFault) { try checked(Glibc.close(descriptor)) }
    package func rename(_ path: String, to other: String) throws(SystemFault) {
        try checked(Glibc.rename(path, other))
    }
    package func makeDirectory(_ path: String) throws(SystemFault) { try checked(mkdir(path, 0o755)) }
    package func remove(_ path: String) throws(SystemFault) { try checked(unlink(path)) }
    package func removeDirectory(_ path: String) throws(SystemFault) { try checked(rmdir(path)) }

    @discardableResult
    private func checked(_ result: Int32) throws(SystemFault) -> Int32 {
        if result < 0 { throw SystemFault(errno) }
        return result
    }
}

/// A file that could not be read or written.
public enum StorageError: Fault, Equatable {
    /// The device or the user's quota is full.
    case diskFull(path: String)
    /// A system call failed; `code` is its error number.
    case failed(path: String, action: String, code: Int32)
    /// Something is there, but not of the needed kind.
    case unexpected(path: String, reason: String)

    /// Turns an error number into a cause.
    package init(_ path: String, _ action: String, _ fault: SystemFault) {
        switch fault.code {
        case ENOSPC, EDQUOT: self = .diskFull(path: path)
        // What opening a pipe or a device without a reader says, and what `SystemFiles` says of those with one.
        case ENXIO, ENODEV: self = .unexpected(path: path, reason: "not a regular file. Name another place")
        default: self = .failed(path: path, action: action, code: fault.code)
        }
    }

    /// Whether a limit of the process or the system was reached, which says nothing about the file.
    package var isLimit: Bool {
        if case .failed(_, _, let code) = self { return [EMFILE, ENFILE, ENOMEM].contains(code) }
        return false
    }

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .failed(_, "create", _), .failed(_, "create the directory", _): .cannotCreate
        case .failed(_, "open", ENOENT): .missingInput
        case .diskFull, .failed, .unexpected: .inputOutput
        }
    }

    /// One sentence beginning with the path.
    public var description: String {
        switch self {
        case .diskFull(let path):
            "\(path): the disk is full. Free some space and resume; what was written before is intact."
        case .failed(let path, let action, let code):
            "\(path): cannot \(action): \(String(cString: strerror(code))). \(Self.remedy(for: code))"
        case .unexpected(let path, let reason):
            "\(path): \(reason)."
        }
    }

    private static func remedy(for code: Int32) -> String {
        switch code {
        case ENOENT: "Check the path, or restore the file from a copy."
        case EEXIST, ENOTDIR, EISDIR: "Name another place."
        case EACCES, EPERM, EROFS: "Check the permissions, or name another place."
        case EFBIG: "Raise the limit on the size of files (\"ulimit -f\")."
        case EMFILE: "Raise the limit on open files (\"ulimit -n\")."
        case ENFILE: "Close other programs: the whole system has too many open files."
        case ENOMEM: "Close other programs, or raise the limit on memory (\"ulimit -v\")."
        default: "Check the disk it is on."
        }
    }
}
