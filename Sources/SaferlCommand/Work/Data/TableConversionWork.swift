import Foundation
import SafeRL

/// What `saferl data convert` does where one of the files is a table of steps as text, or arrays of NumPy.
struct TableConversionWork {
    let file: String
    let target: String
    /// A file that says which column is what; nothing where they have their standard names.
    let columns: String?
    let isForced: Bool
    let actions: ActionRule

    func run() throws {
        if !isForced, FileManager.default.fileExists(atPath: target) {
            throw DatasetError.unwritable(target, reason: "it exists; --force replaces it")
        }
        let dataset = try read()
        if let table = StepTable(fileName: target) {
            try table.write(dataset, to: target)
        } else if ArrayFile.isName(target) {
            try ArrayFile.write(dataset, to: target)
        } else {
            try dataset.write(to: target)
        }
        let lines =
            ["\(target): \(dataset.count) transitions, \(dataset.episodes.count) episodes, from \(file)."]
            + dataset.warnings.map { "warning: \($0)" }
        try Output.write(lines.joined(separator: "\n"))
    }

    private func read() throws -> TransitionDataset {
        if ArrayFile.isName(file) { return try TransitionDataset(try ArrayFile.read(file)) }
        guard let table = StepTable(fileName: file) else {
            return try TransitionDataset(contentsOf: file, actions: actions)
        }
        return try TransitionDataset(try table.read(file, columns: columns))
    }
}
