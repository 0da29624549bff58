import Foundation
import Glibc
import SafeRL
import Sweeps

/// A sweep that is there, for looking at it.
struct SweepFolder {
    private let folder: String
    private let study: Study
    private let plan: SweepPlan

    static func study(in folder: String) -> String { folder + "/sweep.sqlite" }

    /// - Throws: `PlacedFault` where there is no sweep; `StudyError`.
    init(_ folder: String) throws {
        let path = Self.study(in: folder)
        guard fileKind(path, following: true) == .file else {
            throw PlacedFault(
                .missingInput, at: folder,
                "no sweep. Name the folder of one, or begin it with saferl sweep FILE.")
        }
        self.folder = folder
        study = try Study(reading: path)
        plan = try SweepPlan(Array(try study.description().definition.utf8), of: path)
    }

    // MARK: Commands

    private struct Line: Encodable {
        let number: Int
        let state: String
        let value: Double?
        /// Nothing where no solution was found.
        let violation: Double?
        let steps, attempts: Int
        let parameters: [String: String]
        let fault: String?
    }

    /// Prints all trials.
    func show(json: Bool) throws {
        let records = try study.records()
        if json { return try Output.write(json: records.map(line)) }
        let heads = ["trial", "state", "value", "misses", "updates"] + plan.space.map(\.name) + ["fault"]
        let rows = records.map { record in
            let trial = record.trial
            return [
                "\(trial.number)", trial.state.rawValue, trial.value.map { "\($0)" } ?? "",
                trial.violation > 0 && trial.violation.isFinite ? "\(trial.violation)" : "", "\(trial.steps)",
            ] + zip(plan.space, trial.parameters).map { $0.json($1).compact } + [record.fault ?? ""]
        }
        let widths = heads.indices.map { column in ([heads] + rows).map { $0[column].count }.max() ?? 0 }
        for row in [heads] + rows {
            let cells = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            try Output.write(String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()))
        }
    }

    private func line(_ record: Study.Record) -> Line {
        let trial = record.trial
        let parameters = zip(plan.space, trial.parameters).map { ($0.name, $0.json($1).compact) }
        return Line(
            number: trial.number, state: trial.state.rawValue, value: trial.value,
            violation: trial.violation.isFinite ? trial.violation : nil, steps: trial.steps,
            attempts: record.attempts, parameters: Dictionary(uniqueKeysWithValues: parameters),
            fault: record.fault)
    }

    /// Prints the best trial.
    func best(json: Bool) throws {
        let records = try study.records()
        guard let best = records.map(\.trial).best(plan.direction) else {
            try Output.refuse(
                "no solution found: none of \(records.count) trials keeps to all conditions", isQuiet: false)
        }
        if json { return try Output.write(json: line(records[best.number])) }
        try Output.write(Self.text(of: best, plan, in: folder))
    }

    static func text(of trial: Trial, _ plan: SweepPlan, in folder: String) -> String {
        let runs = plan.seeds.map {
            "\(folder)/trials/\(String(format: "%04d", trial.number))/seed-\($0)"
        }
        let overrides = zip(plan.space, trial.parameters).map {
            "--set \(shellWord("\($0.name)=\($0.json($1).compact)"))"
        }
        return aligned([
            ("Best", "trial \(trial.number)"), (plan.objective.text, "\(trial.value ?? .nan)"),
            ("Settings", overrides.joined(separator: " ")),
            (runs.count == 1 ? "Run" : "Runs", runs.map { oneLine($0) }.joined(separator: ", ")),
        ])
    }

    /// Writes the study for Optuna.
    func export(optuna path: String) throws {
        try SystemFiles().replaceFile(path, with: Array(try study.optunaLog(of: plan).utf8))
        try Output.write(
            "\(oneLine(path)): optuna.load_study(study_name=\(quoted(try study.description().name)), "
                + "storage=JournalStorage(JournalFileBackend(PATH)))"
        )
    }

    /// Ends the process that runs a sweep, which leaves checkpoints.
    static func stop(_ folder: String) throws {
        do {
            guard fileKind(folder + "/lock") == .file else {
                throw PlacedFault(.missingInput, at: folder, "no sweep. Name the folder of one.")
            }
            _ = try FileLock(folder + "/lock", .refusing)
            try Output.write("\(oneLine(folder)): no sweep runs here")
        } catch let other as FileLock.Held {
            guard let process = other.process, kill(process, SIGTERM) == 0 else {
                throw PlacedFault(
                    .inputOutput, at: folder,
                    "the sweep runs elsewhere, or belongs to another user. Stop it there.")
            }
            try Output.write(
                "\(oneLine(folder)): process \(process) was told to stop. Continue with the same saferl sweep."
            )
        }
    }
}
