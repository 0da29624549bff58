import Foundation
import Storage

/// The events of a run, made from what its files say: equal files give equal events.
///
/// Times are not those of a clock: the start in `manifest.json` plus the seconds of training in `timing.jsonl`, so that a run
/// that was stopped and resumed has no gap. Without wall times an event's time is its number of updates.
struct RunEvents {
    /// The scalars that the table of hyperparameters shows, by their names in `evaluation/report.json`.
    static let results = [
        (name: "return_mean", title: "return"), (name: "cost_mean", title: "cost"),
        (name: "violation_free_share", title: "without violation"),
    ]
    private static let resultStage = "final"

    private let configuration: JSONValue
    private let group: String
    /// Seconds since 1970; nothing without wall times.
    private let start: Double?
    /// Seconds of training after so many updates.
    private var seconds: [Int: Double] = [:]
    private var latest = (step: 0, seconds: 0.0)
    private var known: Set<String> = []
    /// Updates of checkpoints whose histograms were recorded while training.
    private var recorded: Set<Int> = []

    /// Takes what a run was started with.
    ///
    /// - Parameters:
    ///   - configuration: the resolved one.
    ///   - group: what groups runs of equal settings.
    ///   - start: seconds since 1970; nothing without wall times.
    init(configuration: JSONValue, group: String, start: Double?) {
        (self.configuration, self.group, self.start) = (configuration, group, start)
    }

    // MARK: Times

    /// Takes a line of `timing.jsonl`; a later one of the same update replaces it.
    mutating func note(timing line: JSONValue) {
        guard let step = line["step"]?.number?.int, let passed = line["seconds"]?.number?.double else {
            return
        }
        seconds[step] = passed
    }

    /// Whether the time of an update is known.
    func knowsTime(of step: Int) -> Bool { seconds[step] != nil }

    private mutating func time(of step: Int) -> Double {
        if let passed = seconds[step] { latest.seconds = passed }
        latest.step = step
        return start.map { $0 + latest.seconds } ?? Double(step)
    }

    // MARK: Events

    /// What stands before the first line: version, configuration, hyperparameters.
    mutating func opening() -> [Event] {
        let time = start ?? 0
        // Markdown shows lines that are indented as they are.
        let text = configuration.pretty.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        let values = Self.leaves(of: configuration, below: "")
        let columns = values.map { HyperparameterColumn($0.name, .any(like: $0.value)) }
        let metrics = Self.results.map { HyperparameterMetric("\(Self.resultStage)/\($0.name)", $0.title) }
        let records: [HyperparameterRecord] = [
            .experiment(columns: columns, metrics: metrics, created: time),
            .start(values: values, group: group, started: time),
        ]
        return [Event(at: time, .version), event(at: time, 0, "config", .text([text]))]
            + records.map { event(at: time, 0, $0.tag, .hyperparameters($0)) }
    }

    /// The scalars of a line of `metrics.jsonl`; `null` there is NaN.
    mutating func scalars(of line: JSONValue) -> [Event] {
        guard let step = line["step"]?.number?.int, let stage = line["stage"]?.string else { return [] }
        let time = time(of: step)
        return (line.members ?? []).compactMap { member in
            switch member.value.content {
            case .number(let number) where member.key != "step":
                event(at: time, step, "\(stage)/\(member.key)", .scalar(number.float))
            case .null: event(at: time, step, "\(stage)/\(member.key)", .scalar(.nan))
            default: nil
            }
        }
    }

    /// What stands behind the last line of a run that has ended: the figures of its evaluation and the status.
    mutating func closing(_ status: SessionStatus, evaluation: JSONValue?) -> [Event] {
        let (time, step) = (start.map { $0 + latest.seconds } ?? Double(latest.step), latest.step)
        let figures = Self.results.compactMap { result in
            evaluation?[result.name]?.number.map { (result.name, $0.float) }
        }
        let record = HyperparameterRecord.end(status, ended: time)
        return figures.map { event(at: time, step, "\(Self.resultStage)/\($0)", .scalar($1)) } + [
            event(at: time, 0, record.tag, .hyperparameters(record))
        ]
    }

    /// How the weights were spread at a checkpoint, as a line of the run's file says.
    mutating func histograms(of line: HistogramLine) -> [Event] {
        recorded.insert(line.step)
        return line.weights.map { histogram($0.histogram, $0.tag, line.step) }
    }

    /// Whether the run's own file has the histograms of a checkpoint.
    func hasHistograms(of step: Int) -> Bool { recorded.contains(step) }

    /// How values were spread after so many updates.
    mutating func histogram(_ histogram: Histogram, _ tag: String, _ step: Int) -> Event {
        let passed = seconds[step] ?? latest.seconds
        return event(at: start.map { $0 + passed } ?? Double(step), step, tag, .histogram(histogram))
    }

    private mutating func event(at time: Double, _ step: Int, _ tag: String, _ summary: Summary) -> Event {
        let isFirst = known.insert(tag).inserted
        return Event(at: time, step: step, .value(tag: tag, summary, isFirst: isFirst))
    }

    /// All values of a configuration by dotted keys; lists as texts.
    private static func leaves(
        of value: JSONValue, below key: String
    ) -> [(name: String, value: HyperparameterValue)] {
        switch value.content {
        case .object(let members):
            members.flatMap { leaves(of: $0.value, below: key.isEmpty ? $0.key : "\(key).\($0.key)") }
        case .number(let number): [(key, .number(number.double))]
        case .boolean(let flag): [(key, .flag(flag))]
        case .text(let text): [(key, .text(text))]
        case .list: [(key, .text(value.compact))]
        case .null: []
        }
    }
}
