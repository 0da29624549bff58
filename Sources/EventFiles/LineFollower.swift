import Glibc
import Storage

/// The whole lines of a file that grows, each handed out once.
package struct LineFollower {
    private let path: String
    private var place = 0
    /// The end of what was handed out last, by which a file that went back and grew again is known.
    private var tail: [UInt8] = []
    private static let tailBytes = 4096

    /// Begins at the start of a file, which need not be there yet.
    package init(_ path: String) { self.path = path }

    /// Bytes in the file; 0 where there is none.
    package var size: Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Whether what was handed out no longer stands there.
    package var isCut: Bool {
        guard place > 0 else { return false }
        return size < place || (try? read(from: place - tail.count, to: place)) != tail
    }

    /// Begins anew.
    package mutating func rewind() { (place, tail) = (0, []) }

    /// The lines that were completed since the last call, without line feeds.
    ///
    /// - Throws: `StorageError`.
    package mutating func lines() throws(StorageError) -> [ArraySlice<UInt8>] {
        let end = size
        guard end > place else { return [] }
        let bytes = try read(from: place, to: end)
        guard let last = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        place += last + 1
        tail = Array((tail + bytes[...last]).suffix(Self.tailBytes))
        return bytes[..<last].split(separator: UInt8(ascii: "\n"))
    }

    private func read(from start: Int, to end: Int) throws(StorageError) -> [UInt8] {
        let (descriptor, _) = try openRegularFile(path)
        defer { close(descriptor) }
        var (bytes, done) = ([UInt8](repeating: 0, count: end - start), 0)
        while done < bytes.count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, start + done)
            }
            if got < 0 && errno == EINTR { continue }
            if got < 0 { throw StorageError(path, "read", SystemFault(errno)) }
            if got == 0 { break }
            done += got
        }
        return Array(bytes[..<done])
    }
}
