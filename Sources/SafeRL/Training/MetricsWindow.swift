/// Sums of the metrics since the last line of `metrics.jsonl`.
///
/// A class with storage that is kept from window to window, so that adding an update allocates nothing.
final class MetricsWindow {
    /// What a checkpoint keeps of a window that is cut in the middle.
    struct Content: StoredValue, Equatable {
        var updates = 0
        var names: [String] = []
        var sums: [Double] = []

        func check() throws(UnsoundValue) {
            try Sound.check(updates, "window.updates", in: Sound.count)
            guard names.count == sums.count else {
                throw UnsoundValue("window has \(names.count) names and \(sums.count) sums")
            }
            guard updates > 0 || names.isEmpty else { throw UnsoundValue("window has sums of no updates") }
            try Sound.check(finite: sums, "window.sums")
        }
    }

    private(set) var content = Content()
    private var culprit: String?
    private var position = 0
    /// Whether the names are those of a checkpoint, which need not be the algorithm's.
    private var isRestored = false

    /// Starts from what a checkpoint kept.
    func restore(_ content: Content) {
        precondition(content.names.count == content.sums.count, "a window has one sum for each name")
        self.content = content
        isRestored = content.updates > 0
    }

    /// Adds the metrics of one update.
    ///
    /// - Throws: `NonFiniteError` naming the first number that is NaN or infinite; `UnsoundValue` where a restored window
    ///   has other names.
    func add(_ metrics: some TrainingMetrics) throws {
        if isRestored {
            var names: [String] = []
            metrics.report { name, _ in names.append(name) }
            guard names == content.names else {
                throw UnsoundValue(
                    "window has the sums \(content.names), and an update reports \(names)")
            }
            isRestored = false
        }
        (position, culprit) = (0, nil)
        metrics.report { name, value in add(name, value) }
        if let culprit { throw NonFiniteError(culprit) }
        precondition(
            position == content.names.count, "metrics: \(position) numbers, \(content.names.count) before")
        content.updates += 1
    }

    /// Forgets everything but the memory.
    func clear() {
        isRestored = false
        content.updates = 0
        content.names.removeAll(keepingCapacity: true)
        content.sums.removeAll(keepingCapacity: true)
    }

    /// Means in the order reported.
    var means: [(name: String, value: Float)] {
        zip(content.names, content.sums).map { ($0, Float($1 / Double(content.updates))) }
    }

    private func add(_ name: String, _ value: Float) {
        if !value.isFinite && culprit == nil { culprit = name }
        if content.updates == 0 {
            content.names.append(name)
            content.sums.append(Double(value))
        } else {
            precondition(
                position < content.names.count && content.names[position] == name,
                "metrics: \(name) is reported at another place than before")
            content.sums[position] += Double(value)
        }
        position += 1
    }
}
