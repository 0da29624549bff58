/// Collects what a checkpoint holds; the trainer writes it to disk.
public struct CheckpointWriter {
    /// Adds a tensor. The memory must stay unchanged until the checkpoint is written; `owner` is kept alive until then.
    public mutating func store(
        _ name: String, shape: [Int], of values: UnsafeBufferPointer<Float>, ownedBy owner: AnyObject
    ) { fatalError("stub") }
    /// Adds a small value, kept as JSON; floating-point numbers survive bit for bit.
    public mutating func store(_ name: String, _ value: some Encodable) throws { fatalError("stub") }
}

/// A verified checkpoint, opened for reading.
public struct CheckpointReader {
    /// Copies a tensor out.
    public func load(_ name: String, shape: [Int], into values: UnsafeMutableBufferPointer<Float>) throws {
        fatalError("stub")
    }
    /// Decodes a small value.
    public func value<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value { fatalError("stub") }
}
