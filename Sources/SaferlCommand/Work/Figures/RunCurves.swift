import Foundation
import SafeRL

extension RunDirectory {
    /// The metrics of a run, one curve for each metric of each stage, in the order of their first lines; those of the
    /// evaluation last, with the final evaluation and its intervals.
    ///
    /// - Throws: `StorageError`; `RunError.damagedLine` for lines that saferl did not write.
    func curves<A: Algorithm>(
        of type: A.Type, _ resolved: ResolvedRun<A.Configuration>
    ) throws -> [Curve] {
        var table = MetricTable()
        try table.read(metricsPath)
        table.read(report: evaluationPath + "/report.json", step: manifest.step)
        let limits = resolved.limits(of: type)
        return table.columns.map { column in
            let isEvaluation = column.stage == PlottedRun.evaluationStage
            let declared = isEvaluation ? EvaluationReport.metrics : A.Metrics.declarations
            return Curve(
                stage: column.stage, declared.declaration(of: column.name), column.points,
                limit: limits[column.name])
        }
    }
}

extension ResolvedRun {
    /// The limits that the configuration keeps to, by the names of their metrics.
    func limits<A: Algorithm>(of type: A.Type) -> [String: Double] where Options == A.Configuration {
        A.metricLimits(options).merging(evaluationLimits) { $1 }
    }

    /// The limits of evaluations, by the names of their metrics.
    fileprivate var evaluationLimits: [String: Double] {
        var limits = ["normalized_cost": 1.0]
        let task =
            (try? DSRLTask.named(run.data.task))
            ?? (run.data.task == "none"
                ? nil : DSRLTask.inferred(fromFileName: run.data.file))
        if run.evaluation.costLimit >= 0 {
            limits["cost_mean"] = run.evaluation.costLimit
        } else if let task {
            limits["cost_mean"] = task.strictCostLimit
        }
        return limits
    }
}

/// The numbers of `metrics.jsonl`, column by column.
private struct MetricTable {
    struct Column {
        let stage, name: String
        var points: [Curve.Point]
    }

    private var found: [Column] = []
    private var places: [String: Int] = [:]

    /// All columns, those of the evaluation last: its lines stand between those of other stages, and are few.
    var columns: [Column] {
        func isLast(_ column: Column) -> Bool { column.stage == PlottedRun.evaluationStage }
        return found.filter { !isLast($0) } + found.filter(isLast)
    }

    /// Reads the lines of a run; an unfinished last one is left out.
    mutating func read(_ path: String) throws {
        let bytes = try fileContents(path)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty {
            let record: JSONValue
            do throws(JSONError) { record = try JSONValue(parsing: Array(line)) } catch {
                if index == lines.count - 1 { continue }
                throw RunError.damagedLine(path: path, line: index + 1, reason: error.message)
            }
            let members = record.members ?? []
            guard let step = record["step"]?.number?.int, let stage = record["stage"]?.string else {
                continue
            }
            for member in members where !["step", "stage"].contains(member.key) {
                add(member.key, stage, .init(step: step, value: member.value.number?.double ?? .nan))
            }
        }
    }

    /// Adds the final evaluation, where there is one that can be read.
    mutating func read(report path: String, step: Int) {
        guard let bytes = try? fileContents(path), let report = try? JSONValue(parsing: bytes) else { return }
        var figures = [(key: String, object: JSONValue, suffix: String)]()
        for key in ["return_mean", "cost_mean", "violation_free_share", "goal_share", "length_mean"] {
            figures.append((key, report, ""))
        }
        for channel in report["channels"]?.elements ?? [] {
            guard let name = channel["name"]?.string else { continue }
            figures += ["cost_mean", "violation_free_share"].map { ($0, channel, "." + name) }
        }
        for (key, object, suffix) in figures {
            guard let value = object[key]?.number?.double else { continue }
            let stem = key.split(separator: "_").dropLast().joined(separator: "_")
            let ends = (object[stem + "_interval"]?.elements ?? []).compactMap { $0.number?.double }
            let interval = ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil
            replace(
                key + suffix, PlottedRun.evaluationStage, .init(step: step, value: value, interval: interval))
        }
    }

    private mutating func add(_ name: String, _ stage: String, _ point: Curve.Point) {
        let key = "\(stage): \(name)"
        if let place = places[key] {
            found[place].points.append(point)
        } else {
            places[key] = found.count
            found.append(Column(stage: stage, name: name, points: [point]))
        }
    }

    /// The final evaluation has more episodes than the one during training after the same update.
    private mutating func replace(_ name: String, _ stage: String, _ point: Curve.Point) {
        if let place = places["\(stage): \(name)"] { found[place].points.removeAll { $0.step == point.step } }
        add(name, stage, point)
    }
}
