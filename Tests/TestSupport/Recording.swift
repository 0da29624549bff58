import CHDF5Fixtures
import Foundation

/// How the elements of a data set are stored.
public enum StoredElement: Int32, Sendable {
    case float32, float64, float128, int8, int32, int64, uint8, boolean, colours, bits, text, record, opaque
}

/// One data set of a recording that a test writes.
public struct StoredColumn: Sendable {
    /// Its extent.
    public var shape: [Int]
    /// How elements are stored.
    public var element: StoredElement
    /// All elements, or nothing to declare the data set only.
    public var bytes: [UInt8]?
    /// Rows of a stored block; 0 stores everything in one piece.
    public var blockRows = 0
    /// 0 for none, 1 for gzip; any other is said to have made `packed`, the one stored block.
    public var filter: Int32 = 0
    /// What a filter made of the bytes.
    public var packed: [UInt8] = []
    /// A file that holds the bytes, if it is not this one.
    public var elsewhere: String?

    /// Bytes as they stand.
    public init(_ shape: [Int], _ element: StoredElement, _ bytes: [UInt8]?) {
        (self.shape, self.element, self.bytes) = (shape, element, bytes)
    }

    /// Values that are elements as they stand.
    public init(_ shape: [Int], _ element: StoredElement, values: [some Any]) {
        self.init(shape, element, values.withUnsafeBytes { Array($0) })
    }

    /// Single precision.
    public init(_ shape: [Int], _ floats: [Float]) { self.init(shape, .float32, values: floats) }
    /// Double precision.
    public init(_ shape: [Int], doubles: [Double]) { self.init(shape, .float64, values: doubles) }
    /// Booleans, one a row.
    public init(flags: [UInt8]) { self.init([flags.count], .boolean, flags) }
}

/// A small sound recording, to be spoilt and mended: 6 episodes of 10 steps, observations of 3 values, actions of 1.
///
/// Episodes 0, 2 and 4 end terminated, the others cut. States follow one another.
public struct Recording: Sendable {
    /// Data sets by name, which may be `group/name`.
    public var columns: [String: StoredColumn] = [:]
    /// Attributes of the root group.
    public var attributes: [String: Int64] = [:]
    /// Data sets that are links to another file, by name.
    public var links: [String: String] = [:]
    /// What is done to the bytes of the file.
    public var patch: (@Sendable (inout [UInt8]) -> Void)?

    /// Transitions of a sound one.
    public static let rows = 60

    /// A sound one.
    public init() {
        let rows = Self.rows
        func state(_ episode: Int, _ step: Int) -> [Float] {
            [
                Float(episode) + Float(step) / 8, Float(step * step % 7) / 4,
                Float((episode * 3 + step * 5) % 11) / 16,
            ]
        }
        let places = (0..<rows).map { ($0 / 10, $0 % 10) }
        columns["observations"] = StoredColumn([rows, 3], places.flatMap { state($0, $1) })
        columns["next_observations"] = StoredColumn([rows, 3], places.flatMap { state($0, $1 + 1) })
        columns["actions"] = StoredColumn([rows, 1], (0..<rows).map { Float($0 * 7 % 16) / 8 - 1 })
        columns["rewards"] = StoredColumn([rows], (0..<rows).map { Float($0 % 13) / 4 })
        columns["costs"] = StoredColumn([rows], (0..<rows).map { $0 % 20 == 6 ? 1 : 0 })
        columns["terminals"] = StoredColumn(flags: (0..<rows).map { $0 % 20 == 9 ? 1 : 0 })
        columns["timeouts"] = StoredColumn(flags: (0..<rows).map { $0 % 20 == 19 ? 1 : 0 })
    }

    /// Gives a data set another name.
    public mutating func rename(_ old: String, _ new: String) {
        columns[new] = columns.removeValue(forKey: old)
    }

