import Guardians
import Rules
import SafeRL

/// How far models of a file of rules were off, on recorded transitions.
struct ModelErrors: Encodable {
    struct Line: Encodable {
        /// The next signal, and its column of observations.
        let signal: String
        let column: Int
        /// What the file states.
        let declared: Double
        /// The largest that was seen, and where.
        let largest: Double
        let row: Int
        /// What a further episode exceeds with a probability of at most α; nothing where the episodes are too few to say.
        let bound: Double?

        /// Whether the file states less than was seen.
        var isExceeded: Bool { declared < largest }
    }

    let rules: String
    let digest: String
    let data: String
    let rows: Int
    let episodes: Int
    let alpha: Double
    /// Episodes without which nothing is known of a further one.
    let needed: Int
    let models: [Line]

    private enum CodingKeys: String, CodingKey {
        case rules, data, rows, episodes, alpha, models
        case digest = "sha256"
        case needed = "episodes_needed"
    }

    /// Whether the file states less than was seen, of any model.
    var isExceeded: Bool { models.contains(where: \.isExceeded) }

    /// Compares every row whose next observation is known.
    ///
    /// - Throws: `ConfigurationError` where the rules have no model, or columns that the data lack; `UnusableRows` where a model says
    ///   no number.
    init(_ rules: RuleFile, _ dataset: TransitionDataset, named data: String, alpha: Double) throws {
        guard !rules.models.isEmpty else {
            throw ConfigurationError(
                at: rules.name,
                "no model. Write one, such as \"model next_x = x + 0.05 * speed within 0.001\".")
        }
        try Self.check(rules, dataset, data)
        var errors = RecordedErrors(rules, dataset, data)
        try errors.compare()
        guard errors.rows > 0 else {
            throw UnusableRows(
                data, "no row whose next observation is known. Give a file with next_observations.")
        }
        (self.rules, digest, self.data) = (rules.name, rules.digest, data)
        (rows, episodes, self.alpha) = (errors.rows, errors.ofEpisodes[0].count, alpha)
        var needed = 0
        models = try rules.models.indices.map { number in
            let threshold = try ConformalThreshold(errors.ofEpisodes[number], alpha: alpha)
            needed = threshold.needed
            let signal = rules.signals[rules.models[number].signal]
            return Line(
                signal: signal.name, column: signal.index, declared: rules.models[number].error,
                largest: errors.largest[number].error, row: errors.largest[number].row,
                bound: threshold.neverFlags ? nil : threshold.value)
        }
        self.needed = needed
    }

    /// Checks that every column is one of the data's.
    ///
    /// - Throws: `ConfigurationError`.
    static func check(_ rules: RuleFile, _ dataset: TransitionDataset, _ data: String) throws {
        for signal in rules.signals {
            let size = signal.source == .action ? dataset.actionSize : dataset.observationSize
            guard signal.index >= size else { continue }
            throw ConfigurationError(
                at: rules.name,
                "signal \(signal.name): \(signal.source.rawValue)[\(signal.index)], but \(oneLine(data)) has \(size). "
                    + "Write a number below \(size).")
        }
    }

    /// For a person.
    var text: String {
        let lines = models.map { line in
            var said = "within \(line.declared): largest error \(line.largest) (row \(line.row))"
            if line.isExceeded { said += ", which is more. Write at least that" }
            said +=
                line.bound.map { ", a further episode stays within \($0)" }
                ?? ", nothing known of a further episode: that needs \(needed) episodes"
            return ("model \(line.signal)", said)
        }
        return "\(rules) on \(data): \(rows) rows, \(episodes) episodes, alpha \(alpha)\n" + aligned(lines)
    }
}

/// Differences between what models say and what was recorded.
private struct RecordedErrors {
    private let rules: RuleFile
    private let dataset: TransitionDataset
    private let data: String
    private var monitor: RuleMonitor
    private(set) var rows = 0
    /// Of each model, the largest error and its row.
    private(set) var largest: [(error: Double, row: Int)]
    /// Of each model, the largest error of every whole episode.
    private(set) var ofEpisodes: [[Double]]

    init(_ rules: RuleFile, _ dataset: TransitionDataset, _ data: String) {
        (self.rules, self.dataset, self.data, monitor) = (rules, dataset, data, RuleMonitor(rules))
        largest = rules.models.map { _ in (-1, 0) }
        ofEpisodes = rules.models.map { _ in [] }
    }

    mutating func compare() throws {
        for episode in dataset.episodes { try compare(episode.rows, isWhole: true) }
        if let tail = dataset.unendedTail { try compare(tail, isWhole: false) }
    }

    private mutating func compare(_ range: Range<Int>, isWhole: Bool) throws {
        let known = isLastStandingIn(range) ? range.dropLast() : range
        guard !known.isEmpty else { return }
        var most = [Double](repeating: 0, count: rules.models.count)
        for row in known {
            for (number, error) in try errors(in: row).enumerated() {
                most[number] = max(most[number], error)
                if error > largest[number].error { largest[number] = (error, row) }
            }
        }
        rows += known.count
        // An episode that was cut off may have had larger errors, so it is none of those that a further one is compared with.
        guard isWhole else { return }
        for number in most.indices { ofEpisodes[number].append(most[number]) }
    }

    /// Whether the last observation stands again for the one that followed it, as readers put it where none was recorded.
    private func isLastStandingIn(_ range: Range<Int>) -> Bool {
        guard let last = range.last else { return false }
        let size = dataset.observationSize
        return dataset.hasDerivedNextObservations
            || (last * size..<(last + 1) * size).allSatisfy {
                dataset.observations[$0] == dataset.nextObservations[$0]
            }
    }

    private mutating func errors(in row: Int) throws -> [Double] {
        var step = TraceStep(for: rules)
        for (number, signal) in rules.signals.enumerated() {
            switch signal.source {
            case .observation:
                step.signals[number] = Double(
                    dataset.observations[row * dataset.observationSize + signal.index])
            case .action:
                step.signals[number] = Double(dataset.actions[row * dataset.actionSize + signal.index])
            case .next: break
            }
        }
        let said: [Double]
        do throws(RuleFault) { said = try monitor.predictions(from: step) } catch {
            throw UnusableRows(data, "row \(row): \(error)")
        }
        return zip(rules.models, said).map { model, value in
            let column = rules.signals[model.signal].index
            return abs(value - Double(dataset.nextObservations[row * dataset.observationSize + column]))
        }
    }
}

/// Rows of which a model cannot be judged.
struct UnusableRows: Fault {
    /// What kind of fault it is.
    var kind: FaultKind { .badData }

    let description: String

    init(_ data: String, _ reason: String) { description = "\(oneLine(data)): \(reason)" }
}
