import CZlib
import Storage

/// A ZIP archive in memory, as far as NumPy writes them: stored or deflated members, no encryption, one disk.
struct ZipArchive {
    /// A member as the central directory describes it.
    struct Member {
        let name: String
        let method, checksum: UInt32
        let packed, unpacked: Int
        let header: Int
    }

    /// Members in the directory's order.
    let members: [Member]
    private let bytes: [UInt8]
    private let file: String

    /// Reads the central directory.
    ///
    /// - Throws: `StepTableError` where the bytes are no such archive.
    init(_ bytes: [UInt8], of file: String) throws {
        (self.bytes, self.file) = (bytes, file)
        let reader = LittleEndian(bytes)
        guard let end = Self.endOfDirectory(reader) else {
            throw StepTableError(
                at: file, "no ZIP archive, which NPZ files are, or cut off. Save it again with numpy.savez.")
        }
        guard let count = reader.integer(end + 10, 2), let start = reader.integer(end + 16, 4), count < 0xFFFF
        else {
            throw Self.damaged(file)
        }
        var (place, members) = (start, [Member]())
        for _ in 0..<count {
            guard reader.integer(place, 4) == 0x0201_4b50, let flags = reader.integer(place + 8, 2),
                let method = reader.integer(place + 10, 2), let checksum = reader.integer(place + 16, 4),
                let packed = reader.integer(place + 20, 4), let unpacked = reader.integer(place + 24, 4),
                let nameLength = reader.integer(place + 28, 2), let extra = reader.integer(place + 30, 2),
                let comment = reader.integer(place + 32, 2), let header = reader.integer(place + 42, 4),
                let name = reader.text(place + 46, nameLength)
            else { throw Self.damaged(file) }
            guard flags & 1 == 0, packed < 0xFFFF_FFFF, unpacked < 0xFFFF_FFFF else {
                throw StepTableError(
                    at: file, "\(quoted(name)) is encrypted or larger than 4 GB. Save the arrays plainly.")
            }
            members.append(
                Member(
                    name: name, method: UInt32(method), checksum: UInt32(checksum), packed: packed,
                    unpacked: unpacked, header: header))
            place += 46 + nameLength + extra + comment
        }
        self.members = members
    }

    private static func damaged(_ file: String) -> StepTableError {
        StepTableError(at: file, "a damaged archive. Save it again with numpy.savez.")
    }

    private static func endOfDirectory(_ reader: LittleEndian) -> Int? {
        let last = reader.bytes.count - 22
        guard last >= 0 else { return nil }
        // A comment of at most 65,535 bytes may follow.
        return (max(0, last - 65_535)...last).reversed().first { reader.integer($0, 4) == 0x0605_4b50 }
    }

    /// What is in a member.
    ///
    /// - Parameters:
    ///   - member: of this archive.
    ///   - limit: most bytes.
    /// - Returns: its bytes, whose checksum is right.
    /// - Throws: `StepTableError`.
    func contents(_ member: Member, limit: Int) throws -> [UInt8] {
        let reader = LittleEndian(bytes)
        guard reader.integer(member.header, 4) == 0x0403_4b50,
            let name = reader.integer(member.header + 26, 2),
            let extra = reader.integer(member.header + 28, 2)
        else { throw Self.damaged(file) }
        let start = member.header + 30 + name + extra
        guard start + member.packed <= bytes.count else { throw Self.damaged(file) }
        guard member.unpacked <= limit, member.unpacked / 1100 <= member.packed else {
            throw StepTableError(
                at: file,
                "\(quoted(member.name)) takes \(member.unpacked) bytes, more than is read of \(member.packed)."
            )
        }
        let packed = Array(bytes[start..<start + member.packed])
        let contents: [UInt8]?
        switch member.method {
        case 0: contents = packed.count == member.unpacked ? packed : nil
        case 8: contents = Self.inflated(packed, to: member.unpacked)
        default:
            throw StepTableError(
                at: file,
                "\(quoted(member.name)) is packed by method \(member.method). Save it with numpy.savez.")
        }
        guard let contents,
            UInt32(truncatingIfNeeded: crc32_z(0, contents, contents.count)) == member.checksum
        else {
            throw Self.damaged(file)
        }
        return contents
    }

    private static func inflated(_ packed: [UInt8], to count: Int) -> [UInt8]? {
        var stream = z_stream()
        // Negative window bits: no head and no checksum, which the archive has itself.
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
        defer { inflateEnd(&stream) }
        var (packed, result) = (packed, [UInt8](repeating: 0, count: count + 1))
        let (status, written) = packed.withUnsafeMutableBufferPointer { source in
            result.withUnsafeMutableBufferPointer { target in
                (stream.next_in, stream.avail_in) = (source.baseAddress, UInt32(source.count))
                (stream.next_out, stream.avail_out) = (target.baseAddress, UInt32(target.count))
                let status = inflate(&stream, Z_FINISH)
                return (status, target.count - Int(stream.avail_out))
            }
        }
        guard status == Z_STREAM_END, written == count else { return nil }
        result.removeLast()
        return result
    }
}

/// Numbers in bytes, the lowest byte first.
struct LittleEndian {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A number of 1 to 4 bytes; nil beyond the end.
    func integer(_ place: Int, _ width: Int) -> Int? {
        guard place >= 0, place + width <= bytes.count else { return nil }
        return (0..<width).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }

    func text(_ place: Int, _ length: Int) -> String? {
        guard place >= 0, place + length <= bytes.count else { return nil }
        return String(validating: bytes[place..<place + length], as: UTF8.self)
    }

    static func bytes(_ number: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
