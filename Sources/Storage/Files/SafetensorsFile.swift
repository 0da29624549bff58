/// A safetensors file that was refused, or a tensor that is not there as wanted.
public enum SafetensorsError: Fault, Equatable {
    /// The file breaks a rule of the format.
    case malformed(path: String, reason: String)
    /// There is no tensor of that name.
    case noTensor(String, path: String, present: [String])
    /// The tensor holds numbers of another type.
    case otherType(String, path: String, stored: String, wanted: String)

    /// What kind of fault it is.
    public var kind: FaultKind { .badData }

    /// One sentence beginning with the path.
    public var description: String {
        switch self {
        case .malformed(let path, let reason):
            return "\(path): not a valid safetensors file: \(reason). Copy or convert the file again."
        case .noTensor(let name, let path, let present):
            let shown = present.prefix(8).joined(separator: ", ") + (present.count > 8 ? ", …" : "")
            return "\(path): no tensor \"\(name)\". Present: \(shown.isEmpty ? "none" : shown)."
        case .otherType(let name, let path, let stored, let wanted):
            return "\(path): tensor \"\(name)\" holds \(stored), not \(wanted). Read it as \(stored)."
        }
    }
}

/// A safetensors file in memory, accepted only if it is unambiguous.
///
/// The rules are those of the format: at most 100 MB of header that begins with a brace, no duplicate key, data without
/// hole or overlap in the header's order of offsets, shape times element size equal to the bytes, and a file that ends
/// with the last tensor. NaN and infinity are ordinary values here.
///
/// - SeeAlso: github.com/huggingface/safetensors, "Format".
public struct SafetensorsFile: Sendable {
    /// Where the file was read.
    public let path: String
    /// The names, in the order of the data.
    public let names: [String]
    /// The texts of `__metadata__`.
    public let metadata: [String: String]
    private let storage: Storage
    private let dataStart: Int
    private let entries: [String: SafetensorsEntry]

    /// Where the bytes are.
    private enum Storage: Sendable {
        case memory([UInt8])
        case mapped(MappedFile)

