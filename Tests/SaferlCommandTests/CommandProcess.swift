import Foundation

/// A temporary folder in which the built `saferl` binary runs; removed with the value.
final class CommandFolder {
    private let place = FileManager.default.temporaryDirectory.appending(path: "saferl-\(UUID().uuidString)")
    private var folder: URL { place.appending(path: "folder") }
    private var runs = 0

    /// Makes the folder with the given files.
    ///
    /// - Parameter files: bytes by path; a path that ends in a slash is a folder.
    /// - Throws: when a file cannot be written.
    init(_ files: [String: [UInt8]]) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (path, bytes) in files {
            let url = folder.appending(path: path)
            let isFolder = path.hasSuffix("/")
            let parent = isFolder ? url : url.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            if !isFolder { try Data(bytes).write(to: url) }
        }
    }

    deinit { try? FileManager.default.removeItem(at: place) }

    /// The absolute path of something in the folder.
    func path(_ relative: String) -> String { folder.appending(path: relative).path }

    /// All paths in the folder, sorted.
    func paths() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
    }

    /// The bytes of all files, by path; folders end in a slash.
    func contents() throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for path in try paths() {
            let url = folder.appending(path: path)
            let isFolder = try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true
            contents[path + (isFolder ? "/" : "")] = isFolder ? [] : Array(try Data(contentsOf: url))
        }
        return contents
    }

    /// Runs the binary to its end.
    ///
    /// - Parameters:
    ///   - arguments: without the name of the program; `{folder}` stands for the folder's path.
    ///   - outputPath: where standard output goes instead of `Result.output`.
    ///   - program: what is run instead of the binary.
    ///   - shell: commands for `sh` before the binary takes its place, such as `ulimit -f 1`.
    ///   - during: called once the process runs, and then every few milliseconds until it returns false.
    /// - Returns: what the process printed, its status and the files it left.
    /// - Throws: when the process cannot be started.
    func run(
        _ arguments: [String], outputPath: String? = nil, program: String? = nil, shell: String? = nil,
        during: (Process) -> Bool = { _ in false }
    ) throws -> CommandProcess.Result {
        guard let binary = CommandProcess.binary else { throw CocoaError(.fileNoSuchFile) }
        runs += 1
        let output = outputPath ?? place.appending(path: "output-\(runs)").path
        let errors = place.appending(path: "errors-\(runs)")
        for path in [output, errors.path] where !FileManager.default.fileExists(atPath: path) {
            try Data().write(to: URL(fileURLWithPath: path))
        }
        let process = Process()
        let words = arguments.map { $0.replacing("{folder}", with: folder.path) }
        let direct = program.map { URL(fileURLWithPath: $0) } ?? binary
        process.executableURL = shell == nil ? direct : URL(fileURLWithPath: "/bin/sh")
        process.arguments =
            shell.map { ["-c", $0 + "; exec \"$0\" \"$@\"", binary.path] + words } ?? words
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: errors.path)
        try process.run()
        while process.isRunning && during(process) { usleep(2000) }
        process.waitUntilExit()
        return CommandProcess.Result(
            status: process.terminationStatus,
            output: outputPath == nil ? try String(contentsOfFile: output, encoding: .utf8) : "",
            errors: try String(contentsOf: errors, encoding: .utf8), files: try paths())
    }
}

/// The built `saferl` binary.
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
    static var binary: URL? { built("saferl") }

    /// The program of the README's package, likewise.
    static var corridor: URL? { example("corridor") }

    /// A program of `Examples`, likewise.
    static func example(_ name: String) -> URL? { built(name) }

    private static func built(_ name: String) -> URL? {
        let bundles = [
            Bundle.main.bundleURL, URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent(),
        ]
        let here = URL(fileURLWithPath: #filePath)
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let builds = ["debug", "release"].map { root.appending(path: ".build/\($0)") }
        return (bundles + builds).map { $0.appending(path: name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    /// Runs the binary in a new folder that holds the given files, and removes the folder.
    ///
    /// - Parameters: as those of `CommandFolder`.
    /// - Throws: when the process cannot be started.
    static func run(_ arguments: [String], files: [String: [UInt8]], outputPath: String? = nil) throws
        -> Result
    {
        try CommandFolder(files).run(arguments, outputPath: outputPath)
    }
}
