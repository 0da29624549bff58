import Storage

/// Transitions from rows of a table, one row a step, episode after episode.
struct StepReader {
    private let columns: StepColumns
    private let file: String
    private let isClipped: Bool
    private let spill: ColumnSpill?
    private var sequence: StepSequence?

    /// A cell's text or value.
    enum Cell {
        case text(String)
        case number(Double)
        case flag(Bool)
    }

    /// Opens a table whose columns were checked.
    ///
    /// - Parameters:
    ///   - columns: that the table has.
    ///   - file: for messages.
    ///   - isClipped: whether actions beyond −1 … 1 are clipped later; else they are refused here.
    ///   - spill: takes transitions over, a piece at a time; nothing where all stay in memory.
    init(_ columns: StepColumns, of file: String, isClipped: Bool, spill: ColumnSpill? = nil) {
        (self.columns, self.file, self.isClipped, self.spill) = (columns, file, isClipped, spill)
    }

    /// Takes a row in.
    ///
    /// - Parameters:
    ///   - row: its number in the file.
    ///   - cell: a cell by its column's name; nil where it is empty.
    /// - Throws: `StepTableError`.
    mutating func take(_ row: Int, _ cell: (String) throws -> Cell?) throws {
        let choices = try columns.choiceCount.map { try count(row, $0, try cell($0)) } ?? columns.choices
        if sequence == nil {
            let transitions = TransitionColumns(
                observationSize: columns.observations.count, actionSize: columns.actions.count,
                actionChoices: choices, hasConstraintValues: columns.constraint != nil,
                costNames: columns.costs.map(\.channel))
            sequence = StepSequence(transitions, of: file, episodes: columns.episode, spill: spill)
        }
        if let column = columns.choiceCount, let first = sequence?.choices, first != choices {
            throw StepTableError(
                file, row: row, column: column,
                "\(choices ?? 0) choices, and \(first) in the rows before. All rows need the same.")
        }
        let step = try read(row, choices, cell)
        try sequence?.take(step)
    }

    /// All transitions that were not spilled.
    ///
    /// - Throws: `StepTableError` where there are none at all.
    mutating func finish() throws -> TransitionColumns {
        guard let found = try sequence?.finish() else {
            throw StepTableError(at: file, "no rows. Record steps first.")
        }
        return found
    }

    // MARK: Cells

    private func read(
        _ row: Int, _ choices: Int?, _ cell: (String) throws -> Cell?
    ) throws -> StepSequence.Step {
        func number(_ column: String) throws -> Float { try self.number(row, column, try cell(column)) }
        func flag(_ column: String?) throws -> Bool {
            guard let column else { return false }
            return try self.flag(row, column, try cell(column))
        }
        func cost(_ column: String) throws -> Float { try self.cost(row, column, try cell(column)) }
        let costs = try columns.costs.map { try cost($0.column) }
        let total = try columns.costSum.map(cost)
        if let total, let column = columns.costSum { try checkSum(row, column, total, costs) }
        return StepSequence.Step(
            row: row, episode: try columns.episode.map { try text(row, $0, try cell($0)) },
            observation: try columns.observations.map(number),
            action: try columns.actions.enumerated().map { try action(row, $0, $1, choices, try cell($1)) },
            next: try columns.nextObservations?.map(number), reward: try number(columns.reward),
            costs: costs, total: total, constraint: try columns.constraint.map(number),
            terminated: try flag(columns.terminal), truncated: try flag(columns.timeout))
    }

    private func cost(_ row: Int, _ column: String, _ cell: Cell?) throws -> Float {
        let value = try number(row, column, cell)
        guard value >= 0 else {
            throw StepTableError(
                file, row: row, column: column, "a cost of \(value). Costs are at least 0.")
        }
        // A cost that vanished would hide a violation.
        guard value != 0 || double(cell) == 0 else {
            throw StepTableError(
                file, row: row, column: column,
                "\(shown(cell)) is beyond single precision (float32), which training uses. Give it in another unit."
            )
        }
        return value
    }

    private func checkSum(_ row: Int, _ column: String, _ total: Float, _ costs: [Float]) throws {
        let sum = costs.reduce(0.0) { $0 + Double($1) }
        guard abs(Double(total) - sum) > Double(TransitionDataset.sumTolerance) * max(Double(total), sum)
        else { return }
        throw StepTableError(
            file, row: row, column: column,
            "\(total), and the costs of the channels sum up to \(sum). Give their sum, or leave the column out."
        )
    }

    private func count(_ row: Int, _ column: String, _ cell: Cell?) throws -> Int {
        let value = try number(row, column, cell)
        guard value >= 1, value <= Float(TransitionColumns.maximumChoices), value == value.rounded() else {
            throw StepTableError(
                file, row: row, column: column,
                "\(shown(cell)) is no number of choices, 1 to \(TransitionColumns.maximumChoices).")
        }
        return Int(value)
    }

    private func action(
        _ row: Int, _ index: Int, _ column: String, _ choices: Int?, _ cell: Cell?
    ) throws -> Float {
        let value = try number(row, column, cell)
        if let choices {
            guard value >= 0, value < Float(choices), value == value.rounded() else {
                throw StepTableError(
                    file, row: row, column: column,
                    "\(value) is none of \(choices) choices, 0 to \(choices - 1).")
            }
            return value
        }
        guard let range = columns.actionRanges?[index] else {
            guard isClipped || abs(value) <= 1 + TransitionDataset.actionTolerance else {
                throw StepTableError(
                    file, row: row, column: column,
                    "\(value) is outside [-1, 1]. Say in action_ranges what counts as -1 and 1 (--columns), or clip it "
                        + "with --actions clip.")
            }
            return value
        }
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
        if cell == nil {
            throw StepTableError(file, row: row, column: column, "empty. Every step needs a number there.")
        }
        guard let value = double(cell), value.isFinite, Float(value).isFinite else {
            throw StepTableError(file, row: row, column: column, "\(shown(cell)) is no finite number.")
        }
        return Float(value)
    }

    private func double(_ cell: Cell?) -> Double? {
        switch cell {
        case .number(let number): number
        case .flag(let flag): flag ? 1 : 0
        case .text(let text): Double(text)
        case nil: nil
        }
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
