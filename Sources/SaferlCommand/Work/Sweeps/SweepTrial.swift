import Comparison
import Foundation
import Glibc
import SafeRL
import Sweeps

/// A trial that runs: a training run for each seed, one after another.
///
/// It is looked at now and then, and waits for nothing.
final class SweepTrial {
    /// What came of it.
    enum Event {
        /// Nothing yet.
        case running
        /// It stands at a rung, where somebody decides whether it goes on.
        case rung(step: Int, value: Double?, violation: Double)
        /// All seeds are done.
        case complete(value: Double?, violation: Double, steps: Int)
        /// It ended with an error.
        case failed(String, CommandStatus)
    }

    private static let attempts = 3
    private static let patience = 120.0

    let record: Study.Record
    private let plan: SweepPlan
    private let folder: String
    private let slot: Int
    private let launcher: any TrialLauncher
    private var seed = 0
    private var rung = 0
    /// Attempts of the seed that failed without coming further.
    private var tries = 0
    /// Updates in the newest checkpoint of the seed when an attempt was ended.
    private var furthest = 0
    private var child: (any TrialProcess)?
    private var seen = 0
    private var lockedSince: Date?
    private var nextTry: Date?
    /// Updates of a whole run, once it has begun.
    private var wholeRun: Int?
    private var results: [(value: Double?, violation: Double, steps: Int)] = []

    init(
        _ record: Study.Record, of plan: SweepPlan, in folder: String, as slot: Int,
        by launcher: any TrialLauncher
    ) {
        (self.record, self.plan, self.folder) = (record, plan, folder)
        (self.slot, self.launcher) = (slot, launcher)
    }

    private func place(_ seed: Int) -> String { "\(folder)/\(record.run)/seed-\(plan.seeds[seed])" }

    /// Everything that a trial's configuration is changed by.
    static func overrides(_ plan: SweepPlan, _ parameters: [Double], seed: UInt64) -> [String] {
        let chosen = zip(plan.space, parameters).map { "\($0.name)=\($0.json($1).compact)" }
        let interval = plan.stopping.map { ["evaluation.interval=\($0.rule.minimum)"] } ?? []
        return plan.overrides + interval + chosen + ["seed=\(seed)"]
    }

    /// Writes what it is beside its runs.
    ///
    /// - Throws: `StorageError`.
    func describe() throws {
        let files = SystemFiles()
        try files.makeDirectories("\(folder)/\(record.run)")
        let parameters = zip(plan.space, record.trial.parameters).map { ($0.name, $0.json($1)) }
        let text = JSONValue.object([
            ("format", .integer(1)), ("number", .integer(record.trial.number)),
            ("parameters", .object(parameters)),
        ]).pretty
        try files.replaceFile("\(folder)/\(record.run)/sweep.json", with: Array(text.utf8))
    }

    // MARK: Progress

    /// Looks at it; starts what is next.
    ///
    /// - Throws: `StorageError`; `PlacedFault`.
    func poll() throws -> Event {
        if let standing = standing() { return standing }
        guard let child else {
            guard nextTry.map({ $0.timeIntervalSinceNow < 0 }) ?? true else { return .running }
            let words =
                ["train", plan.base, "--quiet", "--resume", "--run", place(seed)]
                + Self.overrides(plan, record.trial.parameters, seed: plan.seeds[seed]).map { "--set=\($0)" }
            self.child = try launcher.start(
                TrialTask(
                    number: record.trial.number, trial: "\(folder)/\(record.run)", run: place(seed),
                    words: words, log: place(seed) + ".log", slot: slot))
            return .running
        }
        guard !child.isRunning else { return .running }
        // No fault of the trial's: it goes on when there is space.
        if child.status == CommandStatus.inputOutput.rawValue, child.reason.contains("the disk is full") {
            throw StorageError.diskFull(path: place(seed))
        }
        // What was logged before the end is decided on first: how fast somebody looks must not matter.
        if let standing = standing() { return standing }
        self.child = nil
        return ended(child)
    }

    /// Goes on behind a rung.
    func goOn() { rung += 1 }

    /// Ends its process, with a checkpoint, and waits for that.
    func stop(_ signal: Int32 = SIGTERM) {
        child?.send(signal)
        child?.wait()
        child = nil
    }