        func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
            switch self {
            case .memory(let bytes): try bytes.withUnsafeBytes(body)
            case .mapped(let file): try file.withUnsafeBytes(body)
            }
        }
    }

    /// Largest header that is read, in bytes.
    static let headerLimit = 100_000_000

    /// Reads a file.
    ///
    /// - Throws: `StorageError` or `SafetensorsError.malformed`.
    public init(contentsOf path: String) throws { try self.init(try fileContents(path), path: path) }

    /// Maps a file into memory: only what is read of it becomes resident, and it must not be shortened meanwhile.
    ///
    /// - Throws: `StorageError` or `SafetensorsError.malformed`.
    public init(mapping path: String) throws {
        try self.init(.mapped(try MappedFile(path)), path: path)
    }

    /// Reads the bytes of a file; `path` is for messages.
    ///
    /// - Throws: `SafetensorsError.malformed`.
    package init(_ bytes: [UInt8], path: String) throws(SafetensorsError) {
        try self.init(.memory(bytes), path: path)
    }

    private init(_ storage: Storage, path: String) throws(SafetensorsError) {
        func refuse(_ reason: String) -> SafetensorsError { .malformed(path: path, reason: reason) }
        let (count, length) = storage.withUnsafeBytes { bytes in
            (bytes.count, bytes.prefix(8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) })
        }
        guard count >= 8 else { throw refuse("\(count) bytes are too few for the length of a header") }
        guard length <= UInt64(Self.headerLimit) else {
            throw refuse("a header of \(length) bytes is too large")
        }
        guard Int(length) <= count - 8 else {
            throw refuse("a header of \(length) bytes does not fit into the file of \(count)")
        }
        dataStart = 8 + Int(length)
        let end = dataStart
        let text = storage.withUnsafeBytes { Array($0[8..<end]) }
        let header: SafetensorsHeader
        do throws(SafetensorsHeader.Fault) { header = try SafetensorsHeader(text[...]) } catch {
            throw refuse("\(error.reason), byte \(8 + error.place)")
        }
        let ordered = header.entries.sorted { ($0.begin, $0.end) < ($1.begin, $1.end) }
        if let fault = Self.fault(in: ordered, size: count - dataStart) { throw refuse(fault) }
        (self.path, self.storage, metadata) = (path, storage, header.metadata)
        names = ordered.map(\.name)
        entries = Dictionary(uniqueKeysWithValues: ordered.map { ($0.name, $0) })
    }

    /// The dimensions of a tensor; empty for a single number.
    ///
    /// - Throws: `SafetensorsError.noTensor`.
    public func shape(of name: String) throws -> [Int] { try entry(name).shape }

    /// The element type of a tensor as the format writes it, such as `F32`.
    ///
    /// - Throws: `SafetensorsError.noTensor`.
    public func type(of name: String) throws -> String { try entry(name).type }

    /// The elements of an `F32` tensor, row-major.
    ///
    /// - Throws: `SafetensorsError`.
    public func floats(_ name: String) throws -> [Float] { try elements(name, "F32", zero: 0) }

    /// The elements of an `F64` tensor, row-major.
    ///
    /// - Throws: `SafetensorsError`.
    public func doubles(_ name: String) throws -> [Double] { try elements(name, "F64", zero: 0) }

    /// The elements of an `I32` tensor, row-major.
    ///
    /// - Throws: `SafetensorsError`.
    public func integers(_ name: String) throws -> [Int32] { try elements(name, "I32", zero: 0) }

    /// The elements of an `I64` tensor, row-major.
    ///
    /// - Throws: `SafetensorsError`.
    public func longIntegers(_ name: String) throws -> [Int64] { try elements(name, "I64", zero: 0) }

    /// The elements of a `U8` tensor, row-major.
    ///
    /// - Throws: `SafetensorsError`.
    public func unsignedBytes(_ name: String) throws -> [UInt8] { try elements(name, "U8", zero: 0) }

    /// Lends the raw bytes of a tensor; their alignment is arbitrary.
    ///
    /// - Throws: `SafetensorsError.noTensor`, and what `body` throws.
    package func withBytes<Result>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws
        -> Result
    {
        let entry = try entry(name)
        return try storage.withUnsafeBytes { raw in
            try body(
                UnsafeRawBufferPointer(rebasing: raw[(dataStart + entry.begin)..<(dataStart + entry.end)]))
        }
    }

    /// The bytes of a tensor in a mapped file, valid as long as a copy of this value lives; nil where the file was read.
    ///
    /// - Throws: `SafetensorsError.noTensor`.
    package func mappedBytes(of name: String) throws -> UnsafeRawBufferPointer? {
        guard case .mapped = storage else { return nil }
        return try withBytes(of: name) { $0 }
    }

    private func entry(_ name: String) throws(SafetensorsError) -> SafetensorsEntry {
        guard let entry = entries[name] else { throw .noTensor(name, path: path, present: names) }
        return entry
    }

    private func elements<Element: BitwiseCopyable>(_ name: String, _ type: String, zero: Element) throws
        -> [Element]
    {
        let stored = try entry(name).type
        guard stored == type else {
            throw SafetensorsError.otherType(name, path: path, stored: stored, wanted: type)
        }
        return try withBytes(of: name) { raw in
            var result = [Element](repeating: zero, count: raw.count / MemoryLayout<Element>.stride)
            result.withUnsafeMutableBytes { $0.copyMemory(from: raw) }
            return result
        }
    }

    /// What is wrong with the entries, in order of their data, of a file with `size` bytes of data.
    private static func fault(in ordered: [SafetensorsEntry], size: Int) -> String? {
        var end = 0
        for entry in ordered {
            guard let width = elementBytes[entry.type] else {
                return "tensor \"\(entry.name)\" has the unknown dtype \"\(entry.type)\""
            }
            guard entry.end >= entry.begin else { return "tensor \"\(entry.name)\" ends before it begins" }
            guard entry.begin == end else {
                let what = entry.begin > end ? "leaves a hole before" : "overlaps what is before"
                return "tensor \"\(entry.name)\" \(what) byte \(max(entry.begin, end)) of the data"
            }
            guard entry.end <= size else {
                return "tensor \"\(entry.name)\" ends at byte \(entry.end) of \(size) bytes of data"
            }
            guard let bytes = byteCount(entry.shape, width) else {
                return "the shape of tensor \"\(entry.name)\" is too large"
            }
            guard bytes == entry.end - entry.begin else {
                return
                    "tensor \"\(entry.name)\" of shape \(entry.shape) needs \(bytes) bytes, not \(entry.end - entry.begin)"
            }
            end = entry.end
        }
        return end == size ? nil : "\(size - end) bytes follow the last tensor"
    }

    /// Bytes of a tensor; nil when the product overflows at any point, also where a later dimension is 0.
    private static func byteCount(_ shape: [Int], _ width: Int) -> Int? {
        var bytes = width
        for dimension in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
            if overflow { return nil }
            bytes = product
        }
        return bytes
    }

    private static let elementBytes = [
        "BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4, "U32": 4, "F32": 4,
        "I64": 8, "U64": 8, "F64": 8,
    ]
}
