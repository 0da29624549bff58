import Foundation
import Glibc
import SafeRL

/// Where a run stands, in a dozen lines: updates, rate, time left, metrics, cost against its limit, alarms, disk.
struct RunBoard {
    /// Seconds without a line after which a run that a process has counts as silent.
    private static let silence = 120.0
    /// Bytes of a disk below which a run may soon fail.
    private static let fullness = 1_000_000_000.0

    private let run: RunDirectory
    private let limits: [String: Double]
    private let total: Int?
    private var progress: RunProgress
    /// Whether the last text said anything that the one before did not.
    private(set) var hasChanged = false
    private var changedAt = Date()

    /// Looks at a run.
    ///
    /// - Throws: `ConfigurationError` where its algorithm is not known.
    init(_ run: RunDirectory, in registry: Registry) throws {
        self.run = run
        limits = try Self.limits(of: run, try registry.algorithm(of: try run.document()), registry)
        total = RunRecord(run.path).number("config", "schedule", "steps").map { Int($0) }
        progress = RunProgress(run)
    }

    private static func limits<A: Algorithm>(
        of run: RunDirectory, _ type: A.Type, _ registry: Registry
    ) throws -> [String: Double] {
        try run.document().resolve(A.Configuration.self, of: A.name, among: registry.algorithmNames)
            .limits(of: type)
    }

    /// The lines, for a place of that size; metrics that do not fit are left out, and counted.
    ///
    /// - Throws: `StorageError`.
    mutating func text(columns: Int, height: Int) throws -> String {
        let isNew = try progress.read()
        let record = RunRecord(run.path)
        if isNew { changedAt = Date() }
        hasChanged = isNew || record.state != .training
        var lines = [
            "\(oneLine(run.path)): \(run.manifest.algorithm), \(record.state.rawValue)", place(record),
        ]
        let foot = evaluation + alarms(record) + [disk]
        let stage = progress.newest?.stage ?? ""
        let metrics = rows(progress.series(stage), columns)
        let room = max(0, height - lines.count - foot.count - 2)
        lines += metrics.prefix(room)
        if metrics.count > room { lines.append("  \(metrics.count - room) metrics more") }
        return (lines + foot).map { $0.prefix(columns) + "\n" }.joined()
    }

    private func place(_ record: RunRecord) -> String {
        guard let newest = progress.newest else { return "no metrics yet" }
        let step = max(newest.step, record.run?.manifest.step ?? 0)
        var parts = ["\(newest.stage) \(step)"]
        if let total {
            parts[0] += " of \(total) (\(total > 0 ? 100 * step / total : 100) %)"
        }
        if record.state == .training, let rate = progress.rate, rate > 0 {
            parts.append("\(StatusLine.short(rate)) updates/s")
            if let total { parts.append("\(StatusLine.duration(Double(max(0, total - step)) / rate)) left") }
        }
        if record.state == .interrupted { parts.append("saferl resume \(shellWord(run.path))") }
        return parts.joined(separator: "  ")
    }

    private func rows(_ series: [RunProgress.Series], _ columns: Int) -> [String] {
        let width = series.reduce(0) { max($0, $1.name.count) }
        return series.map { series in
            let value = StatusLine.short(series.values.last ?? .nan)
            let head =
                "  " + series.name.padding(toLength: width + 2, withPad: " ", startingAt: 0)
                + value.padding(toLength: 11, withPad: " ", startingAt: 0)
            let limit = limits[series.name].map { "  limit \(StatusLine.short($0))" } ?? ""
            let room = max(0, min(48, columns - head.count - limit.count))
            return head + Sparkline.text(series.values, width: room) + limit
        }
    }

    private var evaluation: [String] {
        let series = progress.series(PlottedRun.evaluationStage)
        guard let step = progress.evaluated, !series.isEmpty else { return [] }
        let words = series.prefix(4).map { series in
            let limit = limits[series.name].map { " of \(StatusLine.short($0))" } ?? ""
            return "\(series.name) \(StatusLine.short(series.values.last ?? .nan))\(limit)"
        }
        return ["Evaluation after \(step): \(words.joined(separator: ", "))"]
    }

    private func alarms(_ record: RunRecord) -> [String] {
        var alarms = progress.notFinite.map { "\($0.metric) is not finite since update \($0.step)" }
        for series in progress.series(PlottedRun.evaluationStage) {
            if let limit = limits[series.name], let value = series.values.last, value > limit {
                alarms.append(
                    "\(series.name) \(StatusLine.short(value)) is above its limit, \(StatusLine.short(limit))"
                )
            }
        }
        let quiet = Date().timeIntervalSince(changedAt)
        if record.state == .training, quiet > Self.silence {
            alarms.append("nothing was logged for \(StatusLine.duration(quiet))")
        }
        if let free = Self.free(run.path), free < Self.fullness {
            alarms.append("the disk has \(Int(free / 1e6)) MB left")
        }
        if let fault = record.fault { alarms.append(fault) }
        return alarms.map { "ALARM  \(oneLine($0))" }
    }

    private var disk: String {
        let own = String(format: "%.1f MB", Double(RunShowing.size(of: run.path)) / 1e6)
        let free = Self.free(run.path).map { String(format: ", %.1f GB free", $0 / 1e9) } ?? ""
        return "Disk  \(own)\(free)"
    }

    /// Bytes that are free on the run's disk.
    private static func free(_ path: String) -> Double? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Double(status.f_bavail) * Double(status.f_frsize)
    }
}
