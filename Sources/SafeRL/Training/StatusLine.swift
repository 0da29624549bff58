import Foundation

/// Shows that a run is alive: one line that changes on a terminal, a line every ten seconds elsewhere.
public struct StatusLine {
    /// Where and how it is shown.
    public enum Style: Equatable, Sendable {
        /// Nothing is shown.
        case quiet
        /// One line a message.
        case lines
        /// One line that is written over, at most so many characters wide.
        case terminal(columns: Int, color: Bool)

        /// The style that suits standard error: a terminal's width, and colour unless `NO_COLOR` is set.
        public static func suiting(quiet: Bool) -> Style {
            if quiet { return .quiet }
            guard isatty(STDERR_FILENO) == 1 else { return .lines }
            var size = winsize()
            let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20
            let environment = ProcessInfo.processInfo.environment
            let color = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
            return .terminal(columns: isKnown ? Int(size.ws_col) : 80, color: color)
        }
    }

    private let style: Style
    private let total: Int
    private let write: (String) -> Void
    private let now: () -> Double
    private var shownAt: Double
    private var shownStep: Int
    private var rate: Double?
    private var hasLine = false

    /// Prepares a line.
    ///
    /// - Parameters:
    ///   - style: how it is shown.
    ///   - write: receives text with its line ends.
    ///   - now: seconds of a clock that never goes back.
    ///   - step: updates taken before.
    ///   - total: updates in all.
    package init(
        _ style: Style, write: @escaping (String) -> Void, now: @escaping () -> Double, step: Int, total: Int
    ) {
        (self.style, self.write, self.now, self.total) = (style, write, now, total)
        (shownAt, shownStep) = (now(), step)
    }

    /// Shows the state if it is time to; allocates nothing otherwise.
    ///
    /// - Parameters:
    ///   - step: updates taken.
    ///   - stage: the current stage.
    ///   - metrics: means of the last complete window, the most important first; asked for only if they are shown.
    package mutating func update(
        step: Int, stage: String, metrics: @autoclosure () -> [(name: String, value: Float)]
    ) {
        let interval: Double
        switch style {
        case .quiet: return
        case .lines: interval = 10
        case .terminal: interval = 0.25
        }
        let time = now()
        let elapsed = time - shownAt
        guard elapsed >= interval && step > shownStep else { return }
        let current = Double(step - shownStep) / elapsed
        // Smoothed over some seconds, so that the time left does not jump about.
        let weight = min(1, elapsed / 5)
        rate = rate.map { $0 + weight * (current - $0) } ?? current
        (shownAt, shownStep) = (time, step)
        show(step, stage, metrics())
    }

    /// Shows something that happened now, as a line of its own that stays.
    ///
    /// - Parameters:
    ///   - step: updates taken.
    ///   - stage: what happened, such as `evaluation`.
    ///   - metrics: its numbers, the most important first.
    ///   - seconds: how long it took, which is not part of the rate.
    package mutating func note(
        step: Int, stage: String, metrics: [(name: String, value: Float)], taking seconds: Double
    ) {
        shownAt += seconds
        let text = line(["\(stage) \(step)/\(total)"], metrics)
        switch style {
        case .quiet: return
        case .lines: write(text + "\n")
        case .terminal: write("\r\(text)\u{1B}[K\n")
        }
        hasLine = false
    }

    /// Takes the line away, so that something else can be shown in its place.
    package mutating func clear() {
        if hasLine { write("\r\u{1B}[K") }
        hasLine = false
    }

    /// Leaves the line as it is and goes on below it.
    package mutating func end() {
        if hasLine { write("\n") }
        hasLine = false
    }

    private mutating func show(_ step: Int, _ stage: String, _ metrics: [(name: String, value: Float)]) {
        var parts = ["\(stage) \(step)/\(total)"]
        if let rate {
            parts.append("\(Self.short(rate)) updates/s")
            parts.append("\(Self.duration(Double(total - step) / max(rate, 1e-9))) left")
        }
        var line = line(parts, metrics)
        guard case .terminal(_, let color) = style else { return write(line + "\n") }
        if color {
            let head = parts[0].prefix(limit)
            line = "\u{1B}[1m\(head)\u{1B}[0m" + line.dropFirst(head.count)
        }
        write("\r\(line)\u{1B}[K")
        hasLine = true
    }

    private var limit: Int { if case .terminal(let columns, _) = style { columns - 1 } else { 160 } }

    /// The parts, and as many metrics as fit.
    private func line(_ parts: [String], _ metrics: [(name: String, value: Float)]) -> String {
        var line = parts.joined(separator: "  ")
        for metric in metrics {
            let text = "  \(metric.name) \(Self.short(Double(metric.value)))"
            if line.count + text.count > limit { break }
            line += text
        }
        return String(line.prefix(limit))
    }

    /// Three significant digits, for reading only.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        return String(format: "%.3g", value)
    }

    /// Hours, minutes and seconds, the two largest units.
    package static func duration(_ seconds: Double) -> String {
        guard seconds < 1e9 else { return "long" }
        let whole = Int(seconds.rounded())
        if whole >= 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
        if whole >= 60 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole) s"
    }
}
