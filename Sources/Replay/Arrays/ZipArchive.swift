import Glibc
import Storage

/// A ZIP archive on disk, as far as NumPy writes them: stored or deflated members, no encryption, one disk.
final class ZipArchive {
    /// A member as the central directory describes it.
    struct Member {
        let name: String
        let method, checksum: UInt32
        let packed, unpacked: Int
        let header: Int
    }

    /// Members in the directory's order.
    private(set) var members: [Member] = []
    private let path: String
    private let descriptor: Int32
    private let size: Int

    /// A comment of at most 65,535 bytes may follow the end of the directory.
    private static let mostBehindDirectory = 22 + 65_535
    private static let mostDirectoryBytes = 1 << 26

    /// Opens a file and reads its central directory.
    ///
    /// - Throws: `StepTableError` where it is no such archive; `StorageError`.
    init(_ path: String) throws {
        self.path = path
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            throw StorageError(path, "open", SystemFault(errno))
        }
        size = Int(status.st_size)
        members = try readMembers()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private func readMembers() throws -> [Member] {
        let tail = max(0, size - Self.mostBehindDirectory)
        let last = LittleEndian(try bytes(at: tail, size - tail))
        guard let end = Self.endOfDirectory(last) else {
            throw StepTableError(
                at: path, "no ZIP archive, which NPZ files are, or cut off. Save it again with numpy.savez.")
        }
        guard let count = last.integer(end + 10, 2), let start = last.integer(end + 16, 4), count < 0xFFFF,
            0...Self.mostDirectoryBytes ~= tail + end - start
        else { throw damaged }
        let directory = LittleEndian(try bytes(at: start, tail + end - start))
        var place = 0
        return try (0..<count).map { _ in try member(in: directory, at: &place) }
    }

    private func member(in directory: LittleEndian, at place: inout Int) throws -> Member {
        guard directory.integer(place, 4) == 0x0201_4b50, let flags = directory.integer(place + 8, 2),
            let method = directory.integer(place + 10, 2), let checksum = directory.integer(place + 16, 4),
            let packed = directory.integer(place + 20, 4), let unpacked = directory.integer(place + 24, 4),
            let nameLength = directory.integer(place + 28, 2), let extra = directory.integer(place + 30, 2),
            let comment = directory.integer(place + 32, 2), let header = directory.integer(place + 42, 4),
            let name = directory.text(place + 46, nameLength)
        else { throw damaged }
        guard flags & 1 == 0, packed < 0xFFFF_FFFF, unpacked < 0xFFFF_FFFF else {
            throw StepTableError(
                at: path, "\(quoted(name)) is encrypted or larger than 4 GB. Save the arrays plainly.")
        }
        place += 46 + nameLength + extra + comment
        return Member(
            name: name, method: UInt32(method), checksum: UInt32(checksum), packed: packed,
            unpacked: unpacked,
            header: header)
    }

    private var damaged: StepTableError {
        StepTableError(at: path, "a damaged archive. Save it again with numpy.savez.")
    }

    private static func endOfDirectory(_ reader: LittleEndian) -> Int? {
        let last = reader.bytes.count - 22
        guard last >= 0 else { return nil }
        return (0...last).reversed().first { reader.integer($0, 4) == 0x0605_4b50 }
    }

    private func bytes(at place: Int, _ count: Int) throws -> [UInt8] {
        guard place >= 0, place + count <= size else { throw damaged }
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { raw in
            do throws(SystemFault) { try readWhole(descriptor, into: raw, at: place) } catch {
                throw StorageError(path, "read", error)
            }
        }
        return bytes
    }

    /// Opens what is in a member.
    ///
    /// - Parameter member: of this archive.
    /// - Returns: its bytes, whose checksum is looked at where they end.
    /// - Throws: `StepTableError`, `StorageError`.
    func open(_ member: Member) throws -> ZipMemberBytes {
        let head = LittleEndian(try bytes(at: member.header, 30))
        guard head.integer(0, 4) == 0x0403_4b50, let name = head.integer(26, 2),
            let extra = head.integer(28, 2)
        else { throw damaged }
        let start = member.header + 30 + name + extra
        guard start + member.packed <= size else { throw damaged }
        guard member.unpacked / 1100 <= member.packed else {
            throw StepTableError(
                at: path,
                "\(quoted(member.name)) takes \(member.unpacked) bytes, more than is read of \(member.packed)."
            )
        }
        let isPacked = member.method == 8
        guard isPacked || member.method == 0 else {
            throw StepTableError(
                at: path,
                "\(quoted(member.name)) is packed by method \(member.method). Save it with numpy.savez.")
        }
        guard isPacked || member.packed == member.unpacked else { throw damaged }
        return try ZipMemberBytes(
            count: member.unpacked, checksum: member.checksum, isPacked: isPacked, fault: damaged
        ) { [self] place, count in
            try bytes(at: start + place, min(count, member.packed - place))
        }
    }
}
