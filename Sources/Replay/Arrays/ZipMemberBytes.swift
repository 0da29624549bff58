import CZlib

/// The bytes of a member of a ZIP archive, in order, unpacked on their way.
final class ZipMemberBytes {
    /// Bytes that were not asked for yet.
    private(set) var left: Int
    private let checksum: UInt32
    private let fault: StepTableError
    private let read: (Int, Int) throws -> [UInt8]
    private var place = 0
    private var found = crc32_z(0, nil, 0)
    /// Its address is known to zlib, so that it may not move; nothing for a member that is stored plainly.
    private var stream: UnsafeMutablePointer<z_stream>?
    private var packed: [UInt8] = []
    private var packedDone = 0

    private static let pieceBytes = 1 << 16

    /// Begins at the first byte.
    ///
    /// - Parameters:
    ///   - count: bytes, unpacked.
    ///   - checksum: CRC-32 of them.
    ///   - isPacked: whether they are deflated, or stored as they are.
    ///   - fault: thrown where they are damaged.
    ///   - read: gives bytes as they are stored, from a place within them; fewer than asked for at their end, and then none.
    /// - Throws: `fault` where there is no memory to unpack.
    init(
        count: Int, checksum: UInt32, isPacked: Bool, fault: StepTableError,
        reading read: @escaping (_ place: Int, _ count: Int) throws -> [UInt8]
    ) throws {
        (left, self.checksum, self.fault, self.read) = (count, checksum, fault, read)
        guard isPacked else { return }
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // Negative window bits: no head and no checksum, which the archive has itself.
        let status = inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            stream.deallocate()
            throw fault
        }
        self.stream = stream
    }

    deinit {
        guard let stream else { return }
        inflateEnd(stream)
        stream.deallocate()
    }

    /// The next bytes.
    ///
    /// - Parameter count: of them.
    /// - Returns: so many.
    /// - Throws: `StepTableError` where they are damaged or not there, `StorageError`.
    func next(_ count: Int) throws -> [UInt8] {
        guard count <= left else { throw fault }
        let bytes = try stream.map { try unpacked(count, $0) } ?? stored(count)
        left -= count
        found = crc32_z(found, bytes, bytes.count)
        if left == 0 { try finish() }
        return bytes
    }

    /// Reads the rest and looks at the checksum.
    ///
    /// - Throws: as above.
    func skipRest() throws {
        repeat { _ = try next(min(left, Self.pieceBytes)) } while left > 0
    }

    private func finish() throws {
        guard UInt32(truncatingIfNeeded: found) == checksum else { throw fault }
        guard let stream else { return }
        // A member that unpacks to more than it says is damaged.
        var byte: UInt8 = 0
        let (isAtEnd, written) = try withUnsafeMutableBytes(of: &byte) { try inflate(stream, into: $0) }
        guard isAtEnd, written == 0 else { throw fault }
    }

    private func stored(_ count: Int) throws -> [UInt8] {
        let bytes = try read(place, count)
        guard bytes.count == count else { throw fault }
        place += count
        return bytes
    }

    private func unpacked(_ count: Int, _ stream: UnsafeMutablePointer<z_stream>) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let written = try bytes.withUnsafeMutableBytes { try inflate(stream, into: $0).written }
        guard written == count else { throw fault }
        return bytes
    }

    /// Unpacks until the room is full or the member ends.
    private func inflate(
        _ stream: UnsafeMutablePointer<z_stream>, into room: UnsafeMutableRawBufferPointer
    ) throws -> (isAtEnd: Bool, written: Int) {
        var (status, written) = (Z_OK, 0)
        while status != Z_STREAM_END, written < room.count {
            if packedDone == packed.count {
                packed = try read(place, Self.pieceBytes)
                (place, packedDone) = (place + packed.count, 0)
            }
            let (given, free) = (packed.count - packedDone, room.count - written)
            packed.withUnsafeMutableBufferPointer { source in
                stream.pointee.next_in = source.baseAddress.map { $0 + packedDone }
                stream.pointee.avail_in = UInt32(given)
                stream.pointee.next_out = room.baseAddress.map {
                    $0.assumingMemoryBound(to: UInt8.self) + written
                }
                stream.pointee.avail_out = UInt32(free)
                status = CZlib.inflate(stream, Z_NO_FLUSH)
            }
            let (taken, made) = (given - Int(stream.pointee.avail_in), free - Int(stream.pointee.avail_out))
            guard status == Z_STREAM_END || (status == Z_OK || status == Z_BUF_ERROR) && taken + made > 0
            else { throw fault }
            packedDone += taken
            written += made
        }
        return (status == Z_STREAM_END, written)
    }
}
