import Foundation
import SafeRL

/// What `saferl runs export --mlflow` does: an experiment in the folders of MLflow's file store.
struct MLflowExport {
    let directories: [String]
    let folder: String

    private static let files = SystemFiles()
    private static let experiment = "saferl"

    func run() throws {
        let runs = try ExportedRuns(directories).named
        if fileKind(folder, following: true) == .directory, try !directoryContents(folder).isEmpty {
            throw PlacedFault(.usage, at: folder, "is not empty. Name a folder that is not there yet.")
        }
        let store = URL(fileURLWithPath: folder).standardizedFileURL.path + "/mlruns"
        let id = Self.digits(runs.map(\.run.manifest.started).joined(), 18)
        let place = "\(store)/\(id)"
        let times = runs.map { Self.milliseconds($0.run.manifest.started) }
        try Self.write(
            place + "/meta.yaml",
            Self.yaml([
                ("artifact_location", "file://\(place)"), ("creation_time", "\(times.min() ?? 0)"),
                ("experiment_id", "'\(id)'"), ("last_update_time", "\(times.max() ?? 0)"),
                ("lifecycle_stage", "active"), ("name", Self.experiment),
            ]))
        for (name, run) in runs { try write(run, name, id, place) }
        try Output.write(
            "\(oneLine(folder))/mlruns: \(runs.count) runs. Look at them with: MLFLOW_ALLOW_FILE_STORE=true mlflow ui "
                + "--backend-store-uri \(shellWord(folder))/mlruns, or take them over with: mlflow migrate-filestore"
        )
    }

    private func write(_ run: RunDirectory, _ name: String, _ experiment: String, _ store: String) throws {
        let (manifest, start) = (run.manifest, Self.milliseconds(run.manifest.started))
        let id = String(SHA256.hexadecimal(of: (run.path + manifest.started).utf8).prefix(32))
        let place = "\(store)/\(id)"
        let end = start + Int(manifest.wallSeconds * 1000)
        // MLflow's numbers for finished and running.
        let status = manifest.finished ? 3 : 1
        try Self.write(
            place + "/meta.yaml",
            Self.yaml([
                ("artifact_uri", "file://\(place)/artifacts"), ("end_time", "\(end)"),
                ("entry_point_name", "''"),
                ("experiment_id", "'\(experiment)'"), ("lifecycle_stage", "active"), ("run_id", id),
                ("run_name", quoted(name)), ("run_uuid", id), ("source_name", "''"), ("source_type", "4"),
                ("source_version", "''"), ("start_time", "\(start)"), ("status", "\(status)"), ("tags", "[]"),
                ("user_id", "saferl"),
            ]))
        try Self.files.makeDirectories(place + "/artifacts")
        let parameters = try ConfigurationFingerprint(
            resolved: try run.resolvedConfiguration(), changeable: []
        ).values
        for (key, value) in parameters {
            try Self.write(
                "\(place)/params/\(key)", (try? JSONValue(parsing: Array(value.utf8)))?.string ?? value)
        }
        let tags = [
            ("mlflow.runName", name), ("saferl.version", manifest.saferl),
            ("saferl.algorithm", manifest.algorithm), ("saferl.data.sha256", manifest.data.sha256),
        ]
        for (key, value) in tags + (try RunTags(of: run).names.map { ("saferl.tag.\($0)", "true") }) {
            try Self.write("\(place)/tags/\(key)", value)
        }
        try writeMetrics(run, start, place)
    }

    private func writeMetrics(_ run: RunDirectory, _ start: Int, _ place: String) throws {
        var metrics: [String: String] = [:]
        if fileKind(run.metricsPath) == .file {
            var lines = JSONLines(try fileContents(run.metricsPath))
            while let line = try lines.next() {
                let (step, stage) = (line["step"]?.number?.int ?? 0, line["stage"]?.string ?? "")
                for member in line.members ?? [] where !["step", "stage"].contains(member.key) {
                    let value = member.value.number?.text ?? "nan"
                    metrics["\(stage)/\(Self.metricName(member.key))", default: ""] +=
                        "\(start) \(value) \(step)\n"
                }
            }
        }
        let report = run.evaluationPath + "/report.json"
        if fileKind(report, following: true) == .file {
            let evaluation = try EvaluationReport(contentsOf: report)
            let end = start + Int(run.manifest.wallSeconds * 1000)
            for (key, value) in [
                ("return_mean", evaluation.returnMean), ("cost_mean", evaluation.cost.costMean),
                ("violation_free_share", evaluation.cost.violationFreeShare),
            ] { metrics["final/\(key)"] = "\(end) \(value) \(run.manifest.step)\n" }
        }
        for (key, text) in metrics { try Self.write("\(place)/metrics/\(key)", text) }
    }

    /// What MLflow takes in the name of a metric.
    private static func metricName(_ key: String) -> String {
        String(key.map { $0.isASCII && ($0.isLetter || $0.isNumber || "_-. ".contains($0)) ? $0 : "_" })
    }

    private static func yaml(_ members: [(String, String)]) -> String {
        members.map { "\($0): \($1)\n" }.joined()
    }

    private static func write(_ path: String, _ text: String) throws {
        try files.makeDirectories(parent(of: path))
        try files.replaceFile(path, with: Array(text.utf8))
    }

    private static func milliseconds(_ time: String) -> Int {
        Int(
            ((try? Date(time, strategy: .iso8601)) ?? Date(timeIntervalSince1970: 0)).timeIntervalSince1970
                * 1000)
    }

    private static func digits(_ text: String, _ count: Int) -> String {
        String(
            SHA256.hexadecimal(of: text.utf8).compactMap(\.hexDigitValue).map { Character("\($0 % 10)") }
                .prefix(count))
    }
}
