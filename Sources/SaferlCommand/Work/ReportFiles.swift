import Foundation
import SafeRL

/// `report.json` and `report.md` of a run whose algorithm has something to say.
struct ReportFiles {
    private let report: TrainingReport

    init(_ report: TrainingReport) { self.report = report }

    /// Whether both are there.
    static func areWritten(in run: RunDirectory) -> Bool {
        ["report.json", "report.md"].allSatisfy {
            FileManager.default.fileExists(atPath: run.path + "/" + $0)
        }
    }

    /// Writes both, each whole or not at all, and prints the figures.
    ///
    /// - Throws: `StorageError`, `OutputError`.
    func write(in run: RunDirectory, isQuiet: Bool) throws {
        let files = SystemFiles()
        try files.replaceFile(run.path + "/report.md", with: Array(report.markdown.utf8))
        try files.replaceFile(run.path + "/report.json", with: Array((try report.json()).utf8))
        if !isQuiet { try Output.write(report.text) }
    }
}
