import Storage

/// Why a data set cannot be opened, used or written.
///
/// Every case names the place, the cause and the remedy.
public enum DatasetError: Fault, Equatable, Sendable {
    /// There is no such file.
    case missingFile(String)
    /// The file exists but the system does not let us read it.
    case unreadable(String, reason: String)
    /// The file is of another kind.
    case notHDF5(String)
    /// The file is HDF5 but broken; `column` is empty when the file as a whole is.
    case damaged(String, column: String, reason: String)
    /// The process that read the file died or had to be ended.
    case readerFailed(String, reason: String)
    /// The process that read the file had to be ended although it had hardly used the processor.
    case readerWaited(String)
    /// A column that every file needs is missing.
    case missingColumn(String, column: String, present: String)
    /// A column is missing, and another layout that is known explains why.
    case otherLayout(String, column: String, present: String, layout: OtherLayout)
    /// The group of an episode does not fit; `column` is empty when no column is at fault.
    case badEpisode(String, column: String, reason: String)
    /// What stands beside the data, in a directory of Minari, is missing or does not fit.
    case badMetadata(String, reason: String)
    /// A column says that an episode ends and not why.
    case undividedEnds(String, column: String)
    /// The file, or a column of it, needs a later release of libhdf5; `column` is empty for the file.
    case newerFormat(String, column: String, reason: String)
    /// A column holds something other than numbers or flags.
    case wrongType(String, column: String, found: String)
    /// A column has another number of axes, or no values on one.
    case wrongShape(String, column: String, found: [Int])
    /// A column has another number of rows than `observations`.
    case unequalLengths(String, column: String, rows: Int, expected: Int)
    /// The next observations have another number of values than the observations.
    case unequalWidths(String, column: String, width: Int, expected: Int)
    /// There are no transitions.
    case empty(String)
    /// The file declares more than the limits allow.
    case tooLarge(String, column: String, reason: String)
    /// A column is compressed in a way that needs a plug-in.
    case unknownFilter(String, column: String, filter: Int)
    /// A column's data lie in another file.
    case foreignStorage(String, column: String)
    /// A value, as text, that is finite in the file and that single precision cannot hold; `component` is -1 where there is one.
    case beyondSinglePrecision(String, column: String, row: Int, component: Int, value: String)
    /// A NaN or an infinity.
    case notFinite(String, column: String, row: Int, component: Int)
    /// A flag other than 0 and 1.
    case notAFlag(String, column: String, row: Int, value: Double)
    /// An action outside [-1, 1] by more than the tolerance.
    case actionOutOfBounds(String, row: Int, component: Int, value: Float)
    /// An action that is none of the choices.
    case notAChoice(String, row: Int, value: Float, choices: Int)
    /// A mark of the number of choices that cannot be.
    case badChoices(String, reason: String)
    /// A cost below 0.
    case negativeCost(String, column: String, row: Int, value: Float)
    /// Costs that are not the sum of the channels.
    case notTheSum(String, row: Int, cost: Float, sum: Float)
    /// A data set that looks like a cost channel and cannot be one.
    case badChannel(String, column: String, reason: String)
    /// There is no cost channel of that name.
    case missingChannel(String, name: String, present: [String])
    /// Too few episodes to be shared out.
    case tooFewEpisodes(String, episodes: Int, needed: Int, purpose: String)
    /// No row ends an episode.
    case noEpisodeEnd(String)
    /// The file cannot be created or written.
    case unwritable(String, reason: String)

    /// Whether the cause is that the file does not exist.
    public var isMissingFile: Bool {
        if case .missingFile = self { true } else { false }
    }

    /// Whether the system refused to read the file or failed to.
    public var isUnreadable: Bool {
        if case .unreadable = self { true } else { false }
    }

    /// Whether a file could not be written.
    public var isUnwritable: Bool {
        if case .unwritable = self { true } else { false }
    }
}

extension DatasetError {
    /// What kind of fault it is.
    public var kind: FaultKind {
        if isMissingFile || isUnreadable { return .missingInput }
        return isUnwritable ? .cannotCreate : .badData
    }

    /// One sentence or two: the place, the cause and the remedy.
    public var description: String { "\(place): \(cause)" }

