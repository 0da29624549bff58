import Foundation

/// Says what long work other than training is at: one line that changes on a terminal, a line every ten seconds elsewhere.
///
/// Work that ends soon shows nothing.
public final class WorkLine {
    private let style: StatusLine.Style
    private let write: (String) -> Void
    private let now: () -> Double
    private let began: Double
    private var shownAt: Double
    private var hasLine = false

    /// Prepares a line.
    ///
    /// - Parameters:
    ///   - style: how it is shown.
    ///   - write: receives text with its line ends.
    ///   - now: seconds of a clock that never goes back.
    package init(_ style: StatusLine.Style, write: @escaping (String) -> Void, now: @escaping () -> Double) {
        (self.style, self.write, self.now) = (style, write, now)
        began = now()
        shownAt = began
    }

    /// A line on standard error, in the style that suits it.
    public convenience init() {
        self.init(
            .suiting(quiet: false),
            write: { try? FileHandle.standardError.write(contentsOf: Data($0.utf8)) },
            now: { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 })
    }

    deinit { end() }

    /// Shows what the work is at, if it is time to.
    public func show(_ text: @autoclosure () -> String) {
        let time = now()
        switch style {
        case .quiet: return
        case .lines:
            guard time - shownAt >= 10 else { return }
            write("\(text()) (\(StatusLine.duration(time - began)))\n")
        case .terminal(let columns, _):
            guard time - shownAt >= (hasLine ? 0.25 : 1) else { return }
            let line = "\(text()) (\(StatusLine.duration(time - began)))"
            write("\r\(line.prefix(columns - 1))\u{1B}[K")
            hasLine = true
        }
        shownAt = time
    }

    /// Takes the line away, so that something else can be shown in its place.
    public func end() {
        if hasLine { write("\r\u{1B}[K") }
        hasLine = false
    }
}
