import Foundation
import SafeRL

/// What `saferl data info` and `saferl data validate` do.
struct DataWork {
    let file: String
    let actions: ActionRule

    /// Shows what is in the file.
    func info(isJSON: Bool) throws {
        let summary = DatasetSummary(try open())
        if !isJSON { return try Output.write(summary.text()) }
        try Output.write(JSONEncoder.indented.text(of: summary))
    }

    /// Throws the first fault, or says that there is none.
    func validate() throws {
        let dataset = try open()
        let lines = ["\(file): valid: \(dataset.count) transitions, \(dataset.episodes.count) episodes."]
        try Output.write(
            (lines + dataset.warnings.map { "warning: \($0)" }).joined(separator: "\n"))
    }

    private func open() throws -> TransitionDataset {
        try TransitionDataset(contentsOf: file, actions: actions)
    }
}

/// What `saferl data convert` does.
struct ConversionWork {
    let file: String
    let target: String
    let isForced: Bool
    let conversion: DatasetConversion

    /// Reads the file, writes the standard layout, and looks at what was written.
    func run() throws {
        if !isForced, FileManager.default.fileExists(atPath: target) {
            throw DatasetError.unwritable(target, reason: "it exists; --force replaces it")
        }
        let result = try conversion.read(file)
        try result.dataset.write(to: target)
        let written = try TransitionDataset(contentsOf: target, actions: .refuse)
        let first =
            "\(target): \(written.count) transitions, \(written.episodes.count) episodes, from \(file)."
        let clipped = result.dataset.clippedActions.map { DatasetWarning.clippedActions($0) }
        let warnings = ([clipped].compactMap { $0 } + narrowed(result.dataset) + written.warnings)
        try Output.write(
            ([first] + result.changes + warnings.map { "warning: \($0)" }).joined(separator: "\n"))
    }

    private func narrowed(_ dataset: TransitionDataset) -> [DatasetWarning] {
        dataset.readingWarnings.filter { if case .narrowed = $0 { true } else { false } }
    }
}
