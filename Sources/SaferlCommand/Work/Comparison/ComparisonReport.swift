import Comparison
import SafeRL

/// A figure with its interval.
struct ComparedFigure: Encodable {
    let value: Double
    /// Lower and upper end at 95 %; nothing for one run of each task.
    let interval: [Double]?
}

/// What a comparison says, as `comparison.json` has it.
struct ComparisonReport: Encodable {
    /// Fewest runs of a task by which methods are put in order.
    static let fewestSeeds = 3
    private static let confidence = 0.95
    private static let pairRepetitions = 2000

    /// A method.
    struct Method: Encodable {
        let name: String
        /// Settings by which it differs from others.
        let settings: [String: String]
        /// `[run][task]`.
        let directories: [[String]]
        let seeds: [UInt64]
        /// Mean returns of the runs, normalised where the tasks have constants, `[run][task]`.
        let returns: [[Double]]
        /// Mean costs in limits, likewise; nothing without limits.
        let costs: [[Double]]?
        /// By the names of `Aggregate`.
        let returnFigures, costFigures: [String: ComparedFigure]
        let violationShare: ComparedFigure
        let certifiedShare: Double
        /// Share of runs within the limit, and the interquartile mean of what these return; nothing without limits.
        let withinLimit, safeReturn: Double?
        /// Shares of runs that return more than each threshold, with the ends of their intervals.
        let profile: [[Double]]

        private enum CodingKeys: String, CodingKey {
            case name, settings, directories, seeds, returns, costs, profile
            case returnFigures = "return"
            case costFigures = "cost"
            case violationShare = "violation_share"
            case certifiedShare = "certified_share"
            case withinLimit = "within_limit"
            case safeReturn = "safe_return"
        }
    }

    /// Two methods.
    struct Pair: Encodable {
        let first, second: String
        /// Of the first returning more.
        let probability: ComparedFigure
        /// Whether the interval leaves 1/2 out.
        let isShown: Bool

        private enum CodingKeys: String, CodingKey {
            case first, second, probability
            case isShown = "shown"
        }
    }

    let format = 1
    let tasks: [String]
    let episodes: Int
    let confidence = Self.confidence
    let resamples: Int
    let isNormalized: Bool
    let methods: [Method]
    let pairs: [Pair]
    /// Names of the methods with a run within its limit, in the order that puts safety first; nothing where seeds are too few or there
    /// are no limits.
    let order: [String]?
    /// Thresholds of the profiles.
    let thresholds: [Double]
    /// Half the width of Student's 95 % interval of a mean over so many seeds, in standard deviations; nothing for one.
    let halfWidth: Double?

    private enum CodingKeys: String, CodingKey {
        case format, tasks, episodes, confidence, resamples, methods, pairs, order, thresholds
        case isNormalized = "normalized"
        case halfWidth = "half_width"
    }

    /// Computes it.
    ///
    /// - Parameters:
    ///   - compared: the methods.
    ///   - rivals: those that the others are compared with; every pair where there is none.
    ///   - limit: of costs, in place of the tasks' own.
    ///   - bootstrap: how often runs are drawn anew.
    /// - Throws: `AlteredEvidence`, `StorageError`.
    init(
        _ compared: ComparedMethods, against rivals: Set<String>, limit: Double?,
        _ bootstrap: StratifiedBootstrap
    ) throws {
        tasks = compared.tasks
        isNormalized = compared.isNormalized
        episodes = compared.methods[0].runs[0][0].report.episodes
        resamples = bootstrap.repetitions
        let tables = compared.methods.map { $0.returns(isNormalized: compared.isNormalized) }
        let few = StratifiedBootstrap(
            repetitions: min(bootstrap.repetitions, Self.pairRepetitions), seed: bootstrap.seed)
        let thresholds = Self.thresholds(tables)
        self.thresholds = thresholds
        methods = try zip(compared.methods, tables).map { method, returns in
            let costs = method.costs(limit: limit)
            let safety = costs.map { SafetyFirst(returns, costs: $0) }
            let aggregates = Aggregate.allCases.filter { compared.isNormalized || $0 != .optimalityGap }
            return Method(
                name: method.name, settings: method.differing,
                directories: method.runs.map { $0.map(\.path) },
                seeds: method.runs.map { $0[0].seed }, returns: returns.scores, costs: costs?.scores,
                returnFigures: Self.figures(aggregates, returns, bootstrap),
                costFigures: costs.map { Self.figures([.mean, .interquartileMean], $0, bootstrap) } ?? [:],
                violationShare: Self.figure(.mean, method.violations, bootstrap),
                certifiedShare: try method.certifiedShare(), withinLimit: safety?.safeShare,
                safeReturn: safety?.safeReturn, profile: Self.profile(returns, thresholds, few))
        }
        pairs = Self.pairs(compared.methods.map(\.name), tables, rivals, few)
        let seeds = tables.map(\.runs).min() ?? 0
        order = seeds < Self.fewestSeeds ? nil : Self.order(compared, tables, limit)
        halfWidth = seeds < 2 ? nil : studentHalfWidth(seeds: seeds, confidence: Self.confidence)
    }

