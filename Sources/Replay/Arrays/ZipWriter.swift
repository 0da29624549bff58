import CZlib
import Storage

/// A ZIP archive of stored members being written, with the same bytes for the same members; memory holds the directory alone.
struct ZipWriter {
    private let sink: FileSink
    private var directory: [UInt8] = []
    private var place = 0
    private var members = 0

    /// Begins an archive.
    init(_ sink: FileSink) { self.sink = sink }

    /// Adds a member.
    ///
    /// - Parameters:
    ///   - name: of it.
    ///   - head: its first bytes.
    ///   - contents: the rest; together less than 4 GB, as the archive is. Read twice, in pieces.
    ///   - rest: is told how many bytes were read.
    /// - Throws: `StorageError`.
    mutating func add(
        _ name: String, _ head: [UInt8], _ contents: UnsafeRawBufferPointer, _ rest: (Int) -> Void = { _ in }
    ) throws {
        var sum = crc32_z(0, head, head.count)
        for piece in Self.pieces(of: contents) {
            sum = crc32_z(sum, piece.bindMemory(to: UInt8.self).baseAddress, piece.count)
            rest(piece.count)
        }
        let checksum = Int(sum)
        let size = LittleEndian.bytes(head.count + contents.count, 4)
        // Version 2.0, no flags, stored, midnight of 1 January 1980.
        var description = LittleEndian.bytes(20, 2) + LittleEndian.bytes(0, 2) + LittleEndian.bytes(0, 2)
        description += LittleEndian.bytes(0, 2) + LittleEndian.bytes(0x21, 2)
        description += LittleEndian.bytes(checksum, 4) + size + size
        description += LittleEndian.bytes(name.utf8.count, 2) + LittleEndian.bytes(0, 2)
        directory += LittleEndian.bytes(0x0201_4b50, 4) + LittleEndian.bytes(20, 2) + description
        directory += LittleEndian.bytes(0, 2) + LittleEndian.bytes(0, 2) + LittleEndian.bytes(0, 2)
        directory += LittleEndian.bytes(0, 4) + LittleEndian.bytes(place, 4) + Array(name.utf8)
        let local = LittleEndian.bytes(0x0403_4b50, 4) + description + Array(name.utf8) + head
        try sink.write(local)
        for piece in Self.pieces(of: contents) {
            try sink.write(piece)
            rest(piece.count)
        }
        place += local.count + contents.count
        members += 1
    }

    private static func pieces(of bytes: UnsafeRawBufferPointer) -> some Sequence<UnsafeRawBufferPointer> {
        stride(from: 0, to: bytes.count, by: 1 << 20).lazy.map {
            UnsafeRawBufferPointer(rebasing: bytes[$0..<min($0 + (1 << 20), bytes.count)])
        }
    }

    /// Writes the directory.
    ///
    /// - Throws: `StorageError`.
    func finish() throws {
        let count = LittleEndian.bytes(members, 2)
        try sink.write(
            directory + LittleEndian.bytes(0x0605_4b50, 4) + LittleEndian.bytes(0, 4) + count + count
                + LittleEndian.bytes(directory.count, 4) + LittleEndian.bytes(place, 4)
                + LittleEndian.bytes(0, 2))
    }
}
