import Storage

/// A GGUF file, version 2 or 3, mapped into memory: keys, and tensors in blocks.
///
/// Opening reads the header and checks it whole before anything is allocated by what it says: every count against what is left of the
/// file, every tensor inside of it, none overlapping another. The file must not be shortened as long as the value lives.
///
/// - SeeAlso: alignment.md 1.2.
public struct GGUFFile: Sendable {
    /// What a header may ask for.
    enum Limits {
        /// Most tensors, and most keys.
        static let entries = 65_536
        /// Longest name of a tensor and of a key, in bytes.
        static let tensorName = 64, keyName = 1024
        /// Longest text, in bytes.
        static let text = 4 << 20
        /// Most values of a list.
        static let elements = 4 << 20
    }

    /// One tensor.
    public struct Tensor: Sendable, Equatable {
        /// Its name, such as `blk.0.attn_q.weight`.
        public let name: String
        /// Sizes, the contiguous one first: `[576, 49152]` is a row-major matrix of 49,152 rows.
        public let dimensions: [Int]
        /// How its numbers are stored.
        public let type: BlockType
        /// Where it begins, counted from the first byte of the data.
        public let offset: Int

        /// Numbers in it.
        public var count: Int { dimensions.reduce(1, *) }
        /// Bytes that it takes.
        public var bytes: Int { count / type.values * type.bytes }
    }

    /// Where the file lies.
    public let path: String
    /// Version of the format.
    public let version: Int
    /// Keys in the order of the file.
    public let keys: [(name: String, value: GGUFValue)]
    /// Tensors in the order of the file.
    public let tensors: [Tensor]
    /// Where data begin in the file.
    public let dataOffset: Int
    /// What offsets are multiples of.
    public let alignment: Int
    private let file: MappedFile
    private let byKey: [ExactText: GGUFValue]
    private let byTensor: [ExactText: Int]

    /// Opens a file.
    ///
    /// - Throws: `StorageError`; `GGUFError` naming the byte.
    public init(mapping path: String) throws {
        let file = try MappedFile(path)
        var header = GGUFHeader()
        do {
            header = try file.withUnsafeBytes { try GGUFHeader($0, path: path) }
        } catch let refusal as GGUFReader.Refusal {
            throw GGUFError.malformed(path: path, reason: refusal.reason)
        }
        (self.path, self.file, version) = (path, file, header.version)
        (keys, tensors) = (header.keys, header.tensors)
        (dataOffset, alignment) = (header.dataOffset, header.alignment)
        byKey = Dictionary(uniqueKeysWithValues: keys.map { (ExactText($0.name), $0.value) })
        byTensor = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { (ExactText($1.name), $0) })
    }

    /// The value of a key; nil where there is none.
    public subscript(key: String) -> GGUFValue? { byKey[ExactText(key)] }

    /// A tensor by its name; nil where there is none.
    public func tensor(_ name: String) -> Tensor? { byTensor[ExactText(name)].map { tensors[$0] } }

    /// Bytes of the whole file.
    public var bytes: Int { file.withUnsafeBytes { $0.count } }

    /// The SHA-256 of the whole file in hexadecimal.
    public func sha256() -> String {
        file.withUnsafeBytes { bytes in
            var hash = SHA256()
            for first in stride(from: 0, to: bytes.count, by: 1 << 20) {
                hash.update(bytes[first..<min(first + (1 << 20), bytes.count)])
            }
            return hash.hexadecimal()
        }
    }

    /// Lends the blocks of a tensor of this file.
    public func withBlocks<Result>(of tensor: Tensor, _ body: (UnsafeRawBufferPointer) throws -> Result)
        rethrows
        -> Result
    {
        try file.withUnsafeBytes {
            let first = dataOffset + tensor.offset
            return try body(UnsafeRawBufferPointer(rebasing: $0[first..<first + tensor.bytes]))
        }
    }

    /// Lets the system take back the memory of a tensor of this file that is not read soon; reading it again is slow, not wrong.
    func giveBackPages(of tensor: Tensor) {
        let first = dataOffset + tensor.offset
        file.giveBackPages(first..<first + tensor.bytes)
    }

    /// The numbers of a tensor of this file, in single precision and row-major.
    public func values(of tensor: Tensor) -> [Float] {
        [Float](unsafeUninitializedCapacity: tensor.count) { values, count in
            count = tensor.count
            withBlocks(of: tensor) { [values] in
                tensor.type.widen($0, into: UnsafeMutableBufferPointer(rebasing: values[..<tensor.count]))
            }
        }
    }
}
