import Foundation

/// The package's own files, as they lie in the folder that this file was compiled from.
enum Sources {
    /// The root of the package.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Folders that belong to the project; builds and runs are left out.
    static let folders = [
        "Benchmarks", "Configs", "Environments", "Examples", "Sources", "Tests", "docs", "notebooks",
        "python",
    ]

    /// All paths below these folders, relative to the root.
    static func paths() throws -> [String] {
        try folders.flatMap { folder in
            try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
                .map { folder + "/" + $0 }
        }
    }

    /// The Swift files of the modules, without tests: path and text.
    static func modules() throws -> [(path: String, text: String)] {
        try paths().filter { $0.hasSuffix(".swift") && !$0.hasPrefix("Tests/") && !$0.hasPrefix("docs/") }
            .map { ($0, try String(contentsOf: root.appending(path: $0), encoding: .utf8)) }
    }
}
