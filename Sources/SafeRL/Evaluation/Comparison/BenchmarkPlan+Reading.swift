import Replay
import Storage

extension BenchmarkPlan {
    /// Reads a benchmark file.
    ///
    /// - Parameters:
    ///   - file: JSON as `docs/benchmark.md` describes it.
    ///   - environment: where a task of the benchmark is simulated.
    /// - Throws: `ConfigurationError` with file, line and column.
    public init(_ file: ConfigurationFile, environment: (DSRLTask) throws -> String) throws {
        let root: JSONValue
        do throws(JSONError) { root = try JSONValue(parsing: file.bytes) } catch {
            throw ConfigurationError(at: "\(file.name):\(error.position)", error.message)
        }
        let plan = PlanObject(root, file.name, "the benchmark")
        try plan.check(["tasks", "methods", "seeds", "episodes", "certificates"])
        tasks = try plan.list("tasks") { try Self.task($0, environment) }
        methods = try plan.list("methods") { try Self.method($0) }
        seeds =
            try plan.numbers("seeds")?.map { number in
                guard let seed = number.number?.uint64 else {
                    throw plan.error(number, "a seed is a whole number that is not negative.")
                }
                return seed
            } ?? [0, 1, 2]
        episodes = try plan.count("episodes", 1...1_000_000) ?? BenchmarkProtocol.standardEpisodes
        certificates = try plan.object("certificates").map { own in
            try own.check(["episodes", "delta"])
            return Certificates(
                episodes: try own.count("episodes", 1...1_000_000) ?? 300,
                delta: try own.number("delta", above: 0, below: 1) ?? 0.1)
        }
        try plan.checkDistinct("tasks", tasks.map(\.name))
        try plan.checkDistinct("methods", methods.map(\.name))
        try plan.checkDistinct("seeds", seeds.map { "\($0)" })
    }

    private static func task(_ object: PlanObject, _ environment: (DSRLTask) throws -> String) throws -> Task
    {
        try object.check([
            "name", "task", "data", "collect", "environment", "limits", "returns", "stepLimit", "set",
        ])
        var known: DSRLTask?
        if let name = try object.text("task") {
            do throws(UnknownTask) { known = try DSRLTask.named(name) } catch {
                throw object.error("task", UnknownName(error).description)
            }
        }
        guard let name = try object.text("name") ?? known?.shortName else {
            throw object.error(
                "a task needs a \"name\", or a \"task\" of DSRL such as \"OfflineBallRun-v0\".")
        }
        let limits = try object.numbers("limits")?.map { value in
            guard let limit = value.number?.double, limit >= 0 else {
                throw object.error(value, "a cost limit is a number that is not negative.")
            }
            return limit
        }
        guard let limits = limits ?? known?.costLimits, !limits.isEmpty else {
            throw object.error("a task needs \"limits\", for example [10, 20, 40].")
        }
        let place = try object.text("environment") ?? known.map { try environment($0) }
        guard let place else {
            throw object.error("a task needs an \"environment\" in which its policies are judged.")
        }
        let takesRecorded = object.value["returns"]?.string == "recorded"
        let (data, recording) = (try object.text("data"), try recording(object))
        if data != nil && recording != nil {
            throw object.error("collect", "the task has a \"data\" file. Leave one of them out.")
        }
        if takesRecorded && data == nil && recording == nil {
            throw object.error("returns", "\"recorded\" needs \"data\" or \"collect\".")
        }
        return Task(
            name: name, data: data, recording: recording, environment: place, limits: limits,
            returns: takesRecorded ? nil : try object.range("returns") ?? known?.rewardRange,
            takesRecordedReturns: takesRecorded,
            stepLimit: try object.count("stepLimit", 1...1_000_000_000) ?? known?.stepLimit,
            overrides: try object.overrides("set"), benchmark: known)
    }

    private static func recording(_ task: PlanObject) throws -> Recording? {
        guard let object = try task.object("collect") else { return nil }
        try object.check(["environment", "behaviour", "transitions", "seed"])
        guard let environment = try object.text("environment") else {
            throw object.error("\"collect\" needs an \"environment\"; saferl env list shows them.")
        }
        return Recording(
            environment: environment, behaviour: try object.text("behaviour"),
            transitions: try object.count("transitions", 2...100_000_000),
            seed: UInt64(try object.count("seed", 0...Int.max) ?? 1))
    }

