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
        // A directory of Minari may be named with a slash behind it.
        let (dataset, changes) = try conversion.open(
            file, columns: columns, for: RunDirectory.withoutTrailingSlash(target))
        try write(dataset)
        let first =
            "\(target): \(dataset.count) transitions, \(dataset.episodes.count) episodes, from \(file)."
        let warnings = try warnings(dataset)
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

    /// What is odd in what was written: what stands in a file of the standard layout is what the next command reads.
    private func warnings(_ dataset: TransitionDataset) throws -> [DatasetWarning] {
        guard format == .dsrl else { return dataset.warnings }
        let written = try TransitionDataset(contentsOf: target, actions: .refuse, spilledBeside: target)
        return lost(dataset) + written.warnings
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
    ///   - target: what is to be written; columns wait on the disk beside it, else in the folder for temporary files.
    /// - Returns: the transitions, and what reading changed.
    /// - Throws: `DatasetError`, `StepTableError`, `StorageError`: the first fault found.
    func open(
        _ file: String, columns: String?, for target: String? = nil
    ) throws -> (dataset: TransitionDataset, changes: [String]) {
        let target = target ?? FileManager.default.temporaryDirectory.path + "/saferl"
        func table(_ format: StepTable) throws -> TransitionDataset {
            try format.dataset(file, columns: columns, actions: actions, spilledBeside: target)
        }
        switch DataFormat(fileName: file) {
        case .arrays:
            return (try ArrayFile.dataset(file, actions: actions, spilledBeside: target), [])
        case .commaSeparated: return (try table(.commaSeparated), [])
        case .jsonLines: return (try table(.jsonLines), [])
        case .parquet:
            return (
                try ParquetFile.dataset(file, columns: columns, actions: actions, spilledBeside: target), []
            )
        case .dsrl, .d4rl, .minari, .minariFile:
            let result = try self.read(file, spilledBeside: target)
            return (result.dataset, result.changes)
        }
    }
}