    /// The path of the file, or "data set in memory".
    public var place: String {
        switch self {
        case .missingFile(let place), .unreadable(let place, _), .notHDF5(let place),
            .damaged(let place, _, _),
            .readerFailed(let place, _), .readerWaited(let place), .missingColumn(let place, _, _),
            .wrongType(let place, _, _),
            .wrongShape(let place, _, _), .unequalLengths(let place, _, _, _),
            .unequalWidths(let place, _, _, _),
            .empty(let place), .tooLarge(let place, _, _), .unknownFilter(let place, _, _),
            .foreignStorage(let place, _), .notFinite(let place, _, _, _), .notAFlag(let place, _, _, _),
            .actionOutOfBounds(let place, _, _, _), .notAChoice(let place, _, _, _),
            .badChoices(let place, _), .negativeCost(let place, _, _, _),
            .noEpisodeEnd(let place),
            .notTheSum(let place, _, _, _), .badChannel(let place, _, _), .missingChannel(let place, _, _),
            .tooFewEpisodes(let place, _, _, _), .otherLayout(let place, _, _, _),
            .badEpisode(let place, _, _), .badMetadata(let place, _),
            .undividedEnds(let place, _), .newerFormat(let place, _, _),
            .beyondSinglePrecision(let place, _, _, _, _),
            .unwritable(let place, _):
            place
        }
    }

    private var cause: String {
        switch self {
        case .missingFile: "no such file. Check the path, or make the file with `saferl collect`."
        case .unreadable(_, let reason):
            "cannot be read (\(reason)). "
                + (reason.contains("\"ulimit") ? "Raise that limit." : "Check its permissions and kind.")
        case .unwritable(_, let reason):
            "cannot be written (\(reason)). Choose another place or free some space."
        case .readerFailed(_, let reason):
            "reading it \(reason). The file is damaged or crafted; get a fresh copy, or write it again."
        case .readerWaited:
            "reading it took too long by the clock, while its reader waited for the disk or the processor. "
                + "Try again; a file that always takes so long is damaged or crafted."
        case .notFinite, .notAFlag, .actionOutOfBounds, .notAChoice, .negativeCost, .noEpisodeEnd, .empty,
            .notTheSum, .tooFewEpisodes, .beyondSinglePrecision:
            contentCause
        case .missingColumn, .otherLayout, .badEpisode, .undividedEnds, .newerFormat, .unknownFilter:
            layoutCause
        default: structureCause
        }
    }

    private var structureCause: String {
        switch self {
        case .notHDF5: "not an HDF5 file. Give a file of the DSRL layout."
        case .badMetadata(_, let reason): reason
        case .damaged(_, let column, let reason):
            column.isEmpty
                ? "a broken HDF5 file (\(reason)). Get a fresh copy."
                : "column \"\(column)\" cannot be read (\(reason)). Get a fresh copy of the file."
        case .wrongType(_, let column, let found):
            "column \"\(column)\" holds \(found), not numbers. Store it as float32, flags as booleans."
        case .badChoices(_, let reason):
            "column \"actions\": the attribute \"choices\" \(reason). Store the number of choices, or leave it away."
        case .wrongShape(_, let column, let found):
            "column \"\(column)\" has shape \(found), expected \(Self.expectedShape(of: column)). "
                + "Store one row a transition, its values one after the other."
        case .unequalLengths(_, let column, let rows, let expected):
            "column \"\(column)\" has \(rows) rows, but \"observations\" has \(expected). "
                + "All columns need one row a transition."
        case .unequalWidths(_, let column, let width, let expected):
            "column \"\(column)\" has \(width) values a row, but \"observations\" has \(expected). "
                + "Both describe the same state."
        case .tooLarge(_, let column, let reason):
            "column \"\(column)\" is too large: \(reason). Write what there is, in several files or smaller blocks."
        case .badChannel(_, let column, let reason):
            "data set \"\(column)\": \(reason). Rename it, without \"\(ColumnImage.channelPrefix)\" if it is no cost."
        case .missingChannel(_, let name, let present):
            "no cost channel \"\(name)\". Present: \(present.joined(separator: ", ")). Name one of them."
        case .foreignStorage(_, let column):
            "column \"\(column)\" lies in another file, which is not followed. Store it in this file."
        default: ""
        }
    }

    private var layoutCause: String {
        switch self {
        case .missingColumn(let place, let column, let present):
            "no column \"\(column)\". Present: \(present.isEmpty ? "nothing" : present). "
                + Self.remedy(forMissing: column, among: present, of: place)
        case .otherLayout(let place, let column, let present, let layout):
            "no column \"\(column)\". Present: \(present). \(layout.remedy(place))"
        case .badEpisode(_, let column, let reason):
            (column.isEmpty ? reason : "column \"\(column)\": \(reason)")
                + ". Leave that episode out, or get a fresh copy of the file."
        case .undividedEnds(_, let column):
            "\"\(column)\" says that an episode ends and not why. State the step limit that cuts episodes, or 0 for "
                + "a task without one: --time-limit STEPS."
        case .newerFormat(_, let column, let reason):
            (column.isEmpty ? "" : "column \"\(column)\": ")
                + "written by a newer HDF5 library than \(HDF5Library.version), which is the one here (\(reason)). "
                + "Write it again for older ones, from Python with h5py.File(…, libver=(\"earliest\", \"v108\"))."
        case .unknownFilter(_, let column, let filter):
            "column \"\(column)\" is compressed with \(Self.compression(filter)), which is not built in. "
                + "Write it again with gzip, from Python with create_dataset(…, compression=\"gzip\")."
        default: ""
        }
    }

