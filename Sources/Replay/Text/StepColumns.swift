import Storage

/// Which column of a table of steps is what.
public struct StepColumns: Equatable, Sendable {
    /// Columns of an observation, in its order.
    public var observations: [String]
    /// Columns of an action, in its order; one where actions are choices.
    public var actions: [String]
    /// Columns of the observation that the step led to; nothing where the next row of the episode has it.
    public var nextObservations: [String]?
    /// The column of the reward.
    public var reward: String
    /// Columns of the costs by the names of their channels; `cost` alone for a single one.
    public var costs: [(channel: String, column: String)]
    /// The column that tells episodes apart; nothing where ends do.
    public var episode: String?
    /// The column that is true where an episode ended by itself.
    public var terminal: String?
    /// The column that is true where an episode was cut.
    public var timeout: String?
    /// How many choices an action is one of; nothing where actions are real numbers.
    public var choices: Int?
    /// The numbers that count as −1 and 1 in each column of an action; nothing where the columns are within −1 … 1.
    public var actionRanges: [ClosedRange<Double>]?

    /// Compares all members.
    public static func == (a: Self, b: Self) -> Bool {
        a.observations == b.observations && a.actions == b.actions && a.nextObservations == b.nextObservations
            && a.reward == b.reward && a.costs.map(\.channel) == b.costs.map(\.channel)
            && a.costs.map(\.column) == b.costs.map(\.column) && a.episode == b.episode
            && a.terminal == b.terminal
            && a.timeout == b.timeout && a.choices == b.choices && a.actionRanges == b.actionRanges
    }

    /// Names as saferl writes them, as far as a table has them: `observation_0` …, `action_0` …, `reward`, `cost`, `cost_NAME` …,
    /// `episode`, `terminal`, `timeout`, `next_observation_0` ….
    ///
    /// - Parameter names: of the table.
    public init(standardIn names: [String]) {
        func numbered(_ prefix: String) -> [String] {
            (0...).lazy.map { "\(prefix)_\($0)" }.prefix { names.contains($0) }.map(\.self)
        }
        func present(_ name: String) -> String? { names.contains(name) ? name : nil }
        (observations, actions) = (numbered("observation"), numbered("action"))
        let next = numbered("next_observation")
        nextObservations = next.isEmpty ? nil : next
        reward = "reward"
        let channels = names.filter { $0.hasPrefix("cost_") }
        costs =
            channels.isEmpty
            ? [(CostChannels.single[0], "cost")] : channels.map { (String($0.dropFirst(5)), $0) }
        (episode, terminal, timeout) = (present("episode"), present("terminal"), present("timeout"))
    }

    /// Reads a map from a JSON file.
    ///
    /// - Parameters:
    ///   - path: of the map.
    ///   - names: of the table's columns.
    /// - Throws: `StepTableError` with file, line and column.
    public init(contentsOf path: String, for names: [String]) throws {
        let root: JSONValue
        let bytes = try fileContents(path, limit: 1 << 20)
        do throws(JSONError) { root = try JSONValue(parsing: bytes) } catch {
            throw StepTableError(.configuration, at: "\(path):\(error.position)", error.message)
        }
        self.init(standardIn: names)
        let map = StepMap(path, root)
        try map.check()
        if let own = try map.names("observations") { observations = own }
        if let own = try map.names("actions") { actions = own }
        if let own = try map.names("next_observations") { nextObservations = own }
        if let own = try map.name("reward") { reward = own }
        if let own = try map.name("cost") { costs = [(CostChannels.single[0], own)] }
        if let own = try map.channels("costs") { costs = own }
        if let own = try map.name("episode") { episode = own }
        if let own = try map.name("terminal") { terminal = own }
        if let own = try map.name("timeout") { timeout = own }
        choices = try map.count("choices")
        actionRanges = try map.ranges("action_ranges")
        try map.checkFit(self, names)
    }

    /// Every column that is read.
    var all: [String] {
        observations + actions + (nextObservations ?? []) + [reward] + costs.map(\.column)
            + [episode, terminal, timeout].compactMap { $0 }
    }

