/// A format in which recordings are kept.
public enum DataFormat: String, CaseIterable, Sendable {
    /// One HDF5 file with a data set a column, as DSRL has them.
    case dsrl
    /// Likewise, as D4RL has them.
    case d4rl
    /// A directory of Minari, for which Gymnasium's recorders write.
    case minari
    /// The HDF5 file of such a directory alone.
    case minariFile = "minari-hdf5"
    /// Arrays of NumPy in one file.
    case arrays = "npz"
    /// Comma-separated values, a row a step.
    case commaSeparated = "csv"
    /// A JSON object a step.
    case jsonLines = "jsonl"
    /// Columns of Apache Parquet, a row a step.
    case parquet

    /// The format that the ending of a file's name says; that of DSRL for any other name.
    public init(fileName: String) {
        switch fileName.split(separator: ".").last?.lowercased() {
        case "csv": self = .commaSeparated
        case "jsonl", "ndjson": self = .jsonLines
        case "npz": self = .arrays
        case "parquet", "pq": self = .parquet
        default: self = .dsrl
        }
    }

    /// What it is called in messages.
    public var title: String {
        switch self {
        case .dsrl: "DSRL's HDF5"
        case .d4rl: "D4RL's HDF5"
        case .minari, .minariFile: "Minari"
        case .arrays: "NPZ"
        case .commaSeparated: "CSV"
        case .jsonLines: "JSON Lines"
        case .parquet: "Parquet"
        }
    }

    /// Whether it keeps one row a step, of which columns can be named by a map.
    public var isTable: Bool { [.commaSeparated, .jsonLines, .parquet].contains(self) }

    /// Whether it can say that the last rows belong to no episode.
    var holdsUnendedTail: Bool { [.dsrl, .d4rl, .minari, .minariFile].contains(self) }

    /// Whether it keeps one observation where one step ends and the next begins.
    var sharesObservations: Bool { [.minari, .minariFile].contains(self) }
}
