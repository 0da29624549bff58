import Storage

/// Arrays of one length, row by row.
struct ArrayRows {
    private var arrays: [String: NumPyArray]
    private let channels: [String]
    private let choices: Int?
    private let path: String
    private let rows: Int

    /// Checks that the arrays fit.
    ///
    /// - Parameters:
    ///   - arrays: by the names of their columns.
    ///   - channels: those of them that are cost channels.
    ///   - path: of the file, for messages.
    ///   - present: all names of the file, for messages.
    /// - Throws: `StepTableError`.
    init(_ arrays: [String: NumPyArray], _ channels: [String], _ path: String, present: String) throws {
        (self.channels, self.path) = (channels, path)
        for column in ["observations", "actions", "rewards"] where arrays[column] == nil {
            throw StepTableError(
                at: path, "no array \(quoted(column)); there are \(present). Save it under that name.")
        }
        if arrays["costs"] == nil && channels.isEmpty {
            throw StepTableError(
                at: path, "no array \"costs\"; there are \(present). Save zeros where nothing costs.")
        }
        if arrays["terminals"] == nil && arrays["timeouts"] == nil {
            throw StepTableError(
                at: path, "nothing tells where episodes end. Save an array \"terminals\" or \"timeouts\".")
        }
        rows = arrays["rewards"]?.count ?? 0
        guard rows > 0 else { throw StepTableError(at: path, "no rows. Record steps first.") }
        choices = try Self.choices(arrays["choices"], path)
        self.arrays = arrays.filter { $0.key != "choices" }
        for (name, array) in self.arrays.sorted(by: { $0.key < $1.key }) { try check(name, array) }
        let (states, reached) = (arrays["observations"], arrays["next_observations"])
        if let reached, reached.count != states?.count {
            throw StepTableError(
                at: "\(path): \"next_observations\"",
                "shape \(reached.shape), and that of the observations is \(states?.shape ?? []). Both are states."
            )
        }
        if choices != nil, arrays["actions"]?.count != rows {
            throw StepTableError(
                at: "\(path): \"choices\"", "an action of several values is no choice. Leave \"choices\" out."
            )
        }
    }

    private func check(_ name: String, _ array: NumPyArray) throws {
        let axes = ["observations", "actions", "next_observations"].contains(name) ? 2 : 1
        let extents =
            array.shape.count > axes && array.shape.last == 1
            ? Array(array.shape.dropLast()) : array.shape
        guard extents.first == rows, (1...axes).contains(extents.count), !extents.contains(0) else {
            throw StepTableError(
                at: "\(path): \(quoted(name))",
                "shape \(array.shape) for \(rows) rewards. Save one row a step.")
        }
    }

    private static func choices(_ array: NumPyArray?, _ path: String) throws -> Int? {
        guard var array else { return nil }
        let count = array.count == 1 ? Int(exactly: try array.next(1)[0]) : nil
        guard let count, 1...TransitionColumns.maximumChoices ~= count else {
            throw StepTableError(
                at: "\(path): \"choices\"",
                "one whole number from 1 to \(TransitionColumns.maximumChoices) is needed, or no such array.")
        }
        return count
    }

    /// The next row of an array, empty where there is none of that name.
    private mutating func next(_ name: String, _ row: Int) throws -> [Float] {
        let width = width(name)
        return try (arrays[name]?.next(width) ?? []).map { exact in
            let value = Float(exact)
            guard value.isFinite else {
                throw StepTableError(
                    at: "\(path): \(quoted(name))", "row \(row): \(exact) is no finite number.")
            }
            return value
        }
    }

    private mutating func flag(_ name: String, _ row: Int) throws -> Bool {
        guard let value = try arrays[name]?.next(1).first else { return false }
        guard value == 0 || value == 1 else {
            throw StepTableError(
                at: "\(path): \(quoted(name))", "row \(row): \(value) is no flag. Save 0 and 1.")
        }
        return value == 1
    }

    private mutating func cost(_ name: String, _ row: Int) throws -> Float {
        let value = try next(name, row)[0]
        guard value >= 0 else {
            throw StepTableError(
                at: "\(path): \(quoted(name))", "row \(row): a cost of \(value). Costs are at least 0.")
        }
        return value
    }

    private func width(_ name: String) -> Int { (arrays[name]?.count ?? 0) / rows }

    /// Reads all transitions, once.
    ///
    /// - Parameter spill: takes them over, a piece at a time.
    /// - Returns: those that it did not take.
    /// - Throws: `StepTableError` with array and row; `StorageError`.
    mutating func transitions(to spill: ColumnSpill) throws -> TransitionColumns {
        let columns = TransitionColumns(
            observationSize: width("observations"), actionSize: width("actions"), actionChoices: choices,
            hasConstraintValues: arrays["constraint_values"] != nil,
            costNames: channels.isEmpty ? CostChannels.single : channels.map { String($0.dropFirst(5)) })
        var sequence = StepSequence(columns, of: path, spill: spill)
        for row in 0..<rows { try sequence.take(try step(row)) }
        guard let found = try sequence.finish() else {
            throw StepTableError(at: path, "no rows. Record steps first.")
        }
        return found
    }

    private mutating func step(_ row: Int) throws -> StepSequence.Step {
        let total = arrays["costs"] == nil ? nil : try cost("costs", row)
        return StepSequence.Step(
            row: row, observation: try next("observations", row), action: try next("actions", row),
            next: arrays["next_observations"] == nil ? nil : try next("next_observations", row),
            reward: try next("rewards", row)[0],
            costs: channels.isEmpty ? [total ?? 0] : try channels.map { try cost($0, row) }, total: total,
            constraint: try next("constraint_values", row).first,
            terminated: try flag("terminals", row), truncated: try flag("timeouts", row))
    }
}
