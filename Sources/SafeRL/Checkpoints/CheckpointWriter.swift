import Foundation

#if !_endian(little)
    #error("safetensors files are little-endian, and tensors are written as they lie in memory")
#endif

/// Collects what a checkpoint holds; the trainer writes it to disk.
///
/// Names are free, except that those beginning with `trainer.` belong to the trainer.
public struct CheckpointWriter {
    /// A tensor by reference.
    struct StoredTensor {
        var name: String
        /// As the format writes it: `F32` or `F64`.
        var type: String
        var shape: [Int]
        var values: UnsafeRawBufferPointer
        var owner: AnyObject
    }

    /// Numbers that a checkpoint keeps alive itself.
    private final class OwnedNumbers {
        let values: UnsafeMutableBufferPointer<Double>
        init(_ numbers: [Double]) {
            values = .allocate(capacity: numbers.count)
            _ = values.initialize(from: numbers)
        }
        deinit { values.deallocate() }
    }

    /// In the order of the file: those of eight bytes first, so that every number lies at a multiple of its size.
    var tensors: [StoredTensor] { stored.filter { $0.type == "F64" } + stored.filter { $0.type != "F64" } }
    /// In the order stored.
    private var stored: [StoredTensor] = []
    /// JSON texts by name.
    private(set) var values: [String: String] = [:]
    private var tensorNames: Set<String> = []

    /// Makes an empty one.
    public init() {}

    /// Adds a tensor.
    ///
    /// The memory must stay unchanged until the checkpoint is written; `owner` is kept alive until then.
    ///
    /// - Parameters:
    ///   - name: not used for another tensor.
    ///   - shape: the dimensions; their product is the number of values.
    ///   - values: row-major.
    ///   - owner: what keeps the memory alive.
    public mutating func store(
        _ name: String, shape: [Int], of values: UnsafeBufferPointer<Float>, ownedBy owner: AnyObject
    ) {
        precondition(
            shape.reduce(1, *) == values.count, "\(name): \(values.count) values do not fill shape \(shape)")
        add(
            StoredTensor(
                name: name, type: "F32", shape: shape, values: UnsafeRawBufferPointer(values), owner: owner))
    }

    /// Adds a row of `Double` numbers, copied now; every bit survives, those of a NaN too.
    ///
    /// - Parameters:
    ///   - name: not used for another tensor.
    ///   - numbers: any number of them.
    public mutating func store(_ name: String, numbers: [Double]) {
        let owned = OwnedNumbers(numbers)
        add(
            StoredTensor(
                name: name, type: "F64", shape: [numbers.count], values: UnsafeRawBufferPointer(owned.values),
                owner: owned))
    }

    private mutating func add(_ tensor: StoredTensor) {
        precondition(tensor.name != "__metadata__", "__metadata__ is not a tensor's name")
        precondition(tensorNames.insert(tensor.name).inserted, "tensor \(tensor.name) is stored twice")
        stored.append(tensor)
    }

    /// Adds a small value, kept as JSON; floating-point numbers survive bit for bit, except for the payload of a NaN.
    ///
    /// - Parameters:
    ///   - name: not used for another value.
    ///   - value: encoded now. A `Set` or a `Dictionary` with keys other than texts and integers may give other bytes
    ///     in each process; sort its elements into an array.
    /// - Throws: `CheckpointError.unencodable`.
    public mutating func store(_ name: String, _ value: some Encodable) throws {
        precondition(values[name] == nil, "value \(name) is stored twice")
        let encoder = JSONEncoder.compact
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do { values[name] = String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
            throw CheckpointError.unencodable(name, reason: "\(error)")
        }
    }

    /// What it holds, each entry with the first eight bytes of its SHA-256: values by name, then tensors as stored.
    package var digests: [(name: String, digest: UInt64)] {
        func first(_ bytes: some Collection<UInt8>) -> UInt64 {
            UInt64(SHA256.hexadecimal(of: bytes).prefix(16), radix: 16) ?? 0
        }
        return values.sorted { $0.key < $1.key }.map { ($0.key, first($0.value.utf8)) }
            + tensors.map { ($0.name, first($0.values)) }
    }

    /// The length and the header of the safetensors file; the tensors follow in the order stored, without gaps.
    var header: [UInt8] {
        var members: [String] = []
        if !values.isEmpty {
            let texts = values.sorted { $0.key < $1.key }.map {
                "\(quoted($0.key)):\(quoted($0.value))"
            }
            members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        var end = 0
        for tensor in tensors {
            let begin = end
            end += tensor.values.count
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.type)\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}"
            )
        }
        var text = Array("{\(members.joined(separator: ","))}".utf8)
        // Spaces up to a multiple of eight keep the numbers aligned for readers that map the file.
        while text.count % 8 != 0 { text.append(0x20) }
        return withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text
    }
}
