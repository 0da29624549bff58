import Foundation
import SafeRL

/// What `saferl data info` and `saferl data validate` do.
struct DataWork {
    let file: String
    let actions: ActionRule

    /// Shows what is in the file.
    ///
    /// - Parameters:
    ///   - isJSON: whether as one object.
    ///   - plot: a file for the picture of returns over costs, which is then drawn below the text, too.
    /// - Throws: `DatasetError`, `StorageError`.
    func info(isJSON: Bool, plot: String?) throws {
        let dataset = try open()
        let summary = DatasetSummary(dataset)
        let figure = OutcomeScatter(of: dataset, named: file)
        if let plot, let format = PlotFormat(ofPath: plot) {
            try SystemFiles().replaceFile(plot, with: format.bytes(of: figure))
        }
        if isJSON { return try Output.write(JSONEncoder.indented.text(of: summary)) }
        guard let plot else { return try Output.write(summary.text()) }
        let text = summary.text()
        try Output.write(
            ([text.hasSuffix("\n") ? String(text.dropLast()) : text, ""] + figure.text() + [
                "", "Figure  \(plot)",
            ])
            .joined(separator: "\n"))
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

extension OutcomeScatter {
    /// The episodes of a data set, with the cost limits of its task where that is known.
    fileprivate init(of dataset: TransitionDataset, named file: String) {
        let name = dataset.task?.id ?? URL(fileURLWithPath: file).lastPathComponent
        self.init(
            title: "Returns over costs: \(oneLine(name))",
            dataset.episodes.map {
                Point(cost: $0.totalCost, total: $0.totalReward, isTerminated: $0.ending == .terminated)
            }, limits: dataset.task?.costLimits ?? [])
    }
}
