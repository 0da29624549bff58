import Glibc
import Storage

/// The whole lines of a file that grows, each handed out once.
package struct LineFollower {
    private let path: String
    private var place = 0
    /// The end of what was handed out last, by which a file that went back and grew again is known.
    private var tail: [UInt8] = []
    private static let tailBytes = 4096

    /// A line without its line feed, and the place behind it.
    package struct Line: Equatable {
        /// Its bytes.
        package let bytes: ArraySlice<UInt8>
        /// Bytes of the file up to its end, the line feed included.
        package let end: Int
    }

    /// Begins at the start of a file, which need not be there yet.
    package init(_ path: String) { self.path = path }

    /// Begins behind a line that was handed out before.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - end: of that line; where no line of the file ends there, `isCut` says so.
    package init(_ path: String, behind end: Int) {
        self.init(path)
        guard end > 0 else { return }
        place = end
        let known = end <= size ? try? read(from: max(0, end - Self.tailBytes), to: end) : nil
        tail = known?.last == UInt8(ascii: "\n") ? known ?? [] : []
        // Without its end a line is taken for one that went.
        if tail.isEmpty { tail = [0] }
    }

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
        try numbered(atMost: .max).map(\.bytes)
    }

    /// The same of a piece of the file, with their places; empty lines are left out.
    ///
    /// - Parameter limit: bytes of the piece, at least 1; a longer line is handed out in parts of that size.
    /// - Returns: the lines, in order.
    /// - Throws: `StorageError`.
    package mutating func numbered(atMost limit: Int) throws(StorageError) -> [Line] {
        let size = size
        guard size > place else { return [] }
        let bytes = try read(from: place, to: size - place > limit ? place + limit : size)
        var (lines, start) = ([Line](), 0)
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
            if index > start { lines.append(Line(bytes: bytes[start..<index], end: place + index + 1)) }
            start = index + 1
        }
        if start == 0, bytes.count == limit {
            lines.append(Line(bytes: bytes[...], end: place + limit))
            start = limit
        }
        guard start > 0 else { return [] }
        place += start
        tail = Array((tail + bytes[..<start]).suffix(Self.tailBytes))
        return lines
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
