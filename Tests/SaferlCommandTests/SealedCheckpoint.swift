import Foundation
import Storage

/// The newest checkpoint of the small run, changed and sealed again: its hashes need no key.
struct SealedCheckpoint {
    static let place = "run/checkpoints/step-000000020/"
    private var values: [String: Any] = [:]
    private var header: [String: Any] = [:]
    private var data: [UInt8] = []

    /// Opens what `TinyRun` made.
    init() throws {
        let state = TinyRun.files[Self.place + "state.safetensors"] ?? []
        let size = state.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        header = try JSONSerialization.jsonObject(with: Data(state[8..<8 + size])) as? [String: Any] ?? [:]
        data = Array(state[(8 + size)...])
        for (name, text) in header["__metadata__"] as? [String: String] ?? [:] {
            values[name] = try JSONSerialization.jsonObject(
                with: Data(text.utf8), options: .fragmentsAllowed)
        }
    }

    /// Replaces a value at a path of keys, such as `description.action`.
    mutating func set(_ path: String, to value: Any) throws {
        let text =
            path.hasPrefix("trainer.progress")
            ? ["trainer.progress"] + path.dropFirst(17).split(separator: ".").map(String.init)
            : path.hasSuffix(".updates") ? [path] : path.split(separator: ".").map(String.init)
        values[text[0]] = Self.replaced(values[text[0]] as Any, at: text.dropFirst(), by: value)
    }

    private static func replaced(_ whole: Any, at path: ArraySlice<String>, by value: Any) -> Any {
        guard let key = path.first, var members = whole as? [String: Any] else { return value }
        members[key] = replaced(members[key] as Any, at: path.dropFirst(), by: value)
        return members
    }

    /// Replaces the first number of a tensor.
    mutating func set(tensor name: String, to number: Float) {
        let entry = header[name] as? [String: Any]
        let begin = (entry?["data_offsets"] as? [Int])?.first ?? 0
        withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes in
            for (index, byte) in bytes.enumerated() { data[begin + index] = byte }
        }
    }

    /// The files of the run with this checkpoint.
    func files() throws -> [String: [UInt8]] {
        var header = header
        header["__metadata__"] = try values.mapValues {
            String(
                decoding: try JSONSerialization.data(withJSONObject: $0, options: .fragmentsAllowed),
                as: UTF8.self)
        }
        let text = try JSONSerialization.data(withJSONObject: header, options: .withoutEscapingSlashes)
        let size = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
        let state = size + Array(text) + data
        let manifest = String(decoding: TinyRun.files[Self.place + "manifest.json"] ?? [], as: UTF8.self)
        var lines = manifest.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for (index, line) in lines.enumerated() {
            if line.contains("\"state_bytes\"") { lines[index] = "  \"state_bytes\": \(state.count)," }
            if line.contains("\"state_sha256\"") {
                lines[index] = "  \"state_sha256\": \"\(SHA256.hexadecimal(of: state))\","
            }
        }
        let end = lines.firstIndex { $0.contains("\"manifest_sha256\"") } ?? lines.endIndex
        let body = lines[..<end].joined(separator: "\n") + "\n"
        let seal = "  \"manifest_sha256\": \"\(SHA256.hexadecimal(of: body.utf8))\"\n}\n"
        return TinyRun.files([
            Self.place + "state.safetensors": state, Self.place + "manifest.json": Array((body + seal).utf8),
        ])
    }
}
