import Foundation
import SafeRL

/// What `saferl data` does.
struct DataWork {
    let file: String

    /// Shows what is in the file.
    func info(isJSON: Bool) throws {
        let summary = DatasetSummary(try TransitionDataset(contentsOf: file))
        if !isJSON { return try Output.write(summary.text()) }
        try Output.write(JSONEncoder.indented.text(of: summary))
    }

    /// Throws the first fault, or says that there is none.
    func validate() throws {
        let dataset = try TransitionDataset(contentsOf: file)
        let lines = ["\(file): valid: \(dataset.count) transitions, \(dataset.episodes.count) episodes."]
        try Output.write(
            (lines + dataset.warnings.map { "warning: \($0)" }).joined(separator: "\n"))
    }
}
