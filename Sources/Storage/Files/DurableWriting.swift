import Glibc

/// An open file that accepts bytes until all are written.
package struct FileSink {
    private let operations: any FileOperations
    private let descriptor: Int32
    private let path: String

    /// Wraps an open descriptor.
    package init(_ operations: any FileOperations, _ descriptor: Int32, _ path: String) {
        (self.operations, self.descriptor, self.path) = (operations, descriptor, path)
    }

    /// Writes all of `bytes`, however many calls that takes.
    ///
    /// - Throws: `StorageError`.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        var rest = bytes
        while !rest.isEmpty {
            do throws(SystemFault) {
                let count = try operations.write(descriptor, rest)
                // A write that accepts nothing would be repeated for ever.
                guard count > 0 else { throw SystemFault(EIO) }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } catch {
                if error.code != EINTR { throw StorageError(path, "write", error) }
            }
        }
    }

    /// Writes all of `bytes`.
    ///
    /// - Throws: `StorageError`.
    package func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }
}

extension FileOperations {
    /// Calls `body` again for as long as a signal interrupts it, and names the file when it fails.
    package func attempt<Result>(
        _ path: String, _ action: String, _ body: () throws(SystemFault) -> Result
    ) throws(StorageError) -> Result {
        while true {
            do throws(SystemFault) { return try body() } catch {
                if error.code != EINTR { throw StorageError(path, action, error) }
            }
        }
    }

    /// Writes a new file and waits until it is on the disk; nothing of it remains when that fails.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - name: the path that an error names, where the file is on its way to another place.
    ///   - body: writes the content.
    /// - Throws: `StorageError`, and what `body` throws.
    package func writeFile(_ path: String, for name: String? = nil, _ body: (FileSink) throws -> Void) throws
    {
        let name = name ?? path
        let descriptor = try attempt(name, "create") { () throws(SystemFault) in
            try open(path, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
        }
        var isOpen = true
        do {
            try body(FileSink(self, descriptor, name))
            try attempt(name, "flush to disk") { () throws(SystemFault) in try synchronize(descriptor) }
            isOpen = false
            try closeFile(descriptor, name)
        } catch {
            if isOpen { try? close(descriptor) }
            try? remove(path)
            throw error
        }
    }

    /// Puts a whole file in place of what was there: a reader finds the old content or the new, never a part.
    ///
    /// - Throws: `StorageError`; the old content is then intact.
    package func replaceFile(_ path: String, with bytes: [UInt8]) throws {
        try replaceFile(path) { try $0.write(bytes) }
    }

    /// Likewise, written piece by piece.
    ///
    /// - Throws: `StorageError`, and what `body` throws; the old content is then intact.
    package func replaceFile(_ path: String, _ body: (FileSink) throws -> Void) throws {
        let partial = path + ".partial"
        try writeFile(partial, for: path, body)
        try put(partial, inPlaceOf: path)
    }

    /// Likewise, written by somebody else: `body` is told under which name.
    ///
    /// - Throws: `StorageError`, and what `body` throws; the old content is then intact.
    package func replaceFile(_ path: String, writtenBy body: (_ partial: String) throws -> Void) throws {
        let partial = path + ".partial"
        do {
            try body(partial)
            let descriptor = try attempt(path, "open") { () throws(SystemFault) in
                try open(partial, flags: O_RDONLY | O_NOFOLLOW)
            }
            defer { try? close(descriptor) }
            try attempt(path, "flush to disk") { () throws(SystemFault) in try synchronize(descriptor) }
        } catch {
            try? remove(partial)
            throw error
        }
        try put(partial, inPlaceOf: path)
    }

    private func put(_ partial: String, inPlaceOf path: String) throws {
        do {
            // A pipe or a device is somebody's, and renaming would remove it.
            if fileKind(path, following: true) == .other {
                throw StorageError(path, "create", SystemFault(ENXIO))
            }
            try attempt(path, "put in place") { () throws(SystemFault) in try rename(partial, to: path) }
        } catch {
            try? remove(partial)
            throw error
        }
        try synchronizeDirectory(parent(of: path))
    }

    /// Waits until the names in a directory are on the disk.
    ///
    /// - Throws: `StorageError`.
    package func synchronizeDirectory(_ path: String) throws(StorageError) {
        let descriptor = try attempt(path, "open") { () throws(SystemFault) in
            try open(path, flags: O_RDONLY | O_DIRECTORY)
        }
        do throws(StorageError) {
            try attempt(path, "flush to disk") { () throws(SystemFault) in try synchronize(descriptor) }
        } catch {
            try? close(descriptor)
            throw error
        }
        try closeFile(descriptor, path)
    }

    /// Removes a file or a directory with all that it holds; a missing one is no error.
    ///
    /// - Throws: `StorageError`.
    package func removeTree(_ path: String) throws(StorageError) {
        switch fileKind(path) {
        case nil: return
        case .directory?:
            for name in try directoryContents(path) { try removeTree(path + "/" + name) }
            try attempt(path, "remove") { () throws(SystemFault) in try removeDirectory(path) }
        default: try attempt(path, "remove") { () throws(SystemFault) in try remove(path) }
        }
    }

    /// Makes a directory and those above it that are missing; returns the ones made, outermost first.
    ///
    /// - Throws: `StorageError`; none of them is left then.
    @discardableResult
    package func makeDirectories(_ path: String) throws(StorageError) -> [String] {
        if fileKind(path, following: true) == .directory { return [] }
        var made = path.contains("/") ? try makeDirectories(parent(of: path)) : []
        do throws(SystemFault) {
            try makeDirectory(path)
            made.append(path)
        } catch {
            // Another process may have been faster.
            guard error.code == EEXIST && fileKind(path, following: true) == .directory else {
                for directory in made.reversed() { try? removeDirectory(directory) }
                throw StorageError(path, "create the directory", error)
            }
        }
        return made
    }

    /// Closes a descriptor; one interrupted by a signal is closed all the same.
    package func closeFile(_ descriptor: Int32, _ path: String) throws(StorageError) {
        do throws(SystemFault) { try close(descriptor) } catch {
            if error.code != EINTR { throw StorageError(path, "close", error) }
        }
    }
}
