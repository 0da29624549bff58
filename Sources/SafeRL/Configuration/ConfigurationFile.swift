import Foundation

/// The text of a configuration and the name under which it was found.
public struct ConfigurationFile: Equatable, Sendable {
    /// The path that was opened, or the name of a shipped configuration followed by ` (shipped with saferl)`.
    public let name: String
    /// The bytes as they were given; a run directory keeps them.
    public let bytes: [UInt8]

    /// Wraps text that is already in memory.
    public init(name: String, bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }

    /// Finds a configuration: the path as given, else the one file whose path differs in upper and lower case only,
    /// else a shipped configuration of that name.
    ///
    /// - Parameters:
    ///   - path: absolute, or relative to `directory`; the name of a shipped file may stand alone or after `configs/`.
    ///   - directory: where relative paths begin.
    ///   - shipped: text by file name, such as `fisor.json`.
    /// - Returns: the file's text under the name that was opened.
    /// - Throws: when nothing or more than one file matches, or the file is a directory, unreadable or too large.
    public static func locate(
        _ path: String, in directory: String = FileManager.default.currentDirectoryPath,
        shipped: [String: String] = [:]
    ) throws(ConfigurationError) -> ConfigurationFile {
        let shown = oneLine(path)
        if path.isEmpty {
            throw ConfigurationError(.missingInput, at: "\"\"", "an empty path. Name a configuration file.")
        }
        if FileManager.default.fileExists(atPath: absolute(path, in: directory)) {
            return try read(path, in: directory)
        }
        let matches = matchesIgnoringCase(path, in: directory)
        if matches.count > 1 {
            let names = matches.map(oneLine).joined(separator: ", ")
            throw ConfigurationError(
                .missingInput, at: shown, "several files match: \(names). Write one of them exactly.")
        }
        if let match = matches.first { return try read(match, in: directory) }
        if let name = shippedName(path, among: Array(shipped.keys)), let text = shipped[name] {
            return ConfigurationFile(name: "\(name) (shipped with saferl)", bytes: Array(text.utf8))
        }
        throw ConfigurationError(
            .missingInput, at: shown,
            "no such file.\(remedy(for: path, in: directory, shipped: shipped.keys.sorted()))")
    }

    private static func absolute(_ path: String, in directory: String) -> String {
        path.hasPrefix("/") ? path : directory + "/" + path
    }

    private static func read(_ path: String, in directory: String) throws(ConfigurationError)
        -> ConfigurationFile
    {
        let (full, shown) = (absolute(path, in: directory), oneLine(path))
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: full, isDirectory: &isDirectory), isDirectory.boolValue {
            throw ConfigurationError(
                .missingInput, at: shown, "a directory. Name a configuration file inside it.")
        }
        if fileKind(full, following: true) == .other {
            throw ConfigurationError(
                .missingInput, at: shown, "a pipe or a device, which is not read. Name a regular file.")
        }
        do throws(StorageError) {
            // One byte more than is parsed, so that the parser says what is too much.
            return ConfigurationFile(
                name: path, bytes: try beginningOfFile(full, limit: JSONLimits().bytes + 1))
        } catch {
            if case .failed(_, "open", _) = error {
                throw ConfigurationError(.missingInput, at: shown, "cannot be opened. Check its permissions.")
            }
            throw ConfigurationError(.missingInput, at: shown, "cannot be read. Check the disk it is on.")
        }
    }

    /// All existing paths that equal `path` up to upper and lower case, sorted.
    private static func matchesIgnoringCase(_ path: String, in directory: String) -> [String] {
        var found = [path.hasPrefix("/") ? "/" : ""]
        for component in path.split(separator: "/").map(String.init) {
            found = found.flatMap { prefix -> [String] in
                if component == "." || component == ".." { return [prefix + component + "/"] }
                let entries =
                    (try? FileManager.default.contentsOfDirectory(atPath: absolute(prefix, in: directory)))
                    ?? []
                return entries.filter { $0.lowercased() == component.lowercased() }.map { prefix + $0 + "/" }
            }
        }
        return found.map { String($0.dropLast()) }.filter { !$0.isEmpty }.sorted()
    }

    /// The shipped file that a path names, alone or after `configs/`.
    private static func shippedName(_ path: String, among names: [String]) -> String? {
        let components = path.lowercased().split(separator: "/").map(String.init).drop { $0 == "." }
        guard !path.hasPrefix("/"), let last = components.last,
            ["configs", last].contains(components.first ?? ""),
            components.count <= 2
        else { return nil }
        return names.first { $0.lowercased() == last }
    }

    private static func remedy(for path: String, in directory: String, shipped: [String]) -> String {
        let parent = (path as NSString).deletingLastPathComponent
        let prefix = parent.isEmpty ? "" : parent + "/"
        let folder = matchesIgnoringCase(parent.isEmpty ? "." : parent, in: directory).first ?? "."
        let entries =
            (try? FileManager.default.contentsOfDirectory(atPath: absolute(folder, in: directory))) ?? []
        let name = (path as NSString).lastPathComponent
        let ending = name.hasSuffix(".rules") ? ".rules" : ".json"
        if let near = nearestFile(to: name, among: entries.filter { $0.hasSuffix(ending) }.sorted()) {
            return " Did you mean \(quoted(prefix + near))?"
        }
        if let near = nearestFile(to: name, among: shipped) { return " Did you mean \(quoted(near))?" }
        return shipped.isEmpty ? "" : " Shipped with saferl: \(shipped.joined(separator: ", "))."
    }

    /// The nearest name without its ending, which would make all short names near one another.
    private static func nearestFile(to name: String, among files: [String]) -> String? {
        func stem(_ file: String) -> String { (file as NSString).deletingPathExtension }
        let near = nearest(to: stem(name), among: files.map(stem))
        return files.first { stem($0) == near }
    }
}
