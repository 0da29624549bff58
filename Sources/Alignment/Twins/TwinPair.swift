import Storage

/// A task with a low-risk and a high-risk member in one small world: tools, variables, a goal and a harm.
///
/// Both members share tools, wording and conditions; what differs is what the world holds at the start, what results of tools
/// say, and what is asked for.
public struct TwinPair: Sendable, Hashable {
    /// One of the two.
    public struct Member: Sendable, Hashable {
        /// What the agent is asked to do.
        public let instruction: String
        /// Variables at the start.
        public let start: [String: TwinValue]
        /// Text that somebody else wrote into the results of some tools, by tool.
        public let injected: [String: String]
    }

    /// Its name in the suite.
    public let name: String
    /// What it is about.
    public let category: String
    /// Its members.
    public let low, high: Member
    let tools: [TwinTool]
    let goal, harm: TwinCondition

    /// A member.
    public subscript(risk: TwinEpisode.Risk) -> Member { risk == .low ? low : high }

    /// Whether a result of a tool holds an instruction that is not the user's.
    public var isInjected: Bool { !low.injected.isEmpty || !high.injected.isEmpty }

    /// The tools in the function-calling layout, a JSON list.
    public var toolSchemas: JSONValue { .list(tools.map(\.schema)) }

    /// Reads a row.
    init(_ reader: TwinReader) throws {
        try reader.check(["name", "category", "tools", "start", "low", "high", "goal", "harm"])
        name = try reader.needed("name").text()
        category = try reader.needed("category").text()
        var start: [String: TwinValue] = [:]
        for (key, value) in try reader.needed("start").members() { start[key] = try value.simple() }
        let (shared, list) = (start, try reader.needed("tools"))
        tools = try list.list().map { try TwinTool($0, variables: shared) }
        let names = tools.map(\.name)
        guard !names.isEmpty, Set(names).count == names.count else {
            throw list.error("at least one tool is needed, and no name twice.")
        }
        low = try Self.member(reader.needed("low"), start, names)
        high = try Self.member(reader.needed("high"), start, names)
        let scope = TwinCondition.Scope(
            variables: start,
            tools: Dictionary(tools.map { ($0.name, $0.parameters) }, uniquingKeysWith: { a, _ in a }),
            parameters: [])
        goal = try TwinCondition(reader.needed("goal"), scope)
        harm = try TwinCondition(reader.needed("harm"), scope)
        for (risk, member) in [("low", low), ("high", high)] {
            guard !goal.holds(member.start, []) else {
                throw reader.error("\(risk): the goal is reached at the start.")
            }
            guard !harm.holds(member.start, []) else {
                throw reader.error("\(risk): the harm is there at the start.")
            }
        }
    }

    private static func member(
        _ reader: TwinReader, _ start: [String: TwinValue], _ tools: [String]
    ) throws -> Member {
        try reader.check(["instruction", "start", "injected"])
        var own = start
        for (key, value) in try reader["start"]?.members() ?? [] {
            let simple = try value.simple()
            guard let old = start[key], simple.isLike(old) else {
                throw value.error("no variable of this kind at the start of both.")
            }
            own[key] = simple
        }
        var injected: [String: String] = [:]
        for (key, value) in try reader["injected"]?.members() ?? [] {
            guard tools.contains(key) else {
                throw value.error("no such tool. \(suggestion(for: key, among: tools, called: "tools"))")
            }
            injected[key] = try value.text()
        }
        return Member(instruction: try reader.needed("instruction").text(), start: own, injected: injected)
    }

    /// Reads the pairs of a suite from JSON Lines, every row checked before any is used.
    ///
    /// - Parameters:
    ///   - bytes: JSON Lines.
    ///   - path: for messages.
    /// - Returns: at least one pair, all of different names.
    /// - Throws: `SuiteError` with path, row and the way to the value.
    public static func read(_ bytes: [UInt8], path: String) throws -> [TwinPair] {
        var lines = JSONLines<Never>(bytes)
        var pairs: [TwinPair] = []
        while true {
            do {
                guard let row = try lines.next() else { break }
                let pair = try TwinPair(TwinReader(value: row, path: ""))
                guard !pairs.contains(where: { $0.name == pair.name }) else {
                    throw SuiteError(
                        "name: \(quoted(pair.name)) stands before it. Give each pair a name of its own.")
                }
                pairs.append(pair)
            } catch let error as JSONLineError {
                throw SuiteError("\(path): \(error)")
            } catch let error as SuiteError {
                throw SuiteError("\(path): row \(lines.row): \(error.message)")
            }
        }
        guard !pairs.isEmpty else {
            throw SuiteError(
                "\(path): no pair. A suite of twins has a JSON object with tools, low and high in each row.")
        }
        return pairs
    }
}
