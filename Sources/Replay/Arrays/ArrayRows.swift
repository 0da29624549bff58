import Storage

/// Arrays of one length, row by row.
struct ArrayRows {
    private let arrays: [String: NumPyArray]
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
        rows = arrays["rewards"]?.elements.count ?? 0
        guard rows > 0 else { throw StepTableError(at: path, "no rows. Record steps first.") }
        choices = try Self.choices(arrays["choices"], path)
        self.arrays = arrays.filter { $0.key != "choices" }
        for (name, array) in self.arrays.sorted(by: { $0.key < $1.key }) { try check(name, array) }
        let (states, reached) = (arrays["observations"], arrays["next_observations"])
        if let reached, reached.elements.count != states?.elements.count {
            throw StepTableError(
                at: "\(path): \"next_observations\"",
                "shape \(reached.shape), and that of the observations is \(states?.shape ?? []). Both are states."
            )
        }
        if choices != nil, arrays["actions"]?.elements.count != rows {
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
        guard let array else { return nil }
        let count = array.elements.count == 1 ? Int(exactly: array.elements[0]) : nil
        guard let count, 1...TransitionColumns.maximumChoices ~= count else {
            throw StepTableError(
                at: "\(path): \"choices\"",
                "one whole number from 1 to \(TransitionColumns.maximumChoices) is needed, or no such array.")
        }
        return count
    }

    private func row(_ name: String, _ row: Int) throws -> [Float] {
        guard let array = arrays[name] else { return [] }
        let width = array.elements.count / rows
        return try (row * width..<(row + 1) * width).map { place in
            let value = Float(array.elements[place])
            guard value.isFinite else {
                throw StepTableError(
                    at: "\(path): \(quoted(name))",
                    "row \(row): \(array.elements[place]) is no finite number.")
            }
            return value
        }
    }

    private func flag(_ name: String, _ row: Int) throws -> Bool {
        guard let value = arrays[name]?.elements[row] else { return false }
        guard value == 0 || value == 1 else {
            throw StepTableError(
                at: "\(path): \(quoted(name))", "row \(row): \(value) is no flag. Save 0 and 1.")
        }
        return value == 1
    }

    private func cost(_ name: String, _ row: Int) throws -> Float {
        let value = try self.row(name, row)[0]
        guard value >= 0 else {
            throw StepTableError(
                at: "\(path): \(quoted(name))", "row \(row): a cost of \(value). Costs are at least 0.")
        }
        return value
    }

    /// All transitions.
    ///
    /// - Throws: `StepTableError` with array and row.
    func transitions() throws -> TransitionColumns {
        var columns = TransitionColumns(
            observationSize: try row("observations", 0).count, actionSize: try row("actions", 0).count,
            actionChoices: choices, hasConstraintValues: arrays["constraint_values"] != nil,
            costNames: channels.isEmpty ? CostChannels.single : channels.map { String($0.dropFirst(5)) })
        columns.reserveCapacity(rows)
        var sequence = StepSequence(columns, of: path)
        let costs = channels.isEmpty ? ["costs"] : channels
        for row in 0..<rows {
            try sequence.take(
                StepSequence.Step(
                    row: row, observation: try self.row("observations", row),
                    action: try self.row("actions", row),
                    next: arrays["next_observations"] == nil ? nil : try self.row("next_observations", row),
                    reward: try self.row("rewards", row)[0], costs: try costs.map { try cost($0, row) },
                    total: arrays["costs"] == nil ? nil : try cost("costs", row),
                    constraint: try self.row("constraint_values", row).first,
                    terminated: try flag("terminals", row), truncated: try flag("timeouts", row)))
        }
        guard let found = try sequence.finish() else {
            throw StepTableError(at: path, "no rows. Record steps first.")
        }
        return found
    }
}
