import Foundation

/// Where reference values lie.
public enum Golden {
    /// The folder of a set such as `fisor`: what `SAFERL_GOLDEN_FISOR` names, else `Tests/Golden/fisor`.
    public static func directory(_ set: String) -> URL {
        let variable = "SAFERL_GOLDEN_" + set.uppercased()
        if let path = ProcessInfo.processInfo.environment[variable], !path.isEmpty {
            return URL(fileURLWithPath: path, isDirectory: true)
        }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Golden").appendingPathComponent(set)
    }

    /// Opens one file of a set, such as `("fisor", "pointrobot.safetensors")`.
    public static func file(_ set: String, _ name: String) throws -> GoldenFile {
        try GoldenFile(directory(set).appendingPathComponent(name).path)
    }
}

/// What is wrong with a reference file.
public struct GoldenError: Error, CustomStringConvertible {
    /// One sentence that begins with the path.
    public let description: String
}

/// A small reader of trusted safetensors files, independent of the one under test.
public struct GoldenFile {
    private struct Entry {
        let type: String
        let shape: [Int]
        let range: Range<Int>
    }

    private let path: String
    private let bytes: [UInt8]
    private let entries: [String: Entry]

    /// Reads a file.
    public init(_ path: String) throws {
        self.path = path
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        guard bytes.count > 8 else { throw GoldenError(description: "\(path): shorter than a header.") }
        let header = 8..<8 + (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
        guard header.upperBound <= bytes.count,
            let json = try JSONSerialization.jsonObject(with: Data(bytes[header])) as? [String: Any]
        else { throw GoldenError(description: "\(path): the header is not a JSON object.") }
        var entries: [String: Entry] = [:]
        for (name, value) in json where name != "__metadata__" {
            guard let fields = value as? [String: Any], let type = fields["dtype"] as? String,
                let shape = fields["shape"] as? [Int], let offsets = fields["data_offsets"] as? [Int],
                offsets.count == 2, 4 * shape.reduce(1, *) == offsets[1] - offsets[0],
                header.upperBound + offsets[1] <= bytes.count
            else { throw GoldenError(description: "\(path): \(name) is not an array of four-byte elements.") }
            entries[name] = Entry(
                type: type, shape: shape,
                range: header.upperBound + offsets[0]..<header.upperBound + offsets[1])
        }
        (self.bytes, self.entries) = (bytes, entries)
    }

    /// All names, sorted.
    public var names: [String] { entries.keys.sorted() }

    /// Whether there is an array of this name.
    public func contains(_ name: String) -> Bool { entries[name] != nil }

    /// Rows, columns and so on of an array.
    public func shape(_ name: String) throws -> [Int] { try entry(name).shape }

    /// The elements of an F32 array, row-major.
    public func floats(_ name: String) throws -> [Float] {
        try words(name, type: "F32").map { Float(bitPattern: $0) }
    }

    /// The elements of an I32 array, row-major.
    public func integers(_ name: String) throws -> [Int] {
        try words(name, type: "I32").map { Int(Int32(bitPattern: $0)) }
    }

    private func entry(_ name: String) throws -> Entry {
        guard let entry = entries[name] else { throw GoldenError(description: "\(path): no array \(name).") }
        return entry
    }

    private func words(_ name: String, type: String) throws -> [UInt32] {
        let entry = try entry(name)
        guard entry.type == type else {
            throw GoldenError(description: "\(path): \(name) is \(entry.type), not \(type).")
        }
        return stride(from: entry.range.lowerBound, to: entry.range.upperBound, by: 4).map { at in
            (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) }
        }
    }
}
