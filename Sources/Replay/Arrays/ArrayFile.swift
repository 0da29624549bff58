import Foundation
import Storage

/// Recordings as arrays of NumPy in one file (`.npz`), as scripts around Gymnasium save them.
public enum ArrayFile {
    /// Whether a file's name ends as those do.
    public static func isName(_ name: String) -> Bool { name.lowercased().hasSuffix(".npz") }

    /// Names that a column may have, the standard one first.
    private static let names: [(column: String, others: [String])] = [
        ("observations", ["observation", "obs", "states"]), ("actions", ["action", "acts"]),
        ("rewards", ["reward", "rews"]), ("costs", ["cost"]),
        ("terminals", ["terminations", "terminated", "terminal"]),
        ("timeouts", ["truncations", "truncated", "timeout"]),
        ("next_observations", ["next_observation", "next_obs", "obs_next", "next_states"]),
    ]
    private static let mostBytes = 1 << 34

    /// Reads all transitions.
    ///
    /// - Parameter path: of the file.
    /// - Returns: them; without `next_observations` those of the rows behind, and at an episode's end the last one again.
    /// - Throws: `StepTableError` with the array's name; `StorageError`.
    public static func read(_ path: String) throws -> TransitionColumns {
        guard fileKind(path, following: true) == .file else {
            throw StepTableError(.missingInput, at: path, "no such file, or none that can be read.")
        }
        let archive = try ZipArchive(try fileContents(path, limit: mostBytes), of: path)
        var arrays: [String: NumPyArray] = [:]
        var channels: [String] = []
        for member in archive.members where member.name.hasSuffix(".npy") {
            let name = String(member.name.dropLast(4))
            guard let column = column(of: name) else { continue }
            if arrays[column] != nil {
                throw StepTableError(
                    at: path, "two arrays of \(quoted(column)), one of them \(quoted(name)). Leave one out.")
            }
            if column.hasPrefix("cost_") { channels.append(column) }
            arrays[column] = try NumPyArray(
                try archive.contents(member, limit: mostBytes), quoted(name), of: path)
        }
        let present = archive.members.map { quoted($0.name) }.joined(separator: ", ")
        return try ArrayRows(arrays, channels, path, present: present).transitions()
    }

    private static func column(of name: String) -> String? {
        if name.hasPrefix("cost_"), CostChannels.fault(in: [String(name.dropFirst(5))]) == nil { return name }
        return names.first { $0.column == name || $0.others.contains(name) }?.column
    }

    /// Writes a data set: float32 and flags, costs of named channels as `cost_NAME`; equal data give equal bytes.
    ///
    /// - Throws: `StorageError`.
    public static func write(_ data: TransitionDataset, to path: String) throws {
        let (n, o, a) = (data.count, data.observationSize, data.actionSize)
        func floats(_ name: String, _ shape: [Int], _ values: UnsafeBufferPointer<Float>) -> (String, [UInt8])
        {
            (name + ".npy", NumPyArray.bytes("<f4", shape, UnsafeRawBufferPointer(values)))
        }
        func flags(_ name: String, _ values: UnsafeBufferPointer<UInt8>) -> (String, [UInt8]) {
            (name + ".npy", NumPyArray.bytes("|b1", [n], UnsafeRawBufferPointer(values)))
        }
        var members = [
            floats("observations", [n, o], data.observations), floats("actions", [n, a], data.actions),
            floats("rewards", [n], data.rewards), floats("costs", [n], data.costs),
            flags("terminals", data.terminals), flags("timeouts", data.timeouts),
            floats("next_observations", [n, o], data.nextObservations),
        ]
        if data.hasNamedCosts {
            members += data.costChannels.map { floats("cost_" + $0.name, [n], $0.costs) }
        }
        try SystemFiles().replaceFile(path, with: ZipArchive.archive(members))
    }
}

/// Arrays of one length, row by row.
private struct ArrayRows {
    private let arrays: [String: NumPyArray]
    private let channels: [String]
    private let path: String
    private let rows: Int

    init(_ arrays: [String: NumPyArray], _ channels: [String], _ path: String, present: String) throws {
        (self.arrays, self.channels, self.path) = (arrays, channels, path)
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
        for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
            let axes = ["observations", "actions", "next_observations"].contains(name) ? 2 : 1
            let extents =
                array.shape.count > axes && array.shape.last == 1
                ? Array(array.shape.dropLast()) : array.shape
            guard extents.first == rows, (1...axes).contains(extents.count) else {
                throw StepTableError(
                    at: "\(path): \(quoted(name))",
                    "shape \(array.shape) for \(rows) rewards. Save one row a step.")
            }
        }
        guard rows > 0 else { throw StepTableError(at: path, "no rows. Record steps first.") }
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

    func transitions() throws -> TransitionColumns {
        let (observation, action) = (try row("observations", 0), try row("actions", 0))
        var columns = TransitionColumns(
            observationSize: observation.count, actionSize: action.count,
            costNames: channels.isEmpty ? CostChannels.single : channels.map { String($0.dropFirst(5)) })
        columns.reserveCapacity(rows)
        let costs = channels.isEmpty ? ["costs"] : channels
        for row in 0..<rows {
            let (terminated, truncated) = (try flag("terminals", row), try flag("timeouts", row))
            let isLast = row == rows - 1 || terminated || truncated
            let next =
                arrays["next_observations"] == nil
                ? try self.row("observations", isLast ? row : row + 1)
                : try self.row("next_observations", row)
            let paid = try costs.flatMap { try self.row($0, row) }
            if let fault = paid.first(where: { $0 < 0 }) {
                throw StepTableError(
                    at: "\(path): \"costs\"", "row \(row): a cost of \(fault). Costs are at least 0.")
            }
            columns.append(
                observation: try self.row("observations", row), action: try self.row("actions", row),
                nextObservation: next, reward: try self.row("rewards", row)[0], costs: paid,
                terminated: terminated,
                truncated: truncated || (row == rows - 1 && !terminated))
        }
        return columns
    }
}