    /// Asks its process to end, without waiting.
    func interrupt(_ signal: Int32) { child?.send(signal) }

    /// How it stands at its next rung, once it was judged there; the first seed alone is looked at.
    private func standing() -> Event? {
        guard seed == 0, let step = plan.stopping?.steps(atRung: rung, bracket: record.bracket),
            let line = evaluation(at: step), let whole = stepsOfWholeRun(), step < whole
        else { return nil }
        let figures = figures { $0 == "evaluation" ? line : nil }
        return .rung(step: step, value: figures?.value, violation: figures?.violation ?? .infinity)
    }

    /// Nothing ends early at the end.
    private func stepsOfWholeRun() -> Int? {
        if wholeRun == nil {
            let bytes = FileManager.default.contents(atPath: place(0) + "/config.resolved.json") ?? Data()
            let configuration = try? JSONValue(parsing: Array(bytes))
            wholeRun = configuration?["schedule"]?["steps"]?.number?.int
        }
        return wholeRun
    }

    private func evaluation(at step: Int) -> JSONValue? {
        guard let bytes = FileManager.default.contents(atPath: place(0) + "/metrics.jsonl"),
            let end = bytes.lastIndex(of: UInt8(ascii: "\n"))
        else { return nil }
        let head = Data("{\"step\":\(step),\"stage\":\"evaluation\"".utf8)
        return bytes[..<end].split(separator: UInt8(ascii: "\n")).first { $0.starts(with: head) }
            .flatMap { try? JSONValue(parsing: Array($0)) }
    }

    private func figures(
        _ document: (String) -> JSONValue?
    ) -> (value: Double, violation: Double)? {
        guard let value = plan.objective.value(in: document) else { return nil }
        let violations = plan.within.map { $0.violation(in: document) }
        guard violations.allSatisfy({ $0 != nil }) else { return nil }
        return (value, violations.compactMap { $0 }.reduce(0, +))
    }

    // MARK: Ends

    private func ended(_ child: any TrialProcess) -> Event {
        tries += 1
        switch child.status {
        case CommandStatus.success.rawValue: return judged()
        case CommandStatus.noSolutionFound.rawValue:
            return next((nil, .infinity, RunRecord(place(seed)).run?.manifest.step ?? 0))
        case CommandStatus.cannotCreate.rawValue where isLocked:
            // What an earlier process left has not ended yet.
            tries -= 1
            let since = lockedSince ?? Date()
            (lockedSince, nextTry) = (since, Date(timeIntervalSinceNow: 0.2))
            if -since.timeIntervalSinceNow < Self.patience { return .running }
        case CommandStatus.internalFault.rawValue, CommandStatus.inputOutput.rawValue:
            if tries < 2 { return .running }
        case 128...:
            // Whoever takes the processor away again and again, as clusters do, still lets it come further.
            let reached = RunRecord(place(seed)).run?.manifest.step ?? 0
            if reached > furthest { (furthest, tries) = (reached, 0) }
            if tries < Self.attempts { return .running }
        default: break
        }
        return .failed(child.reason, CommandStatus(rawValue: child.status) ?? .internalFault)
    }

    /// Whether another process has the run, or had it until just now.
    private var isLocked: Bool { RunDirectory.holdsRun(place(seed)) }

    /// Reads the figures of a seed.
    private func judged() -> Event {
        let found = RunRecord(place(seed))
        guard let figures = figures({ found.documents[$0] }) else {
            let names = [plan.objective.text] + plan.within.flatMap(\.figures).map(\.text)
            return .failed(
                "\(place(seed)): has not all of \(names.joined(separator: ", ")). Name an \"environment\" to judge it in, "
                    + "or another figure.", .badData)
        }
        return next((figures.value, figures.violation, found.run?.manifest.step ?? 0))
    }

    private func next(_ result: (value: Double?, violation: Double, steps: Int)) -> Event {
        results.append(result)
        (seed, tries, furthest, lockedSince, nextTry) = (seed + 1, 0, 0, nil, nil)
        guard seed == plan.seeds.count else { return .running }
        let values = results.compactMap(\.value)
        return .complete(
            value: values.count == results.count ? middleMean(values) : nil,
            violation: results.map(\.violation).max() ?? 0, steps: results.map(\.steps).max() ?? 0)
    }
}
