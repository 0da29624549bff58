import SafeRL

/// What `saferl data filter` does.
struct FilterWork {
    let file: String
    let target: NewFile
    let actions: ActionRule
    /// The task that was named.
    let task: DSRLTask?
    /// The name of a published grid.
    let density: Double?
    let filters: DatasetFilters
    let seed: UInt64

    /// Writes the file; returns what to say.
    func run() throws -> String {
        try target.check()
        Unfinished.isRemoved(beside: [target.path])
        let dataset = try TransitionDataset(contentsOf: file, actions: actions, task: task)
        let task = try task(of: dataset)
        var filters = filters
        filters.ranges = task.map { OutcomeRanges($0) }
        if let density {
            guard let task else { throw DatasetFilterError.noTask(file, density: density) }
            filters.density = try task.grid(forDensity: density)
        }
        var draws = RandomStream(seed: seed, for: .splitting)
        let result = try filters.applied(to: dataset, using: &draws)
        try result.dataset.write(to: target.path)
        let ranges = task.map { "ranges of \($0.id)" } ?? "ranges of the file, whose task is not known"
        let lines = [line(target.path, result.dataset, from: file, dataset), "seed \(seed), \(ranges)"]
        return (lines + result.changes + leftOut(dataset, file)).joined(separator: "\n")
    }

    /// The task that was named or that the file's name tells, if the data have its sizes.
    private func task(of dataset: TransitionDataset) throws -> DSRLTask? {
        let sizes = (dataset.observationSize, dataset.actionSize)
        if let task {
            let own = (task.observationSize, task.actionSize)
            guard own == sizes else {
                throw DatasetFilterError.otherSizes(
                    file, task: task.id, found: "\(sizes.0) + \(sizes.1)", expected: "\(own.0) + \(own.1)")
            }
            return task
        }
        return DSRLTask.inferred(fromFileName: file).flatMap {
            ($0.observationSize, $0.actionSize) == sizes ? $0 : nil
        }
    }
}

/// What `saferl data split` does.
struct SplitWork {
    let file: String
    let actions: ActionRule
    let limit: Float
    let parts: [(selection: CostSelection, target: NewFile)]

    /// Writes every part under a name of its own before the first gets its final one; returns what to say.
    func run() throws -> String {
        for part in parts { try part.target.check() }
        Unfinished.isRemoved(beside: parts.map(\.target.path))
        let dataset = try TransitionDataset(contentsOf: file, actions: actions)
        var lines: [String] = []
        var written: [StagedDataset] = []
        for part in parts {
            let chosen = dataset.episodes(part.selection, limit: limit)
            if chosen.isEmpty {
                throw DatasetFilterError.emptyGroup(
                    file, isWithin: part.selection == .safe, limit: Double(limit))
            }
            let copy = try dataset.selecting(episodes: chosen)
            written.append(try copy.staged(at: part.target.path))
            lines.append(line(part.target.path, copy, from: file, dataset))
        }
        for file in written { try file.commit() }
        return (lines + leftOut(dataset, file)).joined(separator: "\n")
    }
}

/// What `saferl data merge` does.
struct MergeWork {
    let files: [String]
    let target: NewFile
    let actions: ActionRule

    /// Writes the file; returns what to say.
    func run() throws -> String {
        try target.check()
        Unfinished.isRemoved(beside: [target.path])
        let datasets = try files.map { try TransitionDataset(contentsOf: $0, actions: actions) }
        let merged = try TransitionDataset.merging(datasets)
        try merged.write(to: target.path)
        let first =
            "\(target.path): \(merged.count) transitions, \(merged.episodes.count) episodes, from \(files.count) files."
        let tails = zip(datasets, files).flatMap { leftOut($0, $1) }
        return ([first] + tails).joined(separator: "\n")
    }
}

private func line(
    _ path: String, _ part: TransitionDataset, from file: String, _ whole: TransitionDataset
) -> String {
    "\(path): \(part.count) transitions, \(part.episodes.count) of \(whole.episodes.count) episodes, from \(file)."
}

/// A line about rows that belong to no episode.
private func leftOut(_ dataset: TransitionDataset, _ file: String) -> [String] {
    dataset.unendedTail.map {
        ["warning: \(file): \($0.count) transitions after the last end are left out"]
    } ?? []
}
