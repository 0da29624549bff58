/// Turns files of known layouts into the standard one.
///
/// Known are other names of columns (FISOR's own point robot, D4RL, `cost`, `dones`, …) and one group for each episode, as Minari
/// writes them, in a directory or a file alone.
public struct DatasetConversion: Sendable {
    /// The steps after which an episode is cut; 0 where nothing cuts, nil where that is not known.
    ///
    /// Divides a column that says only that an episode ends: a time-out after that many steps, else a terminal. An episode that
    /// reaches it without any end is cut there.
    public var timeLimit: Int?
    /// Whether the last row, if it ends no episode, is marked as cut: recording stopped there.
    public var endsLastEpisode = false
    /// Whether a file without costs, as those of D4RL are, has none in any step; else it is refused.
    public var isFreeOfCosts = false
    /// What becomes of actions outside [-1, 1].
    public var actions = ActionRule.auto

    /// A conversion that states nothing.
    public init() {}

    /// What came out.
    public struct Result {
        /// The transitions, to be written.
        public let dataset: TransitionDataset
        /// What was done, one phrase for each change.
        public let changes: [String]
    }

    /// Reads a file of a known layout, or of the standard one.
    ///
    /// - Parameters:
    ///   - place: a file, or a directory of Minari.
    ///   - target: what is to be written: the columns wait on the disk beside it; nothing where they wait in memory.
    ///   - limits: what reading may use.
    /// - Returns: the transitions, and what was done to them.
    /// - Throws: `DatasetError`: the first fault found.
    public func read(
        _ place: String, spilledBeside target: String? = nil, limits: ImportLimits = Self.limits
    ) throws(DatasetError) -> Result {
        let directory = try MinariDirectory(place)
        let path = directory?.dataFile ?? place
        let image = try ColumnImage(
            contentsOf: path, limits: limits, readsOtherLayouts: true, lacksCosts: isFreeOfCosts,
            spilledBeside: target)
        var changes = described(image.facts)
        if let directory { changes += try directory.apply(to: image) }
        changes += try markEnds(image, path)
        let dataset = try TransitionDataset(
            image, path: path, identity: fileDigest(of: path), actions: actions,
            task: DSRLTask.inferred(fromFileName: path))
        return Result(dataset: dataset, changes: changes)
    }

    /// Many small groups take longer to open than a few columns.
    public static var limits: ImportLimits {
        var limits = ImportLimits()
        limits.inspectionSeconds = 120
        return limits
    }

    private func described(_ facts: ImportFacts) -> [String] {
        var changes: [String] = []
        if let layout = facts.layout {
            changes =
                layout.hasEpisodeGroups
                ? ["one group an episode: joined"]
                : layout.names.map { "\"\($0.found)\" is \"\($0.standard)\"" }
        }
        if facts.cutEpisodes > 0 {
            changes.append("episodes that ended without saying how, and count as cut: \(facts.cutEpisodes)")
        }
        if facts.lacksCosts {
            changes.append(
                isFreeOfCosts ? "no costs: 0 in every step" : "costs are the sums of the channels")
        }
        return changes
    }

    private func markEnds(_ image: ColumnImage, _ path: String) throws(DatasetError) -> [String] {
        let layout = image.facts.layout
        if let done = layout?.done, layout?.divided.count == 2, timeLimit == nil {
            throw .undividedEnds(path, column: done)
        }
        guard layout?.done != nil || timeLimit != nil || endsLastEpisode else { return [] }
        try image.makeWritable(place: path)
        var ends = Ends(image)
        var changes: [String] = []
        if let done = layout?.done { changes.append(ends.divide(done, layout?.divided ?? [], timeLimit)) }
        if let timeLimit, timeLimit > 0 {
            let cut = ends.cut(after: timeLimit)
            if cut > 0 { changes.append("marked as cut after \(timeLimit) steps: \(cut)") }
        }
        if endsLastEpisode, ends.cutLast() {
            changes.append("the last row, which ended no episode, is marked as cut")
        }
        return changes
    }
}

/// The ends of a file's episodes, being marked.
private struct Ends {
    private let image: ColumnImage
    private let columns: ColumnBuffers
    private let isDerived: Bool

    init(_ image: ColumnImage) {
        self.image = image
        (columns, isDerived) = (ColumnBuffers(image), image.layout.derived_next != 0)
    }

    /// Divides a column of "done", which stands in all the columns that it was found for.
    mutating func divide(_ done: String, _ stands: [String], _ limit: Int?) -> String {
        var (terminals, timeouts, length) = (0, 0, 0)
        for row in columns.terminals.indices {
            length += 1
            let isEnd = columns.terminals[row] != 0 || columns.timeouts[row] != 0
            if stands.count == 2, isEnd {
                let isCut = limit.map { $0 > 0 && length == $0 } ?? false
                (columns.terminals[row], columns.timeouts[row]) = isCut ? (0, 1) : (1, 0)
            } else if stands == ["terminals"], columns.timeouts[row] != 0 {
                columns.terminals[row] = 0
            } else if stands == ["timeouts"], columns.terminals[row] != 0 {
                columns.timeouts[row] = 0
            }
            terminals += Int(columns.terminals[row])
            timeouts += Int(columns.timeouts[row])
            if isEnd { length = 0 }
            image.rest(after: 2)
        }
        return "\"\(done)\" divided: \(terminals) terminals, \(timeouts) time-outs"
    }

    /// Marks every row at which an episode has taken `limit` steps without an end; returns how many.
    mutating func cut(after limit: Int) -> Int {
        var (length, marked) = (0, 0)
        for row in columns.terminals.indices {
            length += 1
            let isEnd = columns.terminals[row] != 0 || columns.timeouts[row] != 0
            if !isEnd && length == limit {
                mark(row)
                marked += 1
            }
            if isEnd || length == limit { length = 0 }
            image.rest(after: 2)
        }
        return marked
    }

    /// Marks the last row as cut unless it ends an episode.
    mutating func cutLast() -> Bool {
        let last = columns.terminals.count - 1
        guard columns.terminals[last] == 0 && columns.timeouts[last] == 0 else { return false }
        mark(last)
        return true
    }

    /// Cuts an episode; a next state made from the following row would be another episode's.
    private func mark(_ row: Int) {
        columns.timeouts[row] = 1
        guard isDerived else { return }
        let width = columns.observationSize
        for index in (row * width)..<((row + 1) * width) {
            columns.nextObservations[index] = columns.observations[index]
        }
    }
}