    /// The values of a column of float32.
    public func floats(_ name: String) -> [Float] {
        (columns[name]?.bytes ?? []).withUnsafeBytes { raw in
            (0..<(raw.count / 4)).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
    }

    /// The bytes of a column of flags.
    public func flags(_ name: String) -> [UInt8] { columns[name]?.bytes ?? [] }

    /// Changes one value of a column of float32.
    public mutating func set(_ name: String, _ index: Int, _ value: Float) {
        var values = floats(name)
        values[index] = value
        columns[name]?.bytes = values.withUnsafeBytes { Array($0) }
    }

    /// Changes one flag.
    public mutating func set(_ name: String, _ index: Int, flag: UInt8) {
        columns[name]?.bytes?[index] = flag
    }

    /// Writes the file.
    ///
    /// - Throws: when it cannot be written.
    public func write(to path: String) throws {
        let file = fx_create(path)
        guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
        var failures = 0
        for (name, column) in columns.sorted(by: { $0.key < $1.key }) {
            failures += put(name, column, file) == 0 ? 0 : 1
        }
        for (name, value) in attributes { failures += fx_state(file, name, value) == 0 ? 0 : 1 }
        for (name, other) in links { failures += fx_link(file, name, other) == 0 ? 0 : 1 }
        failures += fx_close(file) == 0 ? 0 : 1
        guard failures == 0 else { throw CocoaError(.fileWriteUnknown) }
        guard let patch else { return }
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        patch(&bytes)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    private func put(_ name: String, _ column: StoredColumn, _ file: Int64) -> Int32 {
        var stored = fx_column()
        (stored.type, stored.rank) = (column.element.rawValue, Int32(column.shape.count))
        withUnsafeMutableBytes(of: &stored.dims) { dims in
            for (axis, size) in column.shape.enumerated() {
                dims.storeBytes(of: Int64(size), toByteOffset: 8 * axis, as: Int64.self)
            }
        }
        (stored.chunk_rows, stored.filter) = (Int64(column.blockRows), column.filter)
        return name.withCString { name in
            (column.elsewhere ?? "").withCString { elsewhere in
                column.packed.withUnsafeBytes { packed in
                    stored.name = name
                    if column.elsewhere != nil { stored.elsewhere = elsewhere }
                    if !packed.isEmpty {
                        (stored.packed, stored.packed_bytes) = (packed.baseAddress, packed.count)
                    }
                    return (column.bytes ?? []).withUnsafeBytes {
                        fx_put(file, &stored, column.bytes == nil ? nil : $0.baseAddress)
                    }
                }
            }
        }
    }
}

extension StoredColumn {
    /// The column as h5py's LZF would store it, in one block.
    public func packedAsLZF() -> StoredColumn {
        var column = self
        (column.blockRows, column.filter) = (shape[0], 32000)
        column.packed = lzf(bytes ?? [])
        return column
    }
}

/// Packs bytes in the format of LZF: runs that repeat what stood 4 or 1 bytes before, the rest as it is.
private func lzf(_ bytes: [UInt8]) -> [UInt8] {
    var (packed, plain, at) = ([UInt8](), [UInt8](), 0)
    func flush() {
        for start in stride(from: 0, to: plain.count, by: 32) {
            let piece = plain[start..<min(start + 32, plain.count)]
            packed.append(UInt8(piece.count - 1))
            packed += piece
        }
        plain = []
    }
    while at < bytes.count {
        let runs = [1, 4].map { back -> (length: Int, back: Int) in
            guard at >= back else { return (0, back) }
            var length = 0
            while length < 264, at + length < bytes.count, bytes[at + length] == bytes[at + length - back] {
                length += 1
            }
            return (length, back)
        }
        guard let run = runs.max(by: { $0.length < $1.length }), run.length >= 3 else {
            plain.append(bytes[at])
            at += 1
            continue
        }
        flush()
        let (length, offset) = (run.length - 2, run.back - 1)
        packed.append(UInt8(min(length, 7) << 5 | offset >> 8))
        if length >= 7 { packed.append(UInt8(length - 7)) }
        packed.append(UInt8(offset & 255))
        at += run.length
    }
    flush()
    return packed
}
