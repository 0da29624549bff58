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
    /// The column of the sum of several costs; nothing where they are to be summed.
    public var costSum: String?
    /// The column of a real-valued constraint, positive where violated.
    public var constraint: String?
    /// The column that tells episodes apart; nothing where ends do.
    public var episode: String?
    /// The column that is true where an episode ended by itself.
    public var terminal: String?
    /// The column that is true where an episode was cut.
    public var timeout: String?
    /// How many choices an action is one of; nothing where actions are real numbers, or a column says so.
    public var choices: Int?
    /// The column that says how many choices an action is one of, the same number in each row.
    public var choiceCount: String?
    /// The numbers that count as −1 and 1 in each column of an action; nothing where the columns are within −1 … 1.
    public var actionRanges: [ClosedRange<Double>]?

    /// Compares all members.
    public static func == (a: Self, b: Self) -> Bool {
        a.observations == b.observations && a.actions == b.actions && a.nextObservations == b.nextObservations
            && a.reward == b.reward && a.costs.map(\.channel) == b.costs.map(\.channel)
            && a.costs.map(\.column) == b.costs.map(\.column) && a.episode == b.episode
            && a.terminal == b.terminal
            && a.timeout == b.timeout && a.choices == b.choices && a.choiceCount == b.choiceCount
            && a.costSum == b.costSum && a.constraint == b.constraint && a.actionRanges == b.actionRanges
    }

    /// Names as saferl writes them, as far as a table has them: `observation_0` …, `action_0` …, `reward`, `cost`, `cost_NAME` …,
    /// `episode`, `terminal`, `timeout`, `next_observation_0` …, `constraint_value`, `choices`.
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
        costSum = channels.isEmpty ? nil : present("cost")
        (constraint, choiceCount) = (present("constraint_value"), present("choices"))
        (episode, terminal, timeout) = (present("episode"), present("terminal"), present("timeout"))
    }

    /// Reads a map from a JSON file.
    ///
    /// - Parameters:
    ///   - path: of the map.
    ///   - names: of the table's columns.
    /// - Throws: `JSONObjectError` with file, line and column; `StorageError`.
    public init(contentsOf path: String, for names: [String]) throws {
        let map = try JSONObject(
            parsing: try fileContents(path, limit: 1 << 20), of: path, called: "the map",
            keys: JSONObject.mapKeys)
        self.init(standardIn: names)
        if map.value["cost"] != nil && map.value["costs"] != nil {
            throw map.error(map.value["costs"] ?? map.value, "\"cost\" and \"costs\": give one of them.")
        }
        if let own = try map.columns("observations") { observations = own }
        if let own = try map.columns("actions") { actions = own }
        if let own = try map.columns("next_observations") { nextObservations = own }
        if let own = try map.text("reward") { reward = own }
        if let own = try map.text("cost") { (costs, costSum) = ([(CostChannels.single[0], own)], nil) }
        if let own = try map.channels("costs") { (costs, costSum) = (own, nil) }
        if let own = try map.text("constraint") { constraint = own }
        if let own = try map.text("episode") { episode = own }
        if let own = try map.text("terminal") { terminal = own }
        if let own = try map.text("timeout") { timeout = own }
        if let own = try map.count("choices", 1...TransitionColumns.maximumChoices) {
            (choices, choiceCount) = (own, nil)
        }
        actionRanges = try map.ranges("action_ranges")
        try map.checkFit(self, names)
    }

    /// Every column that is read.
    var all: [String] {
        observations + actions + (nextObservations ?? []) + [reward] + costs.map(\.column)
            + [costSum, constraint, choiceCount, episode, terminal, timeout].compactMap { $0 }
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

extension JSONObject {
    static let mapKeys = [
        "observations", "actions", "next_observations", "reward", "cost", "costs", "episode", "terminal",
        "timeout", "constraint", "choices", "action_ranges",
    ]

    fileprivate func columns(_ key: String) throws -> [String]? {
        try texts(key, "a list of names of columns is needed.")
    }

    fileprivate func channels(_ key: String) throws -> [(channel: String, column: String)]? {
        guard let held = value[key] else { return nil }
        let members = held.members ?? []
        let columns = members.compactMap { $0.value.string }
        guard !members.isEmpty, columns.count == members.count else {
            throw error(key, "an object of channels and columns is needed, such as {\"speed\": \"v\"}.")
        }
        if let fault = CostChannels.fault(in: members.map(\.key)) { throw error(key, "\(fault).") }
        return zip(members, columns).map { ($0.key, $1) }
    }

    fileprivate func ranges(_ key: String) throws -> [ClosedRange<Double>]? {
        guard let held = value[key] else { return nil }
        guard let elements = held.elements else {
            throw error(key, "a list of two numbers for each column of the action is needed.")
        }
        return try elements.map { element in
            guard let range = JSONObject.range(element) else {
                throw error(
                    element, "\(key): two numbers a column of the action are needed, the smaller first.")
            }
            return range
        }
    }

    /// Checks that what the map names is there, and that its parts fit each other.
    fileprivate func checkFit(_ columns: StepColumns, _ present: [String]) throws {
        for key in Self.mapKeys where key != "action_ranges" {
            let held = value[key]
            let named =
                held?.string.map { [$0] } ?? held?.members?.compactMap(\.value.string)
                ?? held?.elements?.compactMap(\.string) ?? []
            for name in named where !present.contains(name) {
                throw error(
                    key,
                    "the table has no column \(quoted(name)); there are \(StepColumns.listed(present)).")
            }
        }
        if let next = columns.nextObservations, next.count != columns.observations.count {
            throw error(
                value["next_observations"] ?? value["observations"] ?? value,
                "\(next.count) columns of the next observation for \(columns.observations.count) of an observation."
            )
        }
        if columns.choices != nil && columns.actions.count != 1 {
            throw error("choices", "an action of \(columns.actions.count) columns is no choice.")
        }
        if let ranges = columns.actionRanges, ranges.count != columns.actions.count || columns.choices != nil
        {
            throw error(
                "action_ranges",
                "\(ranges.count) ranges do not fit \(columns.actions.count) columns of real numbers.")
        }
    }
}
