import Assurance
import Comparison
import SafeRL

/// Runs that differ in nothing but their seeds and where they were tried.
struct ComparedMethod {
    /// The algorithm's name, with the settings that tell it from others of that name.
    let name: String
    /// `[run][task]`, in the order of their seeds and of the tasks.
    let runs: [[JudgedRun]]
    /// Settings by which it differs from another method, as JSON texts; nothing where it does not have the key.
    let differing: [String: String]

    /// Normalised returns, or returns where there is one task without constants.
    func returns(isNormalized: Bool) -> ScoreTable {
        ScoreTable(
            runs.map { $0.map { isNormalized ? $0.report.normalizedReturn ?? 0 : $0.report.returnMean } })
    }

    /// Costs in limits; nothing where a run has no limit.
    func costs(limit: Double?) -> ScoreTable? {
        let costs = runs.map { $0.compactMap { $0.normalizedCost(limit: limit) } }
        return costs.allSatisfy { $0.count == runs[0].count } ? ScoreTable(costs) : nil
    }

    /// Shares of episodes with a violation.
    var violations: ScoreTable { ScoreTable(runs.map { $0.map { 1 - $0.report.violationFreeShare } }) }

    /// Shares of runs, over all tasks, whose newest claim by the run itself or by `certify` is certified.
    ///
    /// - Throws: `AlteredEvidence`, `StorageError`.
    func certifiedShare() throws -> Double {
        let all = runs.flatMap { $0 }
        let certified = try all.count { run in
            try ClaimLedger.lines(of: run.path).last { $0.author != .evaluate }?.verdict == "certified"
        }
        return Double(certified) / Double(all.count)
    }
}

/// Methods that can be compared, on the tasks that all of them were tried on.
struct ComparedMethods {
    let tasks: [String]
    let methods: [ComparedMethod]
    /// Whether returns are normalised by their tasks.
    let isNormalized: Bool

    /// Sorts runs into methods.
    ///
    /// - Parameters:
    ///   - runs: at least one.
    ///   - keys: those that tell methods apart; none for all of the configuration but seed, place and data.
    /// - Throws: `PlacedFault` for what cannot be compared, with the run's name.
    init(_ runs: [JudgedRun], groupedBy keys: [String]) throws(PlacedFault) {
        try Self.checkProtocol(runs)
        tasks = runs.map(\.task).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        isNormalized = runs.allSatisfy { $0.report.normalizedReturn != nil }
        if tasks.count > 1, let raw = runs.first(where: { $0.report.normalizedReturn == nil }) {
            throw PlacedFault(
                .badData, at: raw.path,
                "returns of several tasks need a common scale, and this run's are not normalised. Compare the runs of one task."
            )
        }
        var groups: [(settings: [String: String], runs: [JudgedRun])] = []
        for run in runs {
            let settings = try run.settings(keys)
            if let place = groups.firstIndex(where: { $0.settings == settings }) {
                groups[place].runs.append(run)
            } else {
                groups.append((settings, [run]))
            }
        }
        let differing = Set(groups.flatMap(\.settings.keys)).filter { key in
            groups.contains { $0.settings[key] != groups[0].settings[key] }
        }
        var methods: [ComparedMethod] = []
        for group in groups {
            methods.append(
                ComparedMethod(
                    name: Self.name(group, among: groups, differing),
                    runs: try Self.matrix(group.runs, tasks),
                    differing: group.settings.filter { differing.contains($0.key) }))
        }
        self.methods = methods
    }

    /// Checks that all were judged alike.
    private static func checkProtocol(_ runs: [JudgedRun]) throws(PlacedFault) {
        let first = runs[0]
        func refuse(_ run: JudgedRun, _ what: String) -> PlacedFault {
            PlacedFault(
                .badData, at: run.path, "\(what), so the two cannot be compared. Evaluate them alike.")
        }
        let offsets = Set(runs.map { $0.report.seed &- $0.seed })
        let isOneSeed = Set(runs.map(\.report.seed)).count == 1 || offsets.count == 1
        for run in runs {
            if run.report.episodes != first.report.episodes {
                throw refuse(
                    run,
                    "judged over \(run.report.episodes) episodes, \(oneLine(first.path)) over \(first.report.episodes)"
                )
            }
            if !isOneSeed, run.report.seed != first.report.seed,
                run.report.seed &- run.seed != first.report.seed &- first.seed
            {
                throw refuse(
                    run,
                    "judged with the seed \(run.report.seed), \(oneLine(first.path)) with \(first.report.seed)"
                )
            }
            if let other = runs.first(where: { $0.task == run.task }),
                other.report.origin?.packages != run.report.origin?.packages
            {
                throw refuse(run, "its simulator's packages are not those of \(oneLine(other.path))")
            }
            if let other = runs.first(where: { $0.task == run.task }),
                other.report.costStanding?.limit != run.report.costStanding?.limit
            {
                throw refuse(run, "its cost limit is not that of \(oneLine(other.path))")
            }
        }
    }

    /// A row for each seed, in each of which there is a run of every task.
    private static func matrix(_ runs: [JudgedRun], _ tasks: [String]) throws(PlacedFault)
        -> [[JudgedRun]]
    {
        var columns: [[JudgedRun]] = []
        for task in tasks {
            let column = runs.filter { $0.task == task }.sorted { $0.seed < $1.seed }
            for (one, next) in zip(column, column.dropFirst()) where one.seed == next.seed {
                throw PlacedFault(
                    .badData, at: next.path,
                    "has the method, task and seed of \(oneLine(one.path)). Leave one out, or name a key that tells them apart with "
                        + "--group.")
            }
            if let first = columns.first, column.count != first.count {
                throw PlacedFault(
                    .badData, at: column.first?.path ?? runs[0].path,
                    "its method has \(column.count) runs in \(task) and \(first.count) in \(tasks[0]). Give as many for "
                        + "each task, or name the keys that tell methods apart with --group.")
            }
            columns.append(column)
        }
        return columns[0].indices.map { row in columns.map { $0[row] } }
    }

    /// The algorithm, and what tells it from other methods of that algorithm.
    private static func name(
        _ group: (settings: [String: String], runs: [JudgedRun]),
        among groups: [(settings: [String: String], runs: [JudgedRun])], _ differing: Set<String>
    ) -> String {
        let algorithm = group.runs[0].algorithm
        let others = groups.filter { $0.runs[0].algorithm == algorithm && $0.settings != group.settings }
        let own = differing.sorted().filter { key in
            others.contains { $0.settings[key] != group.settings[key] }
        }
        if own.isEmpty { return algorithm }
        let words = own.map { "\($0)=\(group.settings[$0] ?? "-")" }
        return "\(algorithm) (\(words.joined(separator: ", ")))"
    }
}
