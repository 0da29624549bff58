import Foundation
import Storage

/// What `manifest.json` of a checkpoint says; it holds no clock values, so equal runs write equal bytes.
struct CheckpointManifest: Codable, Equatable {
    /// The format written and the newest one read.
    static let currentFormat = 1

    var format = Self.currentFormat
    var step: Int
    var stage: String
    var configuration: String
    var data: String
    var stateBytes: Int
    var stateSHA256: String
    /// SHA-256 of each tensor, to name the one that is damaged.
    var tensors: [String: String]

    private enum CodingKeys: String, CodingKey {
        case format, step, stage, configuration, data, tensors
        case stateBytes = "state_bytes"
        case stateSHA256 = "state_sha256"
    }

    /// The file: JSON whose last member is the SHA-256 of all bytes before it.
    var fileContents: [UInt8] {
        var text = """
            {
              "format": \(format),
              "step": \(step),
              "stage": \(quoted(stage)),
              "configuration": \(quoted(configuration)),
              "data": \(quoted(data)),
              "state_bytes": \(stateBytes),
              "state_sha256": \(quoted(stateSHA256)),
              "tensors": {

            """
        let lines = tensors.sorted { $0.key < $1.key }.map {
            "    \(quoted($0.key)): \(quoted($0.value))"
        }
        text += lines.joined(separator: ",\n") + "\n  },\n"
        let body = Array(text.utf8)
        return body + Self.seal(of: body)
    }

    /// Reads the file.
    ///
    /// The seal is checked on the bytes before anything is parsed; later formats keep this last line.
    ///
    /// - Throws: `CheckpointError.damaged` or `.newerFormat`, naming the checkpoint's `path`.
    init(_ contents: [UInt8], path: String) throws {
        let body = contents.dropLast(Self.seal(of: []).count)
        guard Array(contents[body.endIndex...]) == Self.seal(of: Array(body)) else {
            throw CheckpointError.damaged(path: path, reason: "manifest.json does not match its own SHA-256")
        }
        struct FormatOnly: Decodable { var format: Int }
        let decoder = JSONDecoder()
        do {
            let format = try decoder.decode(FormatOnly.self, from: Foundation.Data(contents)).format
            guard format <= Self.currentFormat else {
                throw CheckpointError.newerFormat(path: path, found: format, supported: Self.currentFormat)
            }
            self = try decoder.decode(Self.self, from: Foundation.Data(contents))
        } catch let error as DecodingError {
            throw CheckpointError.damaged(path: path, reason: "manifest.json cannot be read (\(error))")
        }
    }

    init(step: Int, stage: String, configuration: String, data: String, state: StateDigest) {
        (self.step, self.stage, self.configuration, self.data) = (step, stage, configuration, data)
        (stateBytes, stateSHA256, tensors) = (state.bytes, state.sha256, state.tensors)
    }

    private static func seal(of body: [UInt8]) -> [UInt8] {
        Array("  \"manifest_sha256\": \"\(SHA256.hexadecimal(of: body))\"\n}\n".utf8)
    }
}

/// Size and hashes of a state file.
struct StateDigest: Equatable {
    var bytes = 0
    var sha256 = ""
    var tensors: [String: String] = [:]
}

/// A checkpoint directory of which every byte was found as written.
struct VerifiedCheckpoint {
    let path: String
    let manifest: CheckpointManifest
    let state: SafetensorsFile

    /// Reads and verifies.
    ///
    /// - Throws: `CheckpointError` or `StorageError`.
    init(_ path: String) throws {
        let manifestPath = path + "/manifest.json"
        guard fileKind(path, following: true) == .directory else {
            throw CheckpointError.damaged(path: path, reason: "not a directory")
        }
        guard fileKind(manifestPath) != nil else { throw CheckpointError.missingManifest(path: path) }
        manifest = try CheckpointManifest(
            try SafeRL.fileContents(manifestPath, limit: 100_000_000), path: path)
        let statePath = path + "/state.safetensors"
        guard fileKind(statePath) != nil else {
            throw CheckpointError.damaged(path: path, reason: "state.safetensors is not there")
        }
        let bytes = try SafeRL.fileContents(statePath)
        guard bytes.count == manifest.stateBytes else {
            let reason = "state.safetensors has \(bytes.count) bytes, not \(manifest.stateBytes)"
            throw CheckpointError.damaged(path: path, reason: reason)
        }
        let isIntact = SHA256.hexadecimal(of: bytes) == manifest.stateSHA256
        do throws(SafetensorsError) { state = try SafetensorsFile(bytes, path: statePath) } catch {
            throw CheckpointError.damaged(
                path: path, reason: "the header of state.safetensors is not what was written")
        }
        self.path = path
        guard isIntact else {
            let culprit = Self.firstDamaged(state, manifest).map { "tensor \"\($0)\"" } ?? "the header"
            throw CheckpointError.damaged(
                path: path, reason: "\(culprit) in state.safetensors does not match its SHA-256")
        }
    }

    private static func firstDamaged(_ state: SafetensorsFile, _ manifest: CheckpointManifest) -> String? {
        state.names.first { name in
            let digest = try? state.withBytes(of: name) { SHA256.hexadecimal(of: $0) }
            return digest != manifest.tensors[name]
        }
    }
}