    private var contentCause: String {
        switch self {
        case .empty: "no transitions: the columns have zero rows. Collect some first."
        case .notFinite(_, let column, let row, let component):
            "column \"\(column)\", row \(row)\(component >= 0 ? ", component \(component)" : ""): "
                + "not a finite number. Remove the episode or repair the value."
        case .beyondSinglePrecision(_, let column, let row, let component, let value):
            "column \"\(column)\", row \(row)\(component >= 0 ? ", component \(component)" : ""): "
                + "\(value) is beyond single precision (float32), which training uses. Store it in another unit."
        case .notAFlag(_, let column, let row, let value):
            "column \"\(column)\", row \(row): the flag is \(value), expected 0 or 1. Store 1 where the episode ends."
        case .actionOutOfBounds(let place, let row, let component, let value):
            "column \"actions\", row \(row), component \(component): \(value) is outside [-1, 1]. "
                + "Store actions scaled to these bounds"
                + (place == TransitionDataset.inMemory
                    ? "."
                    : ", or clip them where the simulator does: data.actions=clip, saferl data info --actions clip.")
        case .notAChoice(_, let row, let value, let choices):
            "column \"actions\", row \(row): \(value) is none of the \(choices) choices 0 … \(choices - 1) that the "
                + "attribute \"choices\" counts. Store numbers of choices, or leave the attribute away."
        case .negativeCost(_, let column, let row, let value):
            "column \"\(column)\", row \(row): \(value) is negative. "
                + "A cost counts harm, at least 0; signed constraints belong in \"constraint_values\"."
        case .notTheSum(_, let row, let cost, let sum):
            "column \"costs\", row \(row): \(cost), but the cost channels sum up to \(sum). "
                + "Store their sum, or name data sets that are no costs without \"\(ColumnImage.channelPrefix)\"."
        case .tooFewEpisodes(_, let episodes, let needed, let purpose):
            "\(episodes) episode\(episodes == 1 ? "" : "s"), and \(purpose) needs at least \(needed). "
                + "Record more, whole ones."
        case .noEpisodeEnd(let place):
            "no terminal: no row has \"terminals\" or \"timeouts\" set, so no episode ends. "
                + "Set \"terminals\" where the task ended an episode and \"timeouts\" where a step limit did"
                + (place == TransitionDataset.inMemory
                    ? "." : ", or mark by that limit: saferl data convert \(place) OUT --time-limit STEPS.")
        default: ""
        }
    }

    private static func expectedShape(of column: String) -> String {
        switch column {
        case "observations", "next_observations", "actions":
            "[rows] or [rows, values] with at least one value"
        default: "[rows] or [rows, 1]"
        }
    }

    /// The name that a present column may be meant for, else what to store.
    private static func remedy(forMissing column: String, among present: String, of place: String) -> String {
        let others = present.split(separator: ",").map { String($0.drop { $0 == " " }) }
        let near = others.first {
            editDistance(Array($0.lowercased().utf8), Array(column.utf8)) <= column.utf8.count / 3
        }
        return near.map { "Rename \"\($0)\", if it is what is meant." }
            ?? "Store \(meaning[column] ?? "it"), one row a transition."
            + (column == "costs"
                ? " Of a task without costs: saferl data convert \(place) OUT --cost-free." : "")
    }

    private static let meaning = [
        "observations": "the states", "actions": "the actions", "rewards": "the rewards of the steps",
        "costs": "the costs of the steps, 0 where there is none",
        "terminals": "1 where the task itself ended the episode, else 0",
        "timeouts": "1 where a step limit cut the episode, else 0",
    ]

    /// Names of registered filters that other programs write.
    private static func compression(_ filter: Int) -> String {
        let names = [
            4: "szip", 307: "bzip2", 32001: "Blosc", 32004: "LZ4", 32008: "bitshuffle", 32013: "ZFP",
            32015: "Zstandard", 32026: "Blosc2",
        ]
        return names[filter].map { "\($0) (filter \(filter))" } ?? "filter \(filter)"
    }
}
