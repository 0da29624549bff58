import Glibc

/// A file of lines that only grows, except when a run goes back to a checkpoint.
package final class LineLog {
    private let path: String
    private let operations: any FileOperations
    private let descriptor: Int32
    private let sink: FileSink
    /// Bytes in the file.
    private(set) var size: Int

    /// Opens or makes the file.
    ///
    /// - Throws: `StorageError`.
    package init(_ path: String, _ operations: any FileOperations) throws {
        let descriptor = try operations.attempt(path, "open") { () throws(SystemFault) in
            try operations.open(path, flags: O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW)
        }
        size = max(0, Int(lseek(descriptor, 0, SEEK_END)))
        sink = FileSink(operations, descriptor, path)
        (self.path, self.operations, self.descriptor) = (path, operations, descriptor)
    }

    deinit { try? operations.close(descriptor) }

    /// Adds one line.
    ///
    /// - Throws: `StorageError`; what was written of the line is taken back if possible.
    package func append(_ line: String) throws {
        let bytes = Array((line + "\n").utf8)
        do { try sink.write(bytes) } catch {
            try? operations.truncate(descriptor, to: size)
            throw error
        }
        size += bytes.count
    }

    /// Drops what follows the first `size` bytes.
    ///
    /// - Returns: false when the file is shorter than that; it is left alone then.
    /// - Throws: `StorageError`.
    func cut(to size: Int) throws -> Bool {
        if size > self.size { return false }
        if size < self.size {
            try operations.attempt(path, "cut") { () throws(SystemFault) in
                try operations.truncate(descriptor, to: size)
            }
        }
        self.size = size
        return true
    }

    /// Waits until all lines are on the disk.
    ///
    /// - Throws: `StorageError`.
    func synchronize() throws {
        try operations.attempt(path, "flush to disk") { () throws(SystemFault) in
            try operations.synchronize(descriptor)
        }
    }
}
