import Foundation
import SafeRL
import Storage

extension GroundingStore {
    private static let key = "saferl.store"
    private static let format = 1

    /// What stands in the header beside the tensors.
    private struct Stored: Codable {
        struct Part: Codable {
            var file, source: String
            var sha256: String
        }
        var format: Int
        var features: MonitorFeatures
        var horizon: Int
        var limit: Double
        var parts: [Part]
    }

    /// The store as a safetensors file.
    ///
    /// - Throws: `EncodingError`.
    public func encoded() throws -> [UInt8] {
        let stored = Stored(
            format: Self.format, features: features, horizon: horizon, limit: limit,
            parts: parts.map { .init(file: $0.file, source: $0.source, sha256: $0.digest) })
        var file = TensorBytes(Self.key, try JSONEncoder.compact.text(of: stored))
        for (number, part) in parts.enumerated() {
            file.add("\(number).pairs", "F32", [part.rows.count, features.count], part.pairs)
            file.add("\(number).rows", "I32", [part.rows.count], part.rows)
            file.add("\(number).violations", "I32", [part.rows.count], part.violations)
        }
        return file.file
    }

    /// Reads a store; files whose rows or sources have changed are left out of it.
    ///
    /// - Parameters:
    ///   - path: where it lies.
    ///   - warn: is told of each file that is left out.
    /// - Throws: `StorageError`, `SafetensorsError`; `MonitorError.malformed`, `.laterFormat`.
    public init(contentsOf path: String, warn: (String) -> Void) throws {
        let file = try SafetensorsFile(contentsOf: path)
        func refuse(_ reason: String) -> MonitorError {
            .malformed(path, reason: reason + ". Calibrate the router again, or restore the file from a copy")
        }
        guard let text = file.metadata[Self.key], let value = try? JSONValue(parsing: Array(text.utf8)),
            let format = value["format"]?.number?.int
        else { throw refuse("it is no store of transitions: its header does not describe one") }
        guard format <= Self.format else {
            throw MonitorError.laterFormat(path, stored: format, known: Self.format)
        }
        guard let stored = try? value.decode(Stored.self), stored.horizon >= 1, stored.limit >= 0,
            stored.features.observationSize >= 1, stored.features.actionSize >= 1
        else { throw refuse("what its header says of it cannot be read") }
        var kept: [Part] = []
        for (number, part) in stored.parts.enumerated() {
            if let own = Self.part(number, part, stored.features, file) {
                kept.append(own)
            } else {
                warn(
                    "\(oneLine(path)): the rows of \(oneLine(part.file)) are not what they were (SHA-256), or their file has "
                        + "changed; they are left out, and what only they ground is not grounded.")
            }
        }
        try self.init(stored.features, horizon: stored.horizon, limit: stored.limit, parts: kept)
    }

    /// The rows of a file; nil where they or their source changed.
    private static func part(
        _ number: Int, _ stored: Stored.Part, _ features: MonitorFeatures, _ file: SafetensorsFile
    ) -> Part? {
        guard let pairs = try? file.floats("\(number).pairs"),
            let rows = try? file.integers("\(number).rows"),
            let violations = try? file.integers("\(number).violations"),
            pairs.count == rows.count * features.count, violations.count == rows.count,
            pairs.allSatisfy(\.isFinite)
        else { return nil }
        let part = Part(
            file: stored.file, source: stored.source, pairs: pairs, rows: rows, violations: violations)
        guard part.digest == stored.sha256 else { return nil }
        // A source that is not here cannot have been looked at; what it said then is proved by the digest.
        guard FileManager.default.fileExists(atPath: stored.file) else { return part }
        return (try? SHA256.hexadecimal(of: fileContents(stored.file))) == stored.source ? part : nil
    }
}