    /// From a tenth below the lowest score to a tenth above the highest, twenty steps.
    private static func thresholds(_ tables: [ScoreTable]) -> [Double] {
        let all = tables.flatMap(\.all)
        let (low, high) = (all.min() ?? 0, all.max() ?? 1)
        let room = 0.1 * max(high - low, 1e-9)
        return (0...20).map { low - room + Double($0) / 20 * (high - low + 2 * room) }
    }

    private static func figure(
        _ aggregate: Aggregate, _ table: ScoreTable, _ bootstrap: StratifiedBootstrap
    ) -> ComparedFigure {
        figures([aggregate], table, bootstrap)[aggregate.rawValue] ?? ComparedFigure(value: 0, interval: nil)
    }

    private static func figures(
        _ aggregates: [Aggregate], _ table: ScoreTable, _ bootstrap: StratifiedBootstrap
    ) -> [String: ComparedFigure] {
        let drawn =
            table.runs < 2
            ? nil
            : bootstrap.values(table, figures: aggregates.count) { drawn in aggregates.map { $0(drawn) } }
        let figures = aggregates.enumerated().map { place, aggregate in
            (
                aggregate.rawValue,
                ComparedFigure(value: aggregate(table), interval: drawn.map { ends($0[place]) })
            )
        }
        return Dictionary(uniqueKeysWithValues: figures)
    }

    private static func ends(_ values: [Double]) -> [Double] {
        let interval = percentileInterval(values, confidence: confidence)
        return [interval.lowerBound, interval.upperBound]
    }

    private static func profile(
        _ table: ScoreTable, _ thresholds: [Double], _ few: StratifiedBootstrap
    ) -> [[Double]] {
        let shares = PerformanceProfile.runs.shares(table, above: thresholds)
        guard table.runs > 1 else { return shares.map { [$0] } }
        let drawn = few.values(table, figures: thresholds.count) {
            PerformanceProfile.runs.shares($0, above: thresholds)
        }
        return shares.indices.map { [shares[$0]] + ends(drawn[$0]) }
    }

    private static func pairs(
        _ names: [String], _ tables: [ScoreTable], _ rivals: Set<String>, _ few: StratifiedBootstrap
    ) -> [Pair] {
        var pairs: [Pair] = []
        for first in names.indices {
            for second in names.indices
            where rivals.isEmpty
                ? first < second : !rivals.contains(names[first]) && rivals.contains(names[second])
            {
                let value = probabilityOfImprovement(tables[first], over: tables[second])
                let interval =
                    min(tables[first].runs, tables[second].runs) < 2
                    ? nil
                    : ends(
                        few.values(tables[first], tables[second]) { probabilityOfImprovement($0, over: $1) })
                pairs.append(
                    Pair(
                        first: names[first], second: names[second],
                        probability: ComparedFigure(value: value, interval: interval),
                        isShown: interval.map { $0[0] > 0.5 || $0[1] < 0.5 } ?? false))
            }
        }
        return pairs
    }

    private static func order(_ compared: ComparedMethods, _ tables: [ScoreTable], _ limit: Double?)
        -> [String]?
    {
        var safety: [(name: String, SafetyFirst)] = []
        for (method, returns) in zip(compared.methods, tables) {
            guard let costs = method.costs(limit: limit) else { return nil }
            safety.append((method.name, SafetyFirst(returns, costs: costs)))
        }
        return safety.filter { $0.1.safeShare > 0 }.sorted { $0.1.isBetter(than: $1.1) }.map(\.name)
    }
}
