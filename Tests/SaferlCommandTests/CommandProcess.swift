import Foundation

/// The built `saferl` binary, run in an empty folder.
enum CommandProcess {
    /// What a run of the binary left behind.
    struct Result: Equatable {
        /// What the process exited with.
        var status: Int32
        /// Everything on standard output.
        var output: String
        /// Everything on standard error.
        var errors: String
        /// All paths in the folder afterwards, sorted.
        var files: [String]
    }

    /// The binary beside the test bundle; `nil` when it has not been built.
    static var binary: URL? {
        let bundles = [
            Bundle.main.bundleURL, URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent(),
        ]
        let here = URL(fileURLWithPath: #filePath)
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let builds = ["debug", "release"].map { root.appending(path: ".build/\($0)") }
        return (bundles + builds).map { $0.appending(path: "saferl") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    /// Runs the binary in a new folder that holds the given files, and removes the folder.
    ///
    /// - Parameters:
    ///   - arguments: without the name of the program; `{folder}` stands for the folder's path.
    ///   - files: bytes by path; a path that ends in a slash is a folder.
    ///   - outputPath: where standard output goes instead of `Result.output`.
    /// - Returns: what the process printed, its status and the files it left.
    /// - Throws: when the process cannot be started.
    static func run(_ arguments: [String], files: [String: [UInt8]], outputPath: String? = nil) throws
        -> Result
    {
        guard let binary else { throw CocoaError(.fileNoSuchFile) }
        let place = FileManager.default.temporaryDirectory.appending(path: "saferl-\(UUID().uuidString)")
        let folder = place.appending(path: "folder")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        for (path, bytes) in files {
            try make(folder.appending(path: path), bytes, isFolder: path.hasSuffix("/"))
        }
        let output = outputPath ?? place.appending(path: "output").path
        let errors = place.appending(path: "errors")
        for path in [output, errors.path] where !FileManager.default.fileExists(atPath: path) {
            try Data().write(to: URL(fileURLWithPath: path))
        }
        let process = Process()
        process.executableURL = binary
        process.arguments = arguments.map { $0.replacing("{folder}", with: folder.path) }
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: errors.path)
        try process.run()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus,
            output: outputPath == nil ? try String(contentsOfFile: output, encoding: .utf8) : "",
            errors: try String(contentsOf: errors, encoding: .utf8),
            files: try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted())
    }

    private static func make(_ url: URL, _ bytes: [UInt8], isFolder: Bool) throws {
        let parent = isFolder ? url : url.deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        if !isFolder { try Data(bytes).write(to: url) }
    }
}
