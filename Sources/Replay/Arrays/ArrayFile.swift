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
        ("constraint_values", []), ("choices", []),
    ]

    /// Reads all transitions into a file without a name beside `target`, so that memory holds some megabytes of them at once.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - actions: what becomes of actions outside [-1, 1].
    ///   - target: of what is to be written; there has to be room for the columns in its folder, twice.
    /// - Returns: them; without `next_observations` those of the rows behind, and at an episode's end the last one again.
    /// - Throws: `StepTableError` with the array's name; `StorageError`; `DatasetError`.
    public static func dataset(
        _ path: String, actions: ActionRule = .refuse, spilledBeside target: String
    ) throws -> TransitionDataset {
        guard fileKind(path, following: true) == .file else {
            throw StepTableError(.missingInput, at: path, "no such file, or none that can be read.")
        }
        let archive = try ZipArchive(path)
        var members: [String: ZipArchive.Member] = [:]
        for member in archive.members where member.name.hasSuffix(".npy") {
            let name = String(member.name.dropLast(4))
            guard let column = column(of: name) else { continue }
            if members[column] != nil {
                throw StepTableError(
                    at: path, "two arrays of \(quoted(column)), one of them \(quoted(name)). Leave one out.")
            }
            members[column] = member
            // A damaged archive is no reason to blame a value.
            try archive.open(member).skipRest()
        }
        let arrays = try members.mapValues {
            try NumPyArray(try archive.open($0), quoted(String($0.name.dropLast(4))), of: path)
        }
        let present = archive.members.map { quoted($0.name) }.joined(separator: ", ")
        let channels = archive.members.map { String($0.name.dropLast(4)) }.filter {
            $0.hasPrefix("cost_") && arrays[$0] != nil
        }
        let spill = ColumnSpill(beside: target)
        var rows = try ArrayRows(arrays, channels, path, present: present)
        try spill.take(try rows.transitions(to: spill))
        return try spill.dataset(from: path, actions: actions)
    }

    private static func column(of name: String) -> String? {
        if name.hasPrefix("cost_"), CostChannels.fault(in: [String(name.dropFirst(5))]) == nil { return name }
        return names.first { $0.column == name || $0.others.contains(name) }?.column
    }

    /// Writes a data set: float32 and flags, costs of named channels as `cost_NAME`, the number of choices as `choices`; equal
    /// data give equal bytes.
    ///
    /// - Throws: `UnheldDataError`, `StorageError`.
    public static func write(_ data: TransitionDataset, to path: String) throws {
        try data.requireHeld(by: .arrays)
        let (n, o, a) = (data.count, data.observationSize, data.actionSize)
        var floats = [
            ("observations", [n, o], data.observations), ("actions", [n, a], data.actions),
            ("rewards", [n], data.rewards), ("costs", [n], data.costs),
            ("next_observations", [n, o], data.nextObservations),
        ]
        if let values = data.constraintValues { floats.append(("constraint_values", [n], values)) }
        if data.hasNamedCosts { floats += data.costChannels.map { ("cost_" + $0.name, [n], $0.costs) } }
        try SystemFiles().replaceFile(path) { sink in
            var archive = ZipWriter(sink)
            for (name, shape, values) in floats {
                try archive.add(
                    name + ".npy", NumPyArray.head("<f4", shape), UnsafeRawBufferPointer(values),
                    data.rest(after:))
            }
            for (name, values) in [("terminals", data.terminals), ("timeouts", data.timeouts)] {
                try archive.add(
                    name + ".npy", NumPyArray.head("|b1", [n]), UnsafeRawBufferPointer(values),
                    data.rest(after:))
            }
            if let choices = data.actionChoices {
                try withUnsafeBytes(of: Int64(choices).littleEndian) {
                    try archive.add("choices.npy", NumPyArray.head("<i8", []), $0)
                }
            }
            try archive.finish()
        }
    }
}
