import EventFiles
import Foundation
import SafeRL

/// What a run has logged so far, read as its files grow.
struct RunProgress {
    /// Values of one metric, the newest last.
    struct Series {
        let name: String
        fileprivate(set) var values: [Double]
    }

    /// Values of a metric that are kept.
    static let kept = 240

    private var metrics: LineFollower
    private var timing: LineFollower
    /// By stage, in the order of their first lines; the evaluation's lines are a stage of their own.
    private(set) var stages: [(name: String, series: [Series])] = []
    /// The newest line's number of updates and stage, evaluations not counted.
    private(set) var newest: (step: Int, stage: String)?
    /// Number of updates at the newest evaluation.
    private(set) var evaluated: Int?
    /// Updates in a second, as last timed.
    private(set) var rate: Double?
    /// Metrics that were not finite, as `stage: name` with the update, once each.
    private(set) var notFinite: [(metric: String, step: Int)] = []

    /// Begins with a run's files, which need not be there yet.
    init(_ run: RunDirectory) {
        (metrics, timing) = (LineFollower(run.metricsPath), LineFollower(run.timingPath))
    }

    /// The series of a stage.
    func series(_ stage: String) -> [Series] { stages.first { $0.name == stage }?.series ?? [] }

    /// Reads what was written since the last call; a file that was cut, as by `resume`, is read anew.
    ///
    /// - Returns: whether there was anything.
    /// - Throws: `StorageError`.
    mutating func read() throws(StorageError) -> Bool {
        if metrics.isCut {
            metrics.rewind()
            (stages, newest, evaluated, notFinite) = ([], nil, nil, [])
        }
        if timing.isCut { timing.rewind() }
        let lines = try metrics.lines()
        for line in lines { add(line) }
        for line in try timing.lines() {
            let value = try? JSONValue(parsing: Array(line))
            rate = value?["updates_per_second"]?.number?.double ?? rate
        }
        return !lines.isEmpty
    }

    /// A line that saferl did not write says nothing.
    private mutating func add(_ line: ArraySlice<UInt8>) {
        guard let record = try? JSONValue(parsing: Array(line)), let step = record["step"]?.number?.int,
            let stage = record["stage"]?.string
        else { return }
        if stage == PlottedRun.evaluationStage { evaluated = step } else { newest = (step, stage) }
        let place = stages.firstIndex { $0.name == stage } ?? stages.count
        if place == stages.count { stages.append((stage, [])) }
        for member in record.members ?? [] where !["step", "stage"].contains(member.key) {
            let value = member.value.number?.double ?? .nan
            if !value.isFinite {
                let metric = "\(stage): \(member.key)"
                if !notFinite.contains(where: { $0.metric == metric }) { notFinite.append((metric, step)) }
            }
            if let own = stages[place].series.firstIndex(where: { $0.name == member.key }) {
                stages[place].series[own].values.append(value)
                if stages[place].series[own].values.count > Self.kept {
                    stages[place].series[own].values.removeFirst()
                }
            } else {
                stages[place].series.append(Series(name: member.key, values: [value]))
            }
        }
    }
}
