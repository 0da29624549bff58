import Storage

/// An array as NumPy stores it (`.npy`): numbers or flags, row-major, each read once and in order.
struct NumPyArray {
    let shape: [Int]
    /// How many elements it has.
    let count: Int
    private let element: Element
    private let bytes: ZipMemberBytes
    private var piece: [UInt8] = []
    private var place = 0

    private static let mostHeadBytes = 1 << 20
    private static let pieceElements = 1 << 13

    /// Reads an array's head.
    ///
    /// - Parameters:
    ///   - bytes: of the array, from the first one on.
    ///   - name: for messages.
    ///   - file: where it is from.
    /// - Throws: `StepTableError`, `StorageError`.
    init(_ bytes: ZipMemberBytes, _ name: String, of file: String) throws {
        func fault(_ message: String) -> StepTableError { StepTableError(at: "\(file): \(name)", message) }
        let whole = bytes.left
        let mark = LittleEndian(try bytes.next(min(whole, 8)))
        guard mark.bytes.starts(with: [0x93] + Array("NUMPY".utf8)), let major = mark.integer(6, 1) else {
            throw fault("no NumPy array. Save it with numpy.savez.")
        }
        let width = major == 1 ? 2 : 4
        guard bytes.left >= width, let length = LittleEndian(try bytes.next(width)).integer(0, width),
            length <= min(bytes.left, Self.mostHeadBytes),
            let head = LittleEndian(try bytes.next(length)).text(0, length)
        else { throw fault("cut off. Save it again.") }
        guard let type = Self.value("descr", in: head), let order = Self.value("fortran_order", in: head),
            let shape = Self.shape(in: head)
        else { throw fault("a head that is none of NumPy's. Save it with numpy.savez.") }
        guard order == "False" else {
            throw fault("in column-major order. Save numpy.ascontiguousarray of it.")
        }
        guard let element = Element(type) else {
            throw fault(
                "elements of type \(oneLine(type)). Save numbers or flags, such as float32, int64 or bool.")
        }
        count = try Self.count(shape, fault)
        guard bytes.left == count * element.width else {
            throw fault(
                "\(bytes.left) bytes for \(count) elements of \(element.width). Save it again.")
        }
        (self.shape, self.element, self.bytes) = (shape, element, bytes)
    }

    /// The next elements, no more than are left.
    ///
    /// - Throws: `StepTableError` where the archive is damaged, `StorageError`.
    mutating func next(_ count: Int) throws -> [Double] {
        var found: [Double] = []
        found.reserveCapacity(count)
        while found.count < count {
            if place == piece.count {
                piece = try bytes.next(min(bytes.left, Self.pieceElements * element.width))
                place = 0
            }
            let taken = min(count - found.count, (piece.count - place) / element.width)
            piece.withUnsafeBytes { raw in
                for index in 0..<taken { found.append(element.read(raw, place + index * element.width)) }
            }
            place += taken * element.width
        }
        return found
    }

    private static func count(_ shape: [Int], _ fault: (String) -> StepTableError) throws -> Int {
        var count = 1
        for extent in shape {
            let (product, isOver) = count.multipliedReportingOverflow(by: extent)
            guard !isOver, product <= 1 << 32 else { throw fault("more than 2³² elements.") }
            count = product
        }
        return count
    }

    /// The bytes before the elements of an array.
    ///
    /// - Parameters:
    ///   - type: of the elements, such as `<f4`, `<i8` or `|b1`.
    ///   - shape: of the array.
    /// - Returns: a multiple of 64 bytes.
    static func head(_ type: String, _ shape: [Int]) -> [UInt8] {
        let extents = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var head = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }"
        head += String(repeating: " ", count: (64 - (10 + head.utf8.count + 1) % 64) % 64) + "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0] + LittleEndian.bytes(head.utf8.count, 2)
            + Array(head.utf8)
    }

    // MARK: The head, a literal of Python

    private static func value(_ key: String, in head: String) -> String? {
        guard let found = head.range(of: "'\(key)':") else { return nil }
        let rest = head[found.upperBound...].drop { $0 == " " }
        if rest.first == "'" { return String(rest.dropFirst().prefix { $0 != "'" }) }
        return String(rest.prefix { $0.isLetter })
    }

    private static func shape(in head: String) -> [Int]? {
        guard let found = head.range(of: "'shape':"),
            let open = head[found.upperBound...].firstIndex(of: "("),
            let close = head[open...].firstIndex(of: ")")
        else { return nil }
        let words = head[head.index(after: open)..<close].split(separator: ",").map {
            $0.filter { $0 != " " }
        }
        let extents = words.compactMap { Int($0) }
        return extents.count == words.count && extents.allSatisfy { $0 >= 0 } ? extents : nil
    }

    /// A type of elements.
    private struct Element {
        let width: Int
        let read: (UnsafeRawBufferPointer, Int) -> Double

        init?(_ type: String) {
            func whole<T: FixedWidthInteger>(_: T.Type) -> (UnsafeRawBufferPointer, Int) -> Double {
                { Double(T(littleEndian: $0.loadUnaligned(fromByteOffset: $1, as: T.self))) }
            }
            switch type {
            case "<f4":
                (width, read) = (
                    4, { Double(Float(bitPattern: $0.loadUnaligned(fromByteOffset: $1, as: UInt32.self))) }
                )
            case "<f8":
                (width, read) = (
                    8, { Double(bitPattern: $0.loadUnaligned(fromByteOffset: $1, as: UInt64.self)) }
                )
            case "|b1", "|u1": (width, read) = (1, whole(UInt8.self))
            case "|i1": (width, read) = (1, whole(Int8.self))
            case "<i2": (width, read) = (2, whole(Int16.self))
            case "<u2": (width, read) = (2, whole(UInt16.self))
            case "<i4": (width, read) = (4, whole(Int32.self))
            case "<u4": (width, read) = (4, whole(UInt32.self))
            case "<i8": (width, read) = (8, whole(Int64.self))
            case "<u8": (width, read) = (8, whole(UInt64.self))
            default: return nil
            }
        }
    }
}
