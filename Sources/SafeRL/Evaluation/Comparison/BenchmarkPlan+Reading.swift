import Replay
import Storage

extension BenchmarkPlan {
    /// Reads a benchmark file.
    ///
    /// - Parameters:
    ///   - file: JSON as `docs/benchmark.md` describes it.
    ///   - environment: where a task of the benchmark is simulated.
    /// - Throws: `JSONObjectError` with file, line and column.
    public init(_ file: ConfigurationFile, environment: (DSRLTask) throws -> String) throws {
        let plan = try JSONObject(
            parsing: file.bytes, of: file.name, called: "the benchmark",
            keys: ["tasks", "methods", "seeds", "episodes", "certificates"])
        tasks = try plan.list("tasks") { try Self.task($0, environment) }
        methods = try plan.list("methods") { try Self.method($0) }
        seeds =
            try plan.elements("seeds")?.map { number in
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

    private static func task(_ object: JSONObject, _ environment: (DSRLTask) throws -> String) throws -> Task
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
        let limits = try object.elements("limits")?.map { value in
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
            returns: takesRecorded ? nil : try returns(object) ?? known?.rewardRange,
            takesRecordedReturns: takesRecorded,
            stepLimit: try object.count("stepLimit", 1...1_000_000_000) ?? known?.stepLimit,
            overrides: try object.overrides("set"), benchmark: known)
    }

    private static func returns(_ task: JSONObject) throws -> ClosedRange<Double>? {
        guard let value = task.value["returns"] else { return nil }
        guard let range = JSONObject.range(value) else {
            throw task.error("returns", "two numbers are needed, the smaller first, or \"recorded\".")
        }
        return range
    }

    private static func recording(_ task: JSONObject) throws -> Recording? {
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

    private static func method(_ object: JSONObject) throws -> Method {
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

extension JSONObject {
    /// Members as `key=value`, in the file's order.
    fileprivate func overrides(_ key: String) throws -> [String] {
        guard let member = value[key] else { return [] }
        guard let members = member.members else {
            throw error(member, "\(key): an object of keys and values is needed.")
        }
        return members.map { "\($0.key)=\($0.value.compact)" }
    }
}
