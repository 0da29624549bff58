import Foundation
import GymnasiumEnvironments
import SafeRL

/// What `saferl data convert` does.
struct ConversionWork {
    let file: String
    let target: String
    /// The format to write.
    let format: DataFormat
    /// A file that says which column of a table is what; nothing where they have their standard names.
    let columns: String?
    let isForced: Bool
    let conversion: DatasetConversion

    /// Reads the file, writes it in another format, and looks at what was written.
    func run() throws {
        if !isForced, fileKind(target) != nil {
            throw DatasetError.unwritable(target, reason: "it exists; --force replaces it")
        }
        Unfinished.isRemoved(beside: [target])
        let (dataset, changes) = try conversion.open(file, columns: columns)
        try write(dataset)
        // What stands in a file of the standard layout is what the next command reads.
        let written = format == .dsrl ? try TransitionDataset(contentsOf: target, actions: .refuse) : dataset
        let first =
            "\(target): \(written.count) transitions, \(written.episodes.count) episodes, from \(file)."
        var warnings = written.warnings
        if written !== dataset { warnings = lost(dataset) + warnings }
        try Output.write(
            ([first] + changes + warnings.map { "warning: \($0)" }).joined(separator: "\n"))
    }

    private func write(_ dataset: TransitionDataset) throws {
        switch format {
        case .dsrl: try dataset.write(to: target)
        case .d4rl: try dataset.writeD4RL(to: target)
        case .minari: try dataset.writeMinari(to: target, isForced: isForced)
        case .minariFile: try dataset.writeMinariFile(to: target)
        case .arrays: try ArrayFile.write(dataset, to: target)
        case .commaSeparated: try StepTable.commaSeparated.write(dataset, to: target)
        case .jsonLines: try StepTable.jsonLines.write(dataset, to: target)
        case .parquet: try ParquetFile.write(dataset, to: target)
        }
    }

    /// What reading changed, which the file that was written does not tell.
    private func lost(_ dataset: TransitionDataset) -> [DatasetWarning] {
        dataset.readingWarnings.filter {
            switch $0 {
            case .clippedActions, .narrowed: true
            default: false
            }
        }
    }
}

extension DatasetConversion {
    /// Opens a file of any format that is read.
    ///
    /// - Parameters:
    ///   - file: its name's ending says the format.
    ///   - columns: a file that says which column of a table is what; nothing where they have their standard names.
    /// - Returns: the transitions, and what reading changed.
    /// - Throws: `DatasetError`, `StepTableError`, `StorageError`: the first fault found.
    func open(_ file: String, columns: String?) throws -> (dataset: TransitionDataset, changes: [String]) {
        let read: TransitionColumns
        switch DataFormat(fileName: file) {
        case .arrays: read = try ArrayFile.read(file)
        case .commaSeparated:
            read = try StepTable.commaSeparated.read(file, columns: columns, actions: actions)
        case .jsonLines: read = try StepTable.jsonLines.read(file, columns: columns, actions: actions)
        case .parquet: read = try ParquetFile.read(file, columns: columns, actions: actions)
        case .dsrl, .d4rl, .minari, .minariFile:
            let result = try self.read(file)
            return (result.dataset, result.changes)
        }
        return (try TransitionDataset(read, from: file, actions: actions), [])
    }
}
