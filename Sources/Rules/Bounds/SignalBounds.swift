/// What is known of signals only up to the errors of models: an interval each, in a memory that is taken once.
struct SignalBounds: Sendable {
    private var intervals: [Interval?]

    /// Nothing is bounded.
    init(signals: Int) { intervals = [Interval?](repeating: nil, count: signals) }

    /// A signal's interval; nothing where its value is known.
    subscript(signal: Int) -> Interval? {
        get { intervals[signal] }
        set { intervals[signal] = newValue }
    }

    /// Takes all values for known.
    mutating func removeAll() {
        for signal in intervals.indices { intervals[signal] = nil }
    }

    /// The signal whose interval is the widest, the first of equal ones; nothing where none has a width.
    var widest: Int? {
        var (found, width) = (-1, 0.0)
        for signal in intervals.indices {
            guard let own = intervals[signal], own.width > width else { continue }
            (found, width) = (signal, own.width)
        }
        return found < 0 ? nil : found
    }
}
