import Foundation
import SafeRL

/// A file that a command writes.
struct NewFile {
    let path: String
    let isForced: Bool

    /// Refuses to replace a file without being asked to.
    func check() throws {
        if !isForced, FileManager.default.fileExists(atPath: path) { throw FileIsThere(path: path) }
    }
}

/// A file that would be replaced without being asked for.
struct FileIsThere: Fault {
    let path: String
    /// What kind of fault it is.
    var kind: FaultKind { .cannotCreate }

    var description: String {
        "\(oneLine(path)): there already. Add --force to replace it, or name another file."
    }
}
