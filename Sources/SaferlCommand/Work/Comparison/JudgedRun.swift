import Foundation
import SafeRL

/// A run with its evaluation.
struct JudgedRun {
    /// Keys that say where a method is tried and not what it is, each with everything below it.
    private static let places: Set<String> = ["seed", "environment", "data", "evaluation"]

    let path: String
    let algorithm: String
    let seed: UInt64
    /// The environment that it was judged in.
    let task: String
    let report: EvaluationReport
    /// Every key of the configuration that says where the method is tried, or what it is, as JSON texts.
    private let values: [String: String]

    /// Reads a run and the report of its evaluation.
    ///
    /// - Throws: `RunError`, `StorageError`; `PlacedFault` where the report is missing, of another version, or of an earlier state
    ///   of the run.
    init(_ directory: String, report place: String) throws {
        let run = try RunDirectory.inspect(directory)
        path = run.path
        (algorithm, seed) = (run.manifest.algorithm, run.manifest.seed)
        let file = run.path + "/" + place
        guard fileKind(file, following: true) == .file else {
            throw PlacedFault(
                .missingInput, at: file,
                "the run has no evaluation there. Make one with \"saferl evaluate \(shellWord(run.path)) --out "
                    + "\(shellWord((file as NSString).deletingLastPathComponent))\".")
        }
        let read = try EvaluationReport(contentsOf: file)
        report = read
        let values = try ConfigurationFingerprint(
            resolved: try run.resolvedConfiguration(), changeable: ["schedule.checkpoint", "schedule.keep"]
        ).values
        self.values = values
        if let step = read.origin?.step, step != run.manifest.step {
            throw PlacedFault(
                .badData, at: file,
                "judges the run after \(step) updates, and it has \(run.manifest.step). Evaluate the run anew."
            )
        }
        let configured = ["evaluation.environment", "environment"].compactMap { values[$0] }
            .first { $0 != "\"\"" }
        task = read.origin?.environment ?? configured.map { String($0.dropFirst().dropLast()) } ?? "?"
        if let limit = read.costStanding?.limit, !(limit >= 0) {
            throw PlacedFault(.badData, at: file, "a cost limit of \(limit). Evaluate the run anew.")
        }
        guard read.returnMean.isFinite, read.costMean.isFinite, read.costMean >= 0 else {
            throw PlacedFault(
                .badData, at: file, "return or cost is no finite number. Evaluate the run anew.")
        }
    }

    /// What makes it a run of its method, key by key.
    ///
    /// - Parameter keys: the only ones that count; where there is none, all but those of seed, place and data.
    /// - Returns: values as JSON texts; options of the evaluation as `--set` and `--guard`.
    /// - Throws: `PlacedFault` for a key that the run does not have.
    func settings(_ keys: [String]) throws(PlacedFault) -> [String: String] {
        var settings = values.filter { key, _ in
            !Self.places.contains { key == $0 || key.hasPrefix($0 + ".") }
        }
        if !keys.isEmpty {
            settings = [:]
            for key in keys {
                guard let value = values[key] else {
                    throw PlacedFault(
                        .usage, at: "--group \(key)",
                        "the configuration of \(oneLine(path)) has no such key; its config.resolved.json has all it has."
                    )
                }
                settings[key] = value
            }
        } else {
            settings["algorithm"] = "\"\(algorithm)\""
        }
        if let overrides = report.origin?.overrides, !overrides.isEmpty {
            settings["--set"] = overrides.joined(separator: " ")
        }
        if let shield = report.shield {
            settings["--guard"] = "\(shield.digest?.prefix(12) ?? "-") \(shield.reactions)"
        }
        if report.guarded != nil { settings["--guard"] = "guardian" }
        return settings
    }

    /// Cost in limits, where a run is within at 1 and below.
    ///
    /// - Parameter limit: in place of the task's.
    /// - Returns: nothing where there is no limit.
    func normalizedCost(limit: Double?) -> Double? {
        guard let limit else { return report.normalizedCost }
        return TaskConstants(minimumReturn: 0, maximumReturn: 1, costLimit: limit)
            .normalizedCost(report.costMean)
    }
}
