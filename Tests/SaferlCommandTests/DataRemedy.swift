import Foundation
import TestSupport
import Testing

/// A file that is refused, the whole line that says so, and the remedy of that line carried out on the very file.
struct DataRemedy: CustomTestStringConvertible, Sendable {
    /// What the message tells to do.
    enum Cure: Sendable {
        /// Writing the recording anew, changed, in place of the file.
        case writing(@Sendable (inout Recording) -> Void)
        /// Commands, each of which has to succeed; the last one shows that the data can be used.
        case running([[String]])
    }

    /// What is wrong, and what is done about it.
    let name: String
    /// The file's name.
    var file = "a.hdf5"
    /// What is refused.
    var arguments = ["data", "validate", "a.hdf5"]
    /// What spoils a sound recording.
    let spoil: @Sendable (inout Recording) -> Void
    /// The line, without the file's path and a colon before it.
    let message: String
    /// The exit code.
    var status: Int32 = 65
    let cure: Cure

    var testDescription: String { name }

    /// A remedy that is a change of the file.
    static func write(
        _ name: String, _ message: String, spoil: @escaping @Sendable (inout Recording) -> Void,
        cure: @escaping @Sendable (inout Recording) -> Void
    ) -> DataRemedy {
        DataRemedy(name: name, spoil: spoil, message: message, cure: .writing(cure))
    }

    /// A remedy that is `saferl data convert` with these options.
    static func convert(
        _ name: String, _ options: [String], _ message: String,
        spoil: @escaping @Sendable (inout Recording) -> Void
    ) -> DataRemedy {
        let commands = [["data", "convert", "a.hdf5", "OUT"] + options, ["data", "validate", "OUT"]]
        return DataRemedy(name: name, spoil: spoil, message: message, cure: .running(commands))
    }
}

extension Recording {
    /// The names of FISOR's own point-robot file.
    mutating func useFISORNames() {
        merge()
        for (standard, name) in [
            ("observations", "state"), ("next_observations", "next_state"), ("actions", "action"),
            ("rewards", "reward"), ("costs", "cost"), ("dones", "done"),
        ] { rename(standard, name) }
        columns["h"] = StoredColumn([60], doubles: (0..<60).map { Double($0 % 5) - 3.5 })
    }

    /// One column `dones` in place of terminals and time-outs.
    mutating func merge() {
        columns["dones"] = StoredColumn(flags: zip(flags("terminals"), flags("timeouts")).map { $0 | $1 })
        (columns["terminals"], columns["timeouts"]) = (nil, nil)
    }

    /// Puts terminals and time-outs back.
    mutating func split() {
        for name in ["terminals", "timeouts"] { columns[name] = Recording().columns[name] }
    }

    /// One group for each episode, with one observation more than actions.
    mutating func group() {
        let sound = self
        columns = [:]
        attributes["total_episodes"] = 6
        for episode in 0..<6 {
            let rows = (episode * 10)..<(episode * 10 + 10)
            func piece(_ name: String, _ width: Int) -> [Float] {
                Array(sound.floats(name)[(rows.lowerBound * width)..<(rows.upperBound * width)])
            }
            let states = piece("observations", 3) + piece("next_observations", 3).suffix(3)
            columns["episode_\(episode)/observations"] = StoredColumn([11, 3], states)
            columns["episode_\(episode)/actions"] = StoredColumn([10, 1], piece("actions", 1))
            columns["episode_\(episode)/rewards"] = StoredColumn([10], piece("rewards", 1))
            columns["episode_\(episode)/infos/cost"] = StoredColumn([10], piece("costs", 1))
            columns["episode_\(episode)/terminations"] = StoredColumn(
                flags: Array(sound.flags("terminals")[rows]))
            columns["episode_\(episode)/truncations"] = StoredColumn(
                flags: Array(sound.flags("timeouts")[rows]))
        }
    }

    /// Puts a sound column back.
    mutating func restore(_ name: String) { columns[name] = Recording().columns[name] }

    /// Says of a column that a filter has packed it.
    mutating func pack(_ name: String, filter: Int32) {
        columns[name]?.blockRows = Recording.rows
        columns[name]?.filter = filter
        columns[name]?.packed = Array(repeating: 7, count: 40)
    }
}
