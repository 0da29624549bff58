import Foundation

/// A verified checkpoint, opened for reading.
public struct CheckpointReader {
    /// Where it lies, for messages.
    public let path: String
    /// Updates taken before it was written.
    public let step: Int
    /// The stage of the last update.
    public let stage: String
    /// SHA-256 of the stored numbers, which tells one policy from another; empty for what was never stored.
    public let identity: String
    private let file: SafetensorsFile

    /// Opens a checkpoint directory and verifies every byte of it.
    ///
    /// - Throws: `CheckpointError` or `StorageError`.
    public init(contentsOf path: String) throws { self.init(try VerifiedCheckpoint(path)) }

    /// What `writer` holds, without a disk: for trying out an algorithm's `save` and `load`.
    ///
    /// - Throws: `SafetensorsError` when the names or shapes cannot be written.
    public init(of writer: CheckpointWriter) throws {
        var bytes = writer.header
        for tensor in writer.tensors { bytes.append(contentsOf: tensor.values) }
        file = try SafetensorsFile(bytes, path: "checkpoint in memory")
        (path, step, stage, identity) = (file.path, 0, "", "")
    }

    init(_ checkpoint: VerifiedCheckpoint) {
        (path, file) = (checkpoint.path, checkpoint.state)
        (step, stage) = (checkpoint.manifest.step, checkpoint.manifest.stage)
        identity = checkpoint.manifest.stateSHA256
    }

    /// The names of all tensors, in the order stored.
    public var tensorNames: [String] { file.names }

    /// Copies a tensor out, every bit of it: NaN and infinity too, which learners and networks refuse.
    ///
    /// - Parameters:
    ///   - name: as stored.
    ///   - shape: the dimensions that it must have.
    ///   - values: filled; as many as `shape` says.
    /// - Throws: `CheckpointError.missingTensor` or `.otherShape`; `values` is unchanged then.
    public func load(_ name: String, shape: [Int], into values: UnsafeMutableBufferPointer<Float>) throws {
        precondition(
            shape.reduce(1, *) == values.count, "\(name): \(values.count) values do not fill shape \(shape)")
        try check(name, shape: shape)
        try file.withBytes(of: name) { UnsafeMutableRawBufferPointer(values).copyMemory(from: $0) }
    }

    /// Copies a tensor of finite numbers out.
    ///
    /// - Throws: as `load`; `CheckpointError.notFinite`.
    package func loadFinite(_ name: String, shape: [Int], into values: UnsafeMutableBufferPointer<Float>)
        throws
    {
        try load(name, shape: shape, into: values)
        guard values.allSatisfy(\.isFinite) else {
            throw CheckpointError.notFinite(tensor: name, path: path)
        }
    }

    /// Checks that a tensor is there as wanted, before anything is made to hold it.
    ///
    /// - Throws: `CheckpointError.missingTensor` or `.otherShape`.
    func check(_ name: String, shape: [Int]) throws {
        guard let stored = try? file.shape(of: name), try file.type(of: name) == "F32" else {
            throw CheckpointError.missingTensor(name, path: path)
        }
        guard stored == shape else {
            throw CheckpointError.otherShape(name, path: path, stored: stored, wanted: shape)
        }
    }

    /// The numbers stored as a row of `Double`, every bit of them.
    ///
    /// - Throws: `CheckpointError.missingTensor`, also for a tensor of another kind.
    public func numbers(_ name: String) throws -> [Double] {
        guard let shape = try? file.shape(of: name), shape.count == 1, let numbers = try? file.doubles(name)
        else {
            throw CheckpointError.missingTensor(name, path: path)
        }
        return numbers
    }

    /// The numbers stored as a row of `Double`, all finite.
    ///
    /// - Parameters:
    ///   - name: as stored.
    ///   - count: how many are wanted; nil for any number of them.
    /// - Returns: the numbers.
    /// - Throws: as `numbers`; `CheckpointError.otherShape` for another number of them; `.notFinite`.
    public func finiteNumbers(_ name: String, count: Int? = nil) throws -> [Double] {
        let numbers = try numbers(name)
        if let count, count != numbers.count {
            throw CheckpointError.otherShape(name, path: path, stored: [numbers.count], wanted: [count])
        }
        guard numbers.allSatisfy(\.isFinite) else {
            throw CheckpointError.notFinite(tensor: name, path: path)
        }
        return numbers
    }

    /// Decodes a small value, if it was stored.
    ///
    /// - Throws: `CheckpointError.undecodable`.
    public func optionalValue<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value? {
        file.metadata[name] == nil ? nil : try value(name, as: type)
    }

    /// Decodes a small value and checks it.
    ///
    /// - Throws: `CheckpointError.missingValue`, `.undecodable` or `.unsound`.
    public func value<Value: StoredValue>(_ name: String, as type: Value.Type) throws -> Value {
        let value = try decoded(name, as: type)
        do throws(UnsoundValue) { try value.check() } catch { throw unsound(name, error) }
        return value
    }

    /// A whole number in a range.
    ///
    /// - Throws: `CheckpointError.missingValue`, `.undecodable` or `.unsound`.
    public func value(_ name: String, in range: ClosedRange<Int>) throws -> Int {
        let value = try decoded(name, as: Int.self)
        do throws(UnsoundValue) { try Sound.check(value, "it", in: range) } catch {
            throw unsound(name, error)
        }
        return value
    }

    /// What is wrong with a value, as an error that names the checkpoint.
    package func unsound(_ name: String, _ reason: UnsoundValue) -> CheckpointError {
        .unsound(name, path: path, reason: reason.description)
    }

    /// Decodes a small value of a type of which every value is sound; others conform to `StoredValue`.
    ///
    /// - Throws: `CheckpointError.missingValue` or `.undecodable`.
    public func value<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        try decoded(name, as: type)
    }

    private func decoded<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        guard let text = file.metadata[name] else { throw CheckpointError.missingValue(name, path: path) }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do { return try decoder.decode(type, from: Foundation.Data(text.utf8)) } catch {
            throw CheckpointError.undecodable(name, path: path, reason: "not a \(type)")
        }
    }
}
