import CHDF5Reader
import Glibc
import Synchronization

/// An HDF5 file being written: data sets, in groups where their names have slashes.
///
/// Written under a temporary name beside the target; `commit` makes it durable and gives it its name, so the target
/// is either the old file or the whole new one. Equal content gives equal bytes.
package final class HDF5File {
    /// How elements are stored.
    package enum Element: Int32, Sendable {
        case float32, float64, uint8, int8, boolean, int64, text

        fileprivate var byteCount: Int {
            switch self {
            case .float32: 4
            case .float64, .int64, .text: 8
            case .uint8, .int8, .boolean: 1
            }
        }
    }

    private static let files = Atomic<Int>(0)
    private let path: String
    private let temporary: String
    private var handle: Int64 = -1
    private var reason = [CChar](repeating: 0, count: Int(CH5_REASON))

    /// Creates the temporary file.
    package init(creating path: String) throws(DatasetError) {
        self.path = path
        // Its name would be given to another file.
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw .unwritable(path, reason: "not a regular file")
        }
        let number = Self.files.add(1, ordering: .relaxed).newValue
        temporary = "\(path).unfinished-\(getpid())-\(number)"
        // The system's own reason is clearer than libhdf5's.
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .unwritable(path, reason: systemReason(errno)) }
        close(descriptor)
        handle = ch5_create(temporary, &reason)
        if handle < 0 {
            unlink(temporary)
            throw failure()
        }
    }

    deinit {
        if handle >= 0 {
            _ = ch5_close(handle, &reason)
            unlink(temporary)
        }
    }

    /// Writes one data set.
    ///
    /// - Parameters:
    ///   - name: in the root group, or a path of groups and a name, such as `episode_0/rewards`.
    ///   - shape: its extent.
    ///   - element: how elements are stored, and what `values` holds.
    ///   - values: all elements row after row; nil only declares the data set.
    ///   - blockRows: rows of a stored block; 0 stores everything in one piece, uncompressed.
    ///   - compression: gzip level, 0 for none.
    /// - Throws: `DatasetError.unwritable`.
    package func put(
        _ name: String, shape: [Int], as element: Element, _ values: UnsafeRawBufferPointer?,
        blockRows: Int? = nil,
        compression: Int32 = 4
    ) throws(DatasetError) {
        precondition(
            values.map { $0.count == shape.reduce(1, *) * element.byteCount } ?? true,
            "\(name): values do not fill \(shape)")
        var block = shape
        block[0] = min(blockRows ?? Self.blockRows(shape), max(shape[0], 1))
        if shape.contains(0) { block[0] = 0 }
        let failed = withColumn(name, shape, element) { column in
            column.deflate = compression
            withUnsafeMutableBytes(of: &column.chunk) { $0.copyBytes(from: bytes(of: block)) }
            return ch5_put(handle, &column, values?.baseAddress, &reason) != 0
        }
        if failed { throw failure() }
    }

    /// Writes one data set in pieces of whole stored blocks, with the same bytes.
    ///
    /// - Parameters:
    ///   - name: as above.
    ///   - shape: as above.
    ///   - element: as above.
    ///   - piece: the elements of some rows, valid until it is asked again. Rows are asked for in order, each once.
    /// - Throws: `DatasetError.unwritable`.
    package func put(
        _ name: String, shape: [Int], as element: Element,
        pieces piece: (Range<Int>) -> UnsafeRawBufferPointer
    ) throws(DatasetError) {
        let (rows, block) = (shape[0], Self.blockRows(shape))
        let rowBytes = max(1, shape.dropFirst().reduce(element.byteCount, *))
        let most = max(1, Self.pieceBytes / rowBytes / block) * block
        guard rows > most else { return try put(name, shape: shape, as: element, piece(0..<rows)) }
        try put(name, shape: shape, as: element, nil)
        for first in stride(from: 0, to: rows, by: most) {
            let range = first..<min(first + most, rows)
            let values = piece(range)
            precondition(values.count == range.count * rowBytes, "\(name): values do not fill rows \(range)")
            let failed = withColumn(name, shape, element) { column in
                ch5_put_rows(
                    handle, &column, Int64(first), Int64(range.count), values.baseAddress, &reason) != 0
            }
            if failed { throw failure() }
        }
    }

    private static let pieceBytes = 1 << 22

    /// About 256 KiB a block: few enough of them, and small beside a reader's memory.
    private static func blockRows(_ shape: [Int]) -> Int {
        max(1, (1 << 16) / max(1, shape.dropFirst().reduce(1, *)))
    }

    private func withColumn(
        _ name: String, _ shape: [Int], _ element: Element, _ body: (inout ch5_column) -> Bool
    ) -> Bool {
        name.withCString { name in
            var column = ch5_column()
            column.name = name
            column.type = element.rawValue
            column.rank = Int32(shape.count)
            withUnsafeMutableBytes(of: &column.dims) { $0.copyBytes(from: bytes(of: shape)) }
            return body(&column)
        }
    }

    /// Marks a data set or a group that was put, `/` for the file, with a whole number, as an attribute.
    ///
    /// - Throws: `DatasetError.unwritable`.
    package func mark(_ name: String, _ attribute: String, as value: Int) throws(DatasetError) {
        if ch5_mark(handle, name, attribute, Int64(value), &reason) != 0 { throw failure() }
    }

    /// Closes the file, makes it durable and gives it its name.
    package func commit() throws(DatasetError) {
        let failed = ch5_close(handle, &reason) != 0
        handle = -1
        if failed {
            unlink(temporary)
            throw failure()
        }
        let fault = ch5_commit(temporary, path)
        if fault != 0 { throw .unwritable(path, reason: systemReason(fault)) }
    }

    private func bytes(of sizes: [Int]) -> [UInt8] {
        sizes.map { Int64($0) }.withUnsafeBytes { Array($0) }
    }

    /// libhdf5 wraps the system's reason into a long line; only the reason itself is worth showing.
    private func failure() -> DatasetError {
        let text = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let parts = text.components(separatedBy: "error message = '")
        return .unwritable(path, reason: parts.count > 1 ? String(parts[1].prefix { $0 != "'" }) : text)
    }
}

extension String {
    fileprivate func components(separatedBy mark: String) -> [Substring] {
        guard let range = firstRange(of: mark) else { return [self[...]] }
        return [self[..<range.lowerBound], self[range.upperBound...]]
    }
}
