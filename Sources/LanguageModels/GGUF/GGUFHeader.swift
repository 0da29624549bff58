import Storage

/// What stands before the data.
struct GGUFHeader {
    private(set) var version = 3
    private(set) var keys: [(name: String, value: GGUFValue)] = []
    private(set) var tensors: [GGUFFile.Tensor] = []
    private(set) var dataOffset = 0
    private(set) var alignment = 32

    /// Nothing.
    init() {}

    /// Reads and checks a header.
    ///
    /// - Throws: `GGUFReader.Refusal`, or `GGUFError.blockType`.
    init(_ bytes: UnsafeRawBufferPointer, path: String) throws {
        var reader = GGUFReader(bytes)
        guard try reader.number(UInt32.self, "the magic number") == 0x4655_4747 else {
            throw reader.refusal("it does not begin with GGUF")
        }
        version = try Self.version(&reader, path)
        let count = try reader.count("tensors", most: GGUFFile.Limits.entries, each: 24)
        let keyCount = try reader.count("keys", most: GGUFFile.Limits.entries, each: 13)
        try readKeys(keyCount, &reader)
        try readTensors(count, &reader, path)
        dataOffset = (reader.place + alignment - 1) / alignment * alignment
        try checkPlaces(reader, size: bytes.count)
    }

    private static func version(_ reader: inout GGUFReader, _ path: String) throws -> Int {
        let version = try reader.number(UInt32.self, "the version")
        switch version {
        case 2, 3: return Int(version)
        case 1:
            throw GGUFError.unsupported(
                path: path, reason: "GGUF version 1 is not read. Convert the model again")
        default:
            if version.byteSwapped == 2 || version.byteSwapped == 3 {
                throw GGUFError.unsupported(
                    path: path,
                    reason: "written on a big-endian machine, which is not read. Convert the model again")
            }
            throw GGUFError.unsupported(
                path: path, reason: "GGUF version \(version) is not known. Use a file of version 2 or 3")
        }
    }

    private mutating func readKeys(_ count: Int, _ reader: inout GGUFReader) throws {
        var seen: Set<ExactText> = []
        for _ in 0..<count {
            let name = try reader.text("the name of a key", most: GGUFFile.Limits.keyName)
            guard seen.insert(ExactText(name)).inserted else {
                throw reader.refusal("the key \(quoted(name)) stands there twice")
            }
            keys.append((name, try reader.value(of: name)))
        }
        guard let given = keys.first(where: { $0.name == "general.alignment" })?.value else { return }
        guard case .integer(let number) = given, number > 0, number <= 1 << 20, number & (number - 1) == 0
        else {
            throw reader.refusal("general.alignment is no power of two up to 2²⁰")
        }
        alignment = number
    }

    private mutating func readTensors(_ count: Int, _ reader: inout GGUFReader, _ path: String) throws {
        var seen: Set<ExactText> = []
        for _ in 0..<count {
            let name = try reader.text("the name of a tensor", most: GGUFFile.Limits.tensorName)
            guard seen.insert(ExactText(name)).inserted else {
                throw reader.refusal("tensor \(quoted(name)) stands there twice")
            }
            let rank = try reader.number(UInt32.self, "the shape of \(quoted(name))")
            guard rank >= 1 && rank <= 4 else {
                throw reader.refusal("tensor \(quoted(name)) has \(rank) dimensions, not 1 to 4")
            }
            var (dimensions, elements) = ([Int](), 1)
            for _ in 0..<rank {
                let size = try reader.number(UInt64.self, "the shape of \(quoted(name))")
                let (product, overflows) = elements.multipliedReportingOverflow(by: Int(clamping: size))
                guard size > 0, size < 1 << 40, !overflows, product < 1 << 48 else {
                    throw reader.refusal("tensor \(quoted(name)) has an impossible shape")
                }
                dimensions.append(Int(size))
                elements = product
            }
            let number = try reader.number(UInt32.self, "the type of \(quoted(name))")
            guard let type = BlockType(rawValue: number) else {
                throw GGUFError.blockType(path: path, tensor: name, type: BlockType.unreadName(number))
            }
            guard dimensions[0] % type.values == 0 else {
                throw reader.refusal(
                    "rows of tensor \(quoted(name)) have \(dimensions[0]) values, not a multiple of \(type.values) "
                        + "as \(type.name) needs")
            }
            let offset = try reader.number(UInt64.self, "the place of \(quoted(name))")
            guard offset < 1 << 48, Int(offset) % alignment == 0 else {
                throw reader.refusal("tensor \(quoted(name)) does not begin at a multiple of \(alignment)")
            }
            tensors.append(
                GGUFFile.Tensor(name: name, dimensions: dimensions, type: type, offset: Int(offset)))
        }
    }

    /// Every tensor lies inside of the file, and none in another.
    private func checkPlaces(_ reader: GGUFReader, size: Int) throws(GGUFReader.Refusal) {
        var end = 0
        for tensor in tensors.sorted(by: { ($0.offset, $0.bytes) < ($1.offset, $1.bytes) }) {
            guard tensor.offset >= end else {
                throw reader.refusal("tensor \(quoted(tensor.name)) overlaps the one before it")
            }
            end = tensor.offset + tensor.bytes
            guard dataOffset + end <= size else {
                throw reader.refusal("tensor \(quoted(tensor.name)) ends behind the end of the file")
            }
        }
    }
}