    private static func method(_ object: PlanObject) throws -> Method {
        try object.check(["name", "configuration", "set", "limit", "stepLimit"])
        guard let configuration = try object.text("configuration") else {
            throw object.error("a method needs a \"configuration\", for example \"configs/bc-safe.json\".")
        }
        let file = configuration.split(separator: "/").last.map(String.init) ?? configuration
        return Method(
            name: try object.text("name") ?? (file.hasSuffix(".json") ? String(file.dropLast(5)) : file),
            configuration: configuration, overrides: try object.overrides("set"),
            limitKey: try object.text("limit"), stepLimitKey: try object.text("stepLimit"))
    }
}

/// An object of a benchmark file, whose faults name file, line and column.
private struct PlanObject {
    let value: JSONValue
    let file: String
    let what: String

    init(_ value: JSONValue, _ file: String, _ what: String) {
        (self.value, self.file, self.what) = (value, file, what)
    }

    func error(_ place: JSONValue, _ message: String) -> ConfigurationError {
        ConfigurationError(at: place.position.map { "\(file):\($0)" } ?? file, message)
    }

    func error(_ message: String) -> ConfigurationError { error(value, message) }

    func error(_ key: String, _ message: String) -> ConfigurationError {
        error(value[key] ?? value, "\(key): \(message)")
    }

    func check(_ keys: [String]) throws {
        guard let members = value.members else { throw error("\(what) is \(value.kind), not an object.") }
        for member in members where !keys.contains(member.key) {
            let reason = UnknownName(member.key, isNone: "key", of: keys).description
            throw ConfigurationError(at: member.position.map { "\(file):\($0)" } ?? file, reason)
        }
    }

    func checkDistinct(_ key: String, _ names: [String]) throws {
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw error(key, "\(name) stands there twice. Give each a name of its own.")
        }
    }

    func text(_ key: String) throws -> String? {
        guard let member = value[key] else { return nil }
        guard let text = member.string, !text.isEmpty else {
            throw error(member, "\(key): \(member.kind), where text is needed.")
        }
        return text
    }

    func count(_ key: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let member = value[key] else { return nil }
        guard let number = member.number?.int, range.contains(number) else {
            throw error(
                member, "\(key): a whole number from \(range.lowerBound) to \(range.upperBound) is needed.")
        }
        return number
    }

    func number(_ key: String, above low: Double, below high: Double) throws -> Double? {
        guard let member = value[key] else { return nil }
        guard let number = member.number?.double, number > low, number < high else {
            throw error(member, "\(key): a number between \(low) and \(high) is needed.")
        }
        return number
    }

    func numbers(_ key: String) throws -> [JSONValue]? {
        guard let member = value[key] else { return nil }
        guard let elements = member.elements, !elements.isEmpty else {
            throw error(member, "\(key): a list of numbers is needed.")
        }
        return elements
    }

    func range(_ key: String) throws -> ClosedRange<Double>? {
        guard let ends = try numbers(key) else { return nil }
        let values = ends.compactMap { $0.number?.double }
        guard values.count == 2, ends.count == 2, values[0] < values[1] else {
            throw error(key, "two numbers are needed, the smaller first, or \"recorded\".")
        }
        return values[0]...values[1]
    }

    func object(_ key: String) throws -> PlanObject? {
        value[key].map { PlanObject($0, file, "\"\(key)\"") }
    }

    func list<Element>(_ key: String, _ read: (PlanObject) throws -> Element) throws -> [Element] {
        guard let elements = value[key]?.elements, !elements.isEmpty else {
            throw error(key, "a list of objects is needed, at least one.")
        }
        return try elements.map { try read(PlanObject($0, file, "an entry of \"\(key)\"")) }
    }

    /// Members as `key=value`, in the file's order.
    func overrides(_ key: String) throws -> [String] {
        guard let member = value[key] else { return [] }
        guard let members = member.members else {
            throw error(member, "\(key): an object of keys and values is needed.")
        }
        return members.map { "\($0.key)=\($0.value.compact)" }
    }
}
