import CZlib
import Glibc

/// Reads a file piece by piece, unpacked where it is gzip, whatever its name.
final class PieceReader {
    private let path: String
    private let descriptor: Int32
    private let limit: Int
    private var inflation: Inflation?
    private var isFirst = true
    private var total = 0

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: a regular file.
    ///   - limit: the most bytes that are read, after unpacking.
    /// - Throws: `PreferenceError`.
    init(_ path: String, limit: Int) throws(PreferenceError) {
        (self.path, self.limit) = (path, limit)
        // O_NONBLOCK: a pipe of this name must be refused below, not waited for.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT {
                throw PreferenceError(.missingInput, file: path, "no such file. Check the path")
            }
            throw Self.unreadable(path)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw PreferenceError(.missingInput, file: path, "not a regular file. Check the path")
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    private static func unreadable(_ path: String) -> PreferenceError {
        PreferenceError(
            .missingInput, file: path,
            "cannot be read (\(String(cString: strerror(errno)))). Check its permissions and kind")
    }

    /// The next bytes, none at the end.
    ///
    /// - Throws: `PreferenceError`.
    func next() throws(PreferenceError) -> [UInt8] {
        while true {
            let packed = try read()
            if isFirst, packed.starts(with: [0x1F, 0x8B]) { inflation = Inflation() }
            isFirst = false
            guard let inflation else { return try counted(packed) }
            if packed.isEmpty {
                guard inflation.isComplete else { throw damaged }
                return []
            }
            var bytes: [UInt8] = []
            guard inflation.inflate(packed, into: &bytes, atMost: limit - total + 1) else { throw damaged }
            if !bytes.isEmpty { return try counted(bytes) }
        }
    }

    private var damaged: PreferenceError {
        PreferenceError(file: path, "a broken gzip file. Get a fresh copy")
    }

    private func counted(_ bytes: [UInt8]) throws(PreferenceError) -> [UInt8] {
        total += bytes.count
        guard total <= limit else {
            throw PreferenceError(
                file: path, "more than \(limit) bytes, the most that is read. Split the file")
        }
        return bytes
    }

    private func read() throws(PreferenceError) -> [UInt8] {
        var got = -1
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            repeat {
                got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            } while got < 0 && errno == EINTR
            count = max(got, 0)
        }
        guard got >= 0 else { throw Self.unreadable(path) }
        return bytes
    }
}

/// The state of unpacking gzip, which may have several members.
private final class Inflation {
    private let stream: UnsafeMutablePointer<z_stream>
    private let isReady: Bool
    /// Whether the last member has ended.
    private(set) var isComplete = false

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 16 more than the largest window: gzip alone.
        isReady = inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Unpacks all of `packed`; false if it is not gzip.
    func inflate(_ packed: [UInt8], into bytes: inout [UInt8], atMost most: Int) -> Bool {
        guard isReady else { return false }
        var packed = packed
        return packed.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            while stream.pointee.avail_in > 0 && bytes.count <= most {
                if isComplete {
                    guard inflateReset(stream) == Z_OK else { return false }
                    isComplete = false
                }
                guard step(into: &bytes) else { return false }
            }
            return drain(into: &bytes, atMost: most)
        }
    }

    /// What is still inside after the last byte of the input.
    private func drain(into bytes: inout [UInt8], atMost most: Int) -> Bool {
        while !isComplete, stream.pointee.avail_out == 0, bytes.count <= most {
            guard step(into: &bytes) else { return false }
        }
        return true
    }

    private func step(into bytes: inout [UInt8]) -> Bool {
        var status = Z_OK
        let size = 1 << 17
        let piece = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            stream.pointee.next_out = buffer.baseAddress
            stream.pointee.avail_out = UInt32(size)
            status = CZlib.inflate(stream, Z_NO_FLUSH)
            count = size - Int(stream.pointee.avail_out)
        }
        bytes += piece
        isComplete = status == Z_STREAM_END
        return status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR
    }
}