    /// Checks that a table has what is needed.
    ///
    /// - Throws: `StepTableError`.
    func check(_ names: [String], of file: String) throws {
        if observations.isEmpty || actions.isEmpty {
            let kind = observations.isEmpty ? "observation" : "action"
            throw StepTableError(
                at: file,
                "no columns of an \(kind). Name them \(kind)_0, \(kind)_1, …, or say which they are with --columns MAP.json."
            )
        }
        for column in all where !names.contains(column) {
            throw StepTableError(
                at: file,
                "no column \(quoted(column)); there are \(Self.listed(names)). Say which one it is with --columns MAP.json."
            )
        }
        if episode == nil && terminal == nil && timeout == nil {
            throw StepTableError(
                at: file,
                "nothing tells where episodes end. Give a column \"episode\", \"terminal\" or \"timeout\", or name one with --columns MAP.json."
            )
        }
    }

    static func listed(_ names: [String]) -> String {
        names.prefix(12).map(quoted).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
    }
}

/// A map's file while it is read.
private struct StepMap {
    let path: String
    let root: JSONValue
    private static let keys = [
        "observations", "actions", "next_observations", "reward", "cost", "costs", "episode", "terminal",
        "timeout", "choices", "action_ranges",
    ]

    init(_ path: String, _ root: JSONValue) { (self.path, self.root) = (path, root) }

    func error(_ value: JSONValue?, _ message: String) -> StepTableError {
        StepTableError(.configuration, at: (value ?? root).position.map { "\(path):\($0)" } ?? path, message)
    }

    func check() throws {
        guard let members = root.members else { throw error(root, "a map is an object of columns.") }
        for member in members where !Self.keys.contains(member.key) {
            throw error(
                member.value,
                "\(quoted(member.key)) is no part of a map. There are \(StepColumns.listed(Self.keys)).")
        }
        if root["cost"] != nil && root["costs"] != nil {
            throw error(root["costs"], "\"cost\" and \"costs\": give one of them.")
        }
    }

    func name(_ key: String) throws -> String? {
        guard let value = root[key] else { return nil }
        guard let text = value.string else { throw error(value, "\(key): the name of a column is needed.") }
        return text
    }

    func names(_ key: String) throws -> [String]? {
        guard let value = root[key] else { return nil }
        let names = value.elements?.compactMap(\.string) ?? []
        guard !names.isEmpty, names.count == value.elements?.count else {
            throw error(value, "\(key): a list of names of columns is needed.")
        }
        return names
    }

    func channels(_ key: String) throws -> [(channel: String, column: String)]? {
        guard let value = root[key] else { return nil }
        let members = value.members ?? []
        let columns = members.compactMap { $0.value.string }
        guard !members.isEmpty, columns.count == members.count else {
            throw error(
                value, "\(key): an object of channels and columns is needed, such as {\"speed\": \"v\"}.")
        }
        if let fault = CostChannels.fault(in: members.map(\.key)) { throw error(value, "\(key): \(fault).") }
        return zip(members, columns).map { ($0.key, $1) }
    }

    func count(_ key: String) throws -> Int? {
        guard let value = root[key] else { return nil }
        guard let count = value.number?.int, 1...TransitionColumns.maximumChoices ~= count else {
            throw error(
                value, "\(key): a whole number from 1 to \(TransitionColumns.maximumChoices) is needed.")
        }
        return count
    }

    func ranges(_ key: String) throws -> [ClosedRange<Double>]? {
        guard let value = root[key] else { return nil }
        return try (value.elements ?? []).map { range in
            let ends = (range.elements ?? []).compactMap { $0.number?.double }
            guard ends.count == 2, range.elements?.count == 2, ends[0] < ends[1] else {
                throw error(
                    range, "\(key): two numbers a column of the action are needed, the smaller first.")
            }
            return ends[0]...ends[1]
        }
    }

    func checkFit(_ columns: StepColumns, _ present: [String]) throws {
        for key in Self.keys where key != "action_ranges" {
            let value = root[key]
            let named = (value?.string).map { [$0] } ?? value?.elements?.compactMap(\.string) ?? []
            for name in named where !present.contains(name) {
                throw error(
                    value,
                    "\(key): the table has no column \(quoted(name)); there are \(StepColumns.listed(present))."
                )
            }
        }
        if let next = columns.nextObservations, next.count != columns.observations.count {
            throw error(
                root["next_observations"] ?? root["observations"],
                "\(next.count) columns of the next observation for \(columns.observations.count) of an observation."
            )
        }
        if columns.choices != nil && columns.actions.count != 1 {
            throw error(
                root["choices"], "choices: an action of \(columns.actions.count) columns is no choice.")
        }
        if let ranges = columns.actionRanges, ranges.count != columns.actions.count || columns.choices != nil
        {
            throw error(
                root["action_ranges"],
                "action_ranges: \(ranges.count) ranges do not fit \(columns.actions.count) columns of real numbers."
            )
        }
    }
}
