import Foundation
import Glibc
import SafeRL
import Sweeps

/// Runs the trials of a sweep, so many at a time; it alone writes the study.
final class SweepDriver {
    private let plan: SweepPlan
    private let study: Study
    private let folder: String
    private let jobs: Int
    private let launcher: any TrialLauncher
    private var records: [Study.Record]
    private var reports: [Study.Report]
    private var active: [Int: SweepTrial] = [:]
    /// Statuses of trials that failed, by number.
    private(set) var failures: [(number: Int, reason: String, status: CommandStatus)] = []

    init(
        _ plan: SweepPlan, _ study: Study, in folder: String, jobs: Int, by launcher: any TrialLauncher
    ) throws {
        (self.plan, self.study, self.folder) = (plan, study, folder)
        (self.jobs, self.launcher) = (jobs, launcher)
        (records, reports) = (try study.records(), try study.reports())
    }

    /// Runs what is not finished.
    ///
    /// - Returns: all trials.
    /// - Throws: `CommandStatus.interrupted` or `.terminated` where a signal arrived, once all processes have ended;
    ///   `StudyError` or `StorageError`, likewise.
    func run() throws -> [Trial] {
        let watch = SignalWatch()
        do {
            while true {
                if let signal = watch.pending {
                    end(signal)
                    FileHandle.standardError.offer("stopped. Continue with the same command.\n")
                    throw signal == SIGTERM ? CommandStatus.terminated : CommandStatus.interrupted
                }
                try fill()
                if active.isEmpty {
                    launcher.settle()
                    try study.settle()
                    return records.map(\.trial)
                }
                for (place, trial) in active.sorted(by: { $0.key < $1.key }) { try look(at: trial, place) }
                try launcher.submit()
                usleep(20_000)
            }
        } catch {
            if !(error is CommandStatus) { end(SIGTERM) }
            throw error
        }
    }

    private func end(_ signal: Int32) {
        for trial in active.values { trial.interrupt(signal) }
        for trial in active.values { trial.stop(signal) }
    }

    // MARK: Starting

    private func fill() throws {
        for place in 0..<jobs where active[place] == nil {
            guard let record = try next() else { return }
            let trial = SweepTrial(record, of: plan, in: folder, as: place, by: launcher)
            try trial.describe()
            active[place] = trial
        }
    }

    /// What was interrupted, else a new trial, which stands in the study before it begins.
    private func next() throws -> Study.Record? {
        let taken = Set(active.values.map(\.record.trial.number))
        if let index = records.firstIndex(where: {
            $0.trial.state == .running && !taken.contains($0.trial.number)
        }) {
            records[index].attempts += 1
            try study.write(records[index])
            return records[index]
        }
        let number = records.count
        let trials = records.map(\.trial)
        guard number < plan.trials,
            let parameters = plan.sampler.parameters(
                of: number, seed: plan.seed, over: plan.space, after: trials, plan.direction)
        else { return nil }
        var record = Study.Record(
            Trial(number: number, parameters: parameters), bracket: bracket(of: number),
            run: "trials/" + String(format: "%04d", number), started: Date().ISO8601Format(),
            seen: trials.count { $0.state != .running })
        record.attempts = 1
        try study.write(record)
        records.append(record)
        return record
    }

    private func bracket(of number: Int) -> Int {
        guard case .hyperband(let band) = plan.stopping else { return 0 }
        return band.bracket(of: number, in: "sweep-\(plan.seed)")
    }

    // MARK: Watching

    private func look(at trial: SweepTrial, _ place: Int) throws {
        let number = trial.record.trial.number
        switch try trial.poll() {
        case .running: return
        case .rung(let step, let value, let violation):
            let report = decide(number, step, value, violation)
            guard report.goesOn else {
                trial.stop()
                try finish(number, place, .pruned, report.value, violation, step, report: report)
                return
            }
            if !reports.contains(where: { $0.number == number && $0.step == step }) {
                try study.write(records[number], report)
                reports.append(report)
            }
            trial.goOn()
        case .complete(let value, let violation, let steps):
            let fault = value == nil ? "no solution found" : nil
            try finish(number, place, .complete, value, violation, steps, fault: fault)
        case .failed(let reason, let status):
            failures.append((number, reason, status))
            try finish(number, place, .failed, nil, 0, 0, fault: reason)
        }
    }

    /// Whether a trial goes on; what was decided before a kill stays so.
    private func decide(_ number: Int, _ step: Int, _ value: Double?, _ violation: Double) -> Study.Report {
        if let earlier = reports.first(where: { $0.number == number && $0.step == step }) { return earlier }
        func standing(_ value: Double?, _ violation: Double) -> SuccessiveHalving.Standing {
            SuccessiveHalving.Standing(value ?? .nan, violation: violation, plan.direction)
        }
        let bracket = records[number].bracket
        let others = reports.filter { report in
            report.step == step && report.number != number && records[report.number].bracket == bracket
        }.map { standing($0.value, $0.violation) }
        let goesOn = plan.stopping?.rule.goesOn(standing(value, violation), among: others) ?? true
        return Study.Report(number: number, step: step, value: value, violation: violation, goesOn: goesOn)
    }

    private func finish(
        _ number: Int, _ place: Int, _ state: Trial.State, _ value: Double?, _ violation: Double,
        _ steps: Int, fault: String? = nil, report: Study.Report? = nil
    ) throws {
        records[number].trial.state = state
        records[number].trial.value = value
        records[number].trial.violation = violation
        records[number].trial.steps = steps
        records[number].ended = Date().ISO8601Format()
        records[number].fault = fault
        try study.write(records[number], report)
        if let report { reports.append(report) }
        active[place] = nil
        let shown = value.map { "\($0)" } ?? fault ?? ""
        let missed = violation > 0 && value != nil ? ", misses its conditions by \(violation)" : ""
        FileHandle.standardError.offer("trial \(number): \(state.rawValue), \(shown)\(missed)\n")
    }
}
