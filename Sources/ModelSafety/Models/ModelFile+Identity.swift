import LanguageModels
import Storage

extension ModelFile {
    /// Opens a GGUF file, a directory in hub format, or a run whose certified model lies in its folder `policy`.
    ///
    /// - Throws: `StorageError`; `HubError`, `SafetensorsError` or `GGUFError`.
    public static func opening(_ path: String) throws -> ModelFile { try ModelFile(place(of: path)) }

    /// Where the model of a path lies: the folder `policy` of a run that has one, else the path itself.
    public static func place(of path: String) -> String {
        // A run has a config.json of its own, which is no model's.
        let isRun =
            fileKind(path, following: true) == .directory
            && (fileKind(path + "/config.json", following: true) == nil
                || fileKind(path + "/config.resolved.json", following: true) == .file)
            && fileKind(path + "/policy/config.json", following: true) == .file
        return isRun ? path + "/policy" : path
    }

    /// What identifies the model: SHA-256 of a file, or of the names and digests of a directory's files that are read.
    ///
    /// - Throws: `StorageError`.
    public func identity() throws -> String {
        guard case .directory = self else { return try fileDigest(path).sha256 }
        let read = try directoryContents(path).filter {
            $0.hasSuffix(".safetensors") || $0.hasSuffix(".json") || $0.hasSuffix(".jinja")
        }
        let lines = try read.map { "\($0) \(try fileDigest(path + "/" + $0).sha256)\n" }
        return SHA256.hexadecimal(of: lines.joined().utf8)
    }
}
