import Foundation
import SafeRL
import Safety

/// `verdict.json` of a run that tests its policy itself, and `policy/` where the policy is certified.
struct VerdictFiles {
    private let run: RunDirectory

    init(_ run: RunDirectory) { self.run = run }

    private var path: String { run.path + "/verdict.json" }

    /// Whether the verdict is there.
    var areWritten: Bool { FileManager.default.fileExists(atPath: path) }

    /// Whether the verdict that is there certifies nothing: also where it cannot be read.
    var isNoSolutionFound: Bool {
        guard let bytes = FileManager.default.contents(atPath: path) else { return false }
        let report = try? JSONValue(parsing: Array(bytes))
        return !["certified", "none"].contains(report?["verdict"]?.string)
    }

    /// Writes the verdict, and the policy only where it is certified.
    ///
    /// - Throws: `StorageError`; `CommandStatus.noSolutionFound` once everything is written.
    func write(of algorithm: some VerdictAlgorithm, isQuiet: Bool) throws {
        let files = SystemFiles()
        guard let verdict = try algorithm.verdict() else {
            let none = JSONValue.object([("verdict", .text("none"))]).pretty
            return try files.replaceFile(path, with: Array(none.utf8))
        }
        let folder = run.path + "/policy"
        if verdict.isCertified { try algorithm.export(to: folder) }
        try files.replaceFile(path, with: Array(try verdict.report.json().utf8))
        if !isQuiet {
            try Output.write(
                verdict.isCertified
                    ? "certified: the policy is in \(folder)\n"
                    : "no solution found: no policy is returned; the candidate stays in the checkpoints only\n"
            )
        }
        if !verdict.isCertified { throw CommandStatus.noSolutionFound }
    }
}
