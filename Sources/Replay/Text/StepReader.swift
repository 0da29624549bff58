import Storage

/// Transitions from rows of a table, one row a step, episode after episode.
struct StepReader {
    private let columns: StepColumns
    private let file: String
    private var transitions: TransitionColumns
    private var earlier: Set<String> = []
    private var last: Step?

    /// One row, its values read.
    private struct Step {
        var row: Int
        var episode: String?
        var observation, action: [Float]
        var next: [Float]?
        var reward: Float
        var costs: [Float]
        var terminated, truncated: Bool
    }

    /// A cell's text or value.
    enum Cell {
        case text(String)
        case number(Double)
        case flag(Bool)
    }

    /// Opens a table whose columns were checked.
    init(_ columns: StepColumns, of file: String) {
        (self.columns, self.file) = (columns, file)
        transitions = TransitionColumns(
            observationSize: columns.observations.count, actionSize: columns.actions.count,
            actionChoices: columns.choices, costNames: columns.costs.map(\.channel))
    }

    /// Takes a row in.
    ///
    /// - Parameters:
    ///   - row: its number in the file.
    ///   - cell: a cell by its column's name; nil where it is empty.
    /// - Throws: `StepTableError`.
    mutating func take(_ row: Int, _ cell: (String) throws -> Cell?) throws {
        let step = try read(row, cell)
        if let last { try close(last, before: step) }
        last = step
    }

    /// All transitions.
    ///
    /// - Returns: them, and how many episodes lack the state that their last step led to.
    /// - Throws: `StepTableError` where there are none.
    mutating func finish() throws -> TransitionColumns {
        guard let last else { throw StepTableError(at: file, "no rows. Record steps first.") }
        try append(last, next: last.next ?? last.observation, endsEpisode: true)
        self.last = nil
        return transitions
    }

    /// Whether a row's next observation stands in the row that follows it.
    private func isFollowed(_ step: Step, by next: Step) -> Bool {
        !step.terminated && !step.truncated && step.episode == next.episode
    }

    private mutating func close(_ step: Step, before next: Step) throws {
        if isFollowed(step, by: next) {
            return try append(step, next: step.next ?? next.observation, endsEpisode: false)
        }
        try append(step, next: step.next ?? step.observation, endsEpisode: true)
        guard let episode = step.episode, let other = next.episode else { return }
        if episode == other {
            throw StepTableError(
                file, row: next.row, column: columns.episode,
                "episode \(quoted(other)) goes on behind its end in row \(step.row). Give the rows an episode of their own."
            )
        }
        earlier.insert(episode)
        if earlier.contains(other) {
            throw StepTableError(
                file, row: next.row, column: columns.episode,
                "episode \(quoted(other)) stands there before, and others in between. Sort the rows by episode and step."
            )
        }
    }

    /// An episode that ends without saying how was cut.
    private mutating func append(_ step: Step, next: [Float], endsEpisode: Bool) throws {
        transitions.append(
            observation: step.observation, action: step.action, nextObservation: next, reward: step.reward,
            costs: step.costs, terminated: step.terminated,
            truncated: step.truncated || (endsEpisode && !step.terminated))
    }

    // MARK: Cells

    private func read(_ row: Int, _ cell: (String) throws -> Cell?) throws -> Step {
        func number(_ column: String) throws -> Float { try self.number(row, column, try cell(column)) }
        func flag(_ column: String?) throws -> Bool {
            guard let column else { return false }
            return try self.flag(row, column, try cell(column))
        }
        let costs = try columns.costs.map { cost in
            let value = try number(cost.column)
            guard value >= 0 else {
                throw StepTableError(
                    file, row: row, column: cost.column, "a cost of \(value). Costs are at least 0.")
            }
            return value
        }
        return Step(
            row: row, episode: try columns.episode.map { try text(row, $0, try cell($0)) },
            observation: try columns.observations.map(number),
            action: try columns.actions.enumerated().map { try action(row, $0, $1, try cell($1)) },
            next: try columns.nextObservations?.map(number), reward: try number(columns.reward), costs: costs,
            terminated: try flag(columns.terminal), truncated: try flag(columns.timeout))
    }

    private func action(_ row: Int, _ index: Int, _ column: String, _ cell: Cell?) throws -> Float {
        let value = try number(row, column, cell)
        if let choices = columns.choices {
            guard value >= 0, value < Float(choices), value == value.rounded() else {
                throw StepTableError(
                    file, row: row, column: column,
                    "\(value) is none of \(choices) choices, 0 to \(choices - 1).")
            }
            return value
        }
        guard let range = columns.actionRanges?[index] else { return value }
        let scaled = 2 * (Double(value) - range.lowerBound) / (range.upperBound - range.lowerBound) - 1
        guard abs(scaled) <= 1 + 1e-6 else {
            throw StepTableError(
                file, row: row, column: column,
                "\(value) lies outside \(range.lowerBound) … \(range.upperBound), its range in action_ranges."
            )
        }
        return Float(min(max(scaled, -1), 1))
    }

    private func number(_ row: Int, _ column: String, _ cell: Cell?) throws -> Float {
        let value: Double?
        switch cell {
        case .number(let number): value = number
        case .flag(let flag): value = flag ? 1 : 0
        case .text(let text): value = Double(text)
        case nil:
            throw StepTableError(file, row: row, column: column, "empty. Every step needs a number there.")
        }
        guard let value, value.isFinite, Float(value).isFinite else {
            throw StepTableError(file, row: row, column: column, "\(shown(cell)) is no finite number.")
        }
        return Float(value)
    }

    private func flag(_ row: Int, _ column: String, _ cell: Cell?) throws -> Bool {
        switch cell {
        case .flag(let flag): return flag
        case .number(0): return false
        case .number(1): return true
        case .text(let text):
            switch text.lowercased() {
            case "0", "0.0", "false", "f", "no": return false
            case "1", "1.0", "true", "t", "yes": return true
            default: break
            }
        default: break
        }
        throw StepTableError(
            file, row: row, column: column, "\(shown(cell)) is neither true nor false. Write 1 or 0.")
    }

    private func text(_ row: Int, _ column: String, _ cell: Cell?) throws -> String {
        switch cell {
        case .text(let text): return text
        case .number(let number):
            return number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        case .flag, nil:
            throw StepTableError(file, row: row, column: column, "\(shown(cell)) names no episode.")
        }
    }

    private func shown(_ cell: Cell?) -> String {
        switch cell {
        case .text(let text): quoted(text)
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case nil: "an empty cell"
        }
    }
}
