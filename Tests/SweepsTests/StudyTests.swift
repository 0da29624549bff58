import Foundation
import Storage
import Sweeps
import Testing

@Suite struct StudyTests {
    private let folder: String
    private var path: String { folder + "/sweep.sqlite" }
    private let plan: SweepPlan

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/study-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        plan = try Self.plan(seed: 0)
    }

    private static func plan(seed: Int) throws -> SweepPlan {
        let text = """
            {"base": "bc.json", "search": "tpe", "trials": 9, "seed": \(seed), "minimise": "evaluation.cost_mean",
             "space": {"a": {"real": [0.001, 1], "log": true}, "b": {"integer": [1, 8]}, "c": {"choices": ["x", [1, 2]]}},
             "stop": {"asha": {"minimum": 5}}}
            """
        return try SweepPlan(Array(text.utf8), of: "sweep.json")
    }

    private func record(_ number: Int, _ state: Trial.State, _ value: Double?, _ violation: Double = 0)
        -> Study.Record
    {
        let trial = Trial(
            number: number, parameters: [0.1 + Double(number) / 3, 4, 1], state: state, value: value,
            violation: violation, steps: 10)
        var record = Study.Record(
            trial, bracket: 0, run: "trials/000\(number)", started: "2026-01-02T03:04:05Z", seen: number)
        if state != .running { record.ended = "2026-01-02T03:05:05Z" }
        return record
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let records = [
            record(0, .complete, 0.1 + 0.2), record(1, .pruned, -1e-300, 2.5),
            record(2, .complete, nil, .infinity), record(3, .failed, nil), record(4, .running, nil),
        ]
        let reports = [
            Study.Report(number: 1, step: 5, value: 3, violation: 0, goesOn: true),
            Study.Report(number: 1, step: 20, value: nil, violation: .infinity, goesOn: false),
        ]
        do {
            let study = try Study(of: plan, named: "mine", at: path, created: "now")
            for record in records { try study.write(record) }
            for report in reports + reports { try study.write(records[1], report) }
        }
        let study = try Study(reading: path)
        #expect(try study.records() == records)
        #expect(try study.reports() == reports)
        #expect(try study.description().name == "mine")
        #expect(try study.description().definition == plan.definition)
        // It goes on where the sweep is the same.
        let again = try Study(of: plan, named: "mine", at: path, created: "later")
        #expect(try again.records() == records)
    }

    @Test func otherStudiesAndOtherFilesAreRefused() throws {
        _ = try Study(of: plan, named: "mine", at: path, created: "now")
        let other = #expect(throws: StudyError.self) {
            try Study(of: Self.plan(seed: 1), named: "mine", at: path, created: "now")
        }
        #expect(other?.kind == .configuration && other?.description.contains("--out") == true)
        let text = folder + "/text"
        try Data("no database at all, but long enough for a header".utf8).write(
            to: URL(fileURLWithPath: text))
        #expect(throws: StudyError.self) { try Study(reading: text) }
        #expect(throws: StudyError.self) { try Study(of: plan, named: "mine", at: text, created: "now") }
        #expect(throws: StudyError.self) { try Study(reading: folder + "/missing") }
        try Data().write(to: URL(fileURLWithPath: folder + "/empty"))
        let empty = #expect(throws: StudyError.self) { try Study(reading: folder + "/empty") }
        #expect(empty?.description.contains("holds no study") == true)
    }

    @Test func theBestIsFeasibleAndComplete() {
        let trials = [
            record(0, .complete, 2), record(1, .pruned, 0), record(2, .complete, 1, 0.5),
            record(3, .complete, 1.5), record(4, .complete, 1.5), record(5, .complete, nil),
        ].map(\.trial)
        #expect(trials.best(.minimise)?.number == 3 && trials.best(.maximise)?.number == 0)
        #expect([record(1, .pruned, 0).trial].best(.minimise) == nil)
    }

    /// Optuna, where Python has it; a line says how to get it where not.
    private static let hasOptuna: Bool = {
        if python(["-c", "import optuna"]) != nil { return true }
        print("StudyTests: a part is skipped; python3 -m pip install optuna==5.0.0")
        return false
    }()

    private static func python(_ arguments: [String]) -> String? {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let python = ProcessInfo.processInfo.environment["SAFERL_OPTUNA_PYTHON"] ?? "python3"
        process.arguments = [python] + arguments
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: output, as: UTF8.self) : nil
    }

    @Test func optunaOpensTheLog() throws {
        let study = try Study(of: plan, named: "mine", at: path, created: "now")
        for record in [
            record(0, .complete, 3), record(1, .complete, 2), record(2, .failed, nil),
            record(3, .running, nil),
        ] { try study.write(record) }
        let pruned = record(4, .pruned, 9)
        try study.write(
            pruned, Study.Report(number: 4, step: 5, value: 9, violation: 0, goesOn: false))
        let log = try study.optunaLog(of: plan)
        #expect(
            log.hasPrefix(#"{"op_code": 0, "worker_id": "saferl", "study_name": "mine", "directions": [1]}"#))
        guard Self.hasOptuna else { return }
        try Data(log.utf8).write(to: URL(fileURLWithPath: folder + "/journal.log"))
        let script = """
            import sys, optuna
            from optuna.storages import JournalStorage
            from optuna.storages.journal import JournalFileBackend
            study = optuna.load_study(study_name="mine", storage=JournalStorage(JournalFileBackend(sys.argv[1])))
            print(study.best_value, study.best_trial.number, study.best_params["b"], repr(study.best_params["a"]))
            print([trial.state.name for trial in study.trials], study.trials[4].intermediate_values, study.direction.name)
            """
        let output = try #require(Self.python(["-c", script, folder + "/journal.log"]))
        #expect(
            output == """
                2.0 1 4 0.43333333333333335
                ['COMPLETE', 'COMPLETE', 'FAIL', 'RUNNING', 'PRUNED'] {5: 9.0} MINIMIZE

                """)
    }
}
