import Storage

/// What a sweep tries, and what for.
public struct SweepPlan: Sendable, Equatable {
    /// How trials are ended early.
    public enum Stopping: Sendable, Equatable {
        /// Asynchronous successive halving.
        case halving(SuccessiveHalving)
        /// Several brackets of it.
        case hyperband(Hyperband)

        /// Updates at a trial's rungs, from the first; `bracket` counts from 0.
        public func steps(atRung rung: Int, bracket: Int) -> Int? {
            switch self {
            case .halving(let rule): rule.steps(atRung: rung)
            case .hyperband(let band): band.halving.steps(atRung: rung + bracket)
            }
        }

        /// The rule that decides at a rung.
        public var rule: SuccessiveHalving {
            switch self {
            case .halving(let rule): rule
            case .hyperband(let band): band.halving
            }
        }
    }

    /// The configuration that every trial begins from.
    public let base: String
    /// Changes of it that all trials share, as `key=value`.
    public let overrides: [String]
    /// Seeds of each trial; the objective is the interquartile mean over them, conditions count at the worst.
    public let seeds: [UInt64]
    /// What chooses parameters, and its seed.
    public let sampler: Sampler, seed: UInt64
    /// How many trials.
    public let trials: Int
    /// What is sought.
    public let direction: Direction, objective: FigureReference
    /// What has to hold.
    public let within: [FigureCondition]
    /// What is tried.
    public let space: [SearchParameter]
    /// How trials are ended early; nothing where all run to their end.
    public let stopping: Stopping?
    /// The file as one line, keys in alphabetical order: equal sweeps have equal definitions.
    public let definition: String

    private static let keys = [
        "base", "set", "seeds", "seed", "search", "trials", "maximise", "minimise", "within", "space", "stop",
    ]

    /// Reads a sweep file.
    ///
    /// - Parameters:
    ///   - bytes: JSON as docs/sweep.md describes it.
    ///   - name: the file's, for messages.
    /// - Throws: `JSONObjectError` with file, line and column.
    public init(_ bytes: [UInt8], of name: String) throws {
        let plan = try JSONObject(parsing: bytes, of: name, called: "the sweep", keys: Self.keys)
        guard let base = try plan.text("base") else {
            throw plan.error("a sweep needs a \"base\", for example \"configs/fisor.json\".")
        }
        self.base = base
        overrides = try Self.overrides(plan)
        seeds = try plan.elements("seeds").map { try $0.map { try Self.seed($0, plan) } } ?? [0]
        try plan.checkDistinct("seeds", seeds.map { "\($0)" })
        seed = try plan.value["seed"].map { try Self.seed($0, plan) } ?? 0
        sampler = try Self.sampler(plan)
        space = try Self.space(plan)
        (direction, objective) = try Self.objective(plan)
        within = try
            (try plan.value["within"].map { value in
                try plan.texts(
                    "within", "a list of comparisons is needed, such as \"evaluation.cost_mean <= 5\".")
                    ?? [value.compact]
            } ?? []).map { text in
                do throws(ConditionFault) { return try FigureCondition(text) } catch {
                    throw plan.error("within", error.description)
                }
            }
        trials = try Self.count(plan, sampler, space)
        stopping = try Self.stopping(plan)
        definition = plan.value.sortingKeys().compact
        if stopping != nil,
            let other = ([objective] + within.flatMap(\.figures)).first(where: { $0.document != "evaluation" }
            )
        {
            throw plan.error(
                "stop",
                "\(other.text) is not known while a run trains. Judge by evaluation. alone, or leave out \"stop\"."
            )
        }
    }

    private static func seed(_ value: JSONValue, _ plan: JSONObject) throws -> UInt64 {
        guard let seed = value.number?.uint64 else {
            throw plan.error(value, "a seed is a whole number that is not negative.")
        }
        return seed
    }

    private static func overrides(_ plan: JSONObject) throws -> [String] {
        guard let member = plan.value["set"] else { return [] }
        guard let members = member.members else {
            throw plan.error(member, "set: an object of keys and values is needed.")
        }
        return members.map { "\($0.key)=\($0.value.compact)" }
    }

    private static func sampler(_ plan: JSONObject) throws -> Sampler {
        let word = try plan.text("search") ?? Sampler.tpe.rawValue
        guard let sampler = Sampler(rawValue: word) else {
            let known = Sampler.allCases.map(\.rawValue)
            throw plan.error(
                "search",
                "\(oneLine(word)) is unknown. \(suggestion(for: word, among: known, called: "searches"))")
        }
        return sampler
    }

    private static func objective(_ plan: JSONObject) throws -> (Direction, FigureReference) {
        let named = try [Direction.maximise, .minimise].compactMap { direction in
            try plan.text(direction.rawValue).map { (direction, $0) }
        }
        guard named.count == 1 else {
            throw plan.error(
                "a sweep needs either \"maximise\" or \"minimise\", for example \"evaluation.return_mean\".")
        }
        do throws(ConditionFault) { return (named[0].0, try FigureReference(named[0].1)) } catch {
            throw plan.error(named[0].0.rawValue, error.description)
        }
    }

    private static func count(_ plan: JSONObject, _ sampler: Sampler, _ space: [SearchParameter]) throws
        -> Int
    {
        let asked = try plan.count("trials", 1...1_000_000)
        guard sampler == .grid else {
            guard let asked else {
                throw plan.error("\"\(sampler.rawValue)\" needs \"trials\", the number of them.")
            }
            return asked
        }
        guard let size = Sampler.gridSize(space) else {
            let endless = space.first { $0.values == nil }?.name ?? ""
            throw plan.error(
                "space",
                "\(oneLine(endless)) has no end of values, and a grid takes all. Give it a \"step\" or \"choices\"."
            )
        }
        guard size <= 1_000_000 else {
            throw plan.error("space", "the grid has \(size) points, more than 1000000. Take larger steps.")
        }
        if let asked, asked > size {
            throw plan.error("trials", "the grid has only \(size) points. Leave it out.")
        }
        return asked ?? size
    }

    private static func stopping(_ plan: JSONObject) throws -> Stopping? {
        guard let stop = try plan.object("stop") else { return nil }
        try stop.check(["asha", "hyperband"])
        guard stop.value.members?.count == 1 else {
            throw stop.error("\"stop\" needs either \"asha\" or \"hyperband\".")
        }
        let isBand = stop.value["hyperband"] != nil
        guard let rule = try stop.object(isBand ? "hyperband" : "asha") else { return nil }
        try rule.check(["minimum", "reduction"] + (isBand ? ["maximum"] : []))
        guard let minimum = try rule.count("minimum", 1...1_000_000_000) else {
            throw rule.error("\"minimum\" is needed, the updates before the first decision.")
        }
        let halving = SuccessiveHalving(
            minimum: minimum, reduction: try rule.count("reduction", 2...1000) ?? 4)
        guard isBand else { return .halving(halving) }
        guard let maximum = try rule.count("maximum", minimum...1_000_000_000) else {
            throw rule.error("\"maximum\" is needed, the updates of a whole run.")
        }
        return .hyperband(Hyperband(halving, maximum: maximum))
    }
}
