import CHDF5Reader

/// What reading a file told beside its columns.
struct ImportFacts {
    /// Whether no column told time-outs.
    var lacksTimeouts = false
    /// Whether no column told costs.
    var lacksCosts = false
    /// Groups of an episode; 0 in files of another layout.
    var episodeGroups = 0
    /// Episodes that ended without saying how, and count as cut.
    var cutEpisodes = 0
    /// Where single precision loses differences between rows; the first few.
    var narrowed: [NarrowedColumn] = []
    /// How many there are.
    var narrowedCount = 0
    /// The layout, where it is not the standard one.
    var layout: OtherLayout?

    init() {}

    init(_ report: ch5_report) {
        lacksTimeouts = report.lacks_timeouts != 0
        lacksCosts = report.lacks_costs != 0
        episodeGroups = max(0, Int(report.episodes))
        cutEpisodes = max(0, Int(report.cut_episodes))
        narrowedCount = max(0, Int(report.narrowed_count))
        narrowed = withUnsafeBytes(of: report.narrowed) { raw in
            raw.bindMemory(to: ch5_narrowed.self).prefix(narrowedCount).map { NarrowedColumn($0) }
        }
        layout = OtherLayout(report)
    }
}

/// A component in which single precision loses differences between rows.
public struct NarrowedColumn: Equatable, Sendable {
    /// The column's name.
    public let column: String
    /// The component, or nil where the column has one value a row.
    public let component: Int?
    /// The value in the first row.
    public let first: Double
    /// How far apart neighbouring numbers of single precision are at its largest value.
    public let spacing: Double
    /// Its standard deviation.
    public let spread: Double

    init(_ narrowed: ch5_narrowed) {
        column = cText(narrowed.column)
        component = narrowed.component < 0 ? nil : Int(narrowed.component)
        (first, spacing, spread) = (narrowed.first, narrowed.spacing, narrowed.spread)
    }
}

/// A layout that is not the standard one, and can be converted to it.
public struct OtherLayout: Equatable, Sendable {
    /// Columns by the name that they have, in the order of the layout.
    public struct Name: Equatable, Sendable {
        /// What the column is called in the standard layout.
        public let standard: String
        /// What it is called here.
        public let found: String
    }

    /// Columns of another name, without one that says only that an episode ends.
    public let names: [Name]
    /// The column that says that an episode ends and not why, if there is one.
    public let done: String?
    /// The columns that `done` stands for: `terminals`, `timeouts` or both.
    public let divided: [String]
    /// Whether each episode has a group of its own, as Minari writes them.
    public let hasEpisodeGroups: Bool

    private static let standard = [
        "observations", "next_observations", "actions", "rewards", "costs", "terminals", "timeouts",
        "constraint_values",
    ]

    init?(_ report: ch5_report) {
        let found = zip(Self.standard, Self.names(of: report)).filter { !$0.1.isEmpty }
        guard report.known_layout != Int32(CH5_STANDARD.rawValue) || !found.isEmpty else { return nil }
        let stands: [(bit: Int, name: String)] = [
            (Int(CH5_DONES_AS_TERMINALS.rawValue), "terminals"),
            (Int(CH5_DONES_AS_TIMEOUTS.rawValue), "timeouts"),
        ]
        let divided = stands.filter { Int(report.dones) & $0.bit != 0 }.map(\.name)
        self.divided = divided
        done = found.first { divided.contains($0.0) }?.1
        names = found.filter { !divided.contains($0.0) }.map { Name(standard: $0.0, found: $0.1) }
        hasEpisodeGroups = report.known_layout == Int32(CH5_EPISODE_GROUPS.rawValue)
        isComplete = report.known_layout != Int32(CH5_STANDARD.rawValue)
    }

    /// Whether every column that is needed has been found.
    let isComplete: Bool

    /// Whether it says where a column is that seems to be missing.
    func explains(_ column: String) -> Bool {
        isComplete || names.contains { $0.standard == column } || divided.contains(column)
    }

    /// What to do with a file of this layout.
    func remedy(_ path: String) -> String {
        let limit = divided.count > 1 ? " --time-limit STEPS" : ""
        let command = "saferl data convert \(path) OUT\(limit)"
        if hasEpisodeGroups {
            return
                "One group an episode, as Minari writes them; make one file of the DSRL layout: \(command)."
        }
        let renames = names.map { "rename \"\($0.found)\" to \"\($0.standard)\"" }
        let split = done.map { done in
            let ends = divided.map { "\"\($0)\"" }.joined(separator: " and ")
            return divided.count > 1
                ? "split \"\(done)\" into \(ends)"
                : "store as \(ends) where \"\(done)\" is set for that reason"
        }
        let byHand = (renames + [split].compactMap { $0 }).joined(separator: ", ")
        let sentence = byHand.prefix(1).uppercased() + byHand.dropFirst()
        return isComplete ? "\(sentence), or let it be done: \(command)." : "\(sentence)."
    }

    private static func names(of report: ch5_report) -> [String] {
        withUnsafeBytes(of: report.names) { raw in
            (0..<Int(CH5_ROLES)).map { index in
                let name = raw[(index * Int(CH5_NAME_ROOM))...].prefix(Int(CH5_NAME_ROOM)).prefix { $0 != 0 }
                return String(decoding: name, as: UTF8.self)
            }
        }
    }
}
