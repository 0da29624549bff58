/// Ends a text before the first of some others, as the text comes piece by piece: what may be the beginning of one waits.
///
/// Texts are compared byte by byte.
public struct StopStrings: Sendable {
    private let stops: [[UInt8]]
    private var waiting: [UInt8] = []
    /// Whether one of them came.
    public private(set) var isFound = false

    /// Looks for some texts, none of them empty.
    public init(_ stops: [String]) {
        precondition(stops.allSatisfy { !$0.isEmpty }, "a text of nothing ends every text")
        self.stops = stops.map { Array($0.utf8) }
    }

    /// Adds a piece.
    ///
    /// - Returns: what may be seen now.
    public mutating func add(_ piece: String) -> String {
        if isFound { return "" }
        if stops.isEmpty { return piece }
        waiting += Array(piece.utf8)
        if let place = waiting.indices.first(where: { start in
            stops.contains { waiting[start...].starts(with: $0) }
        }) {
            isFound = true
            defer { waiting = [] }
            return String(decoding: waiting[..<place], as: UTF8.self)
        }
        let kept = waiting.indices.first { start in
            stops.contains { $0.starts(with: waiting[start...]) }
        }
        return take(kept ?? waiting.count)
    }

    /// The rest, at the end of the text.
    public mutating func finish() -> String { take(waiting.count) }

    /// A text up to the first of the others.
    public static func cut(_ text: String, _ stops: [String]) -> (text: String, isFound: Bool) {
        var filter = StopStrings(stops)
        let shown = filter.add(text) + filter.finish()
        return (shown, filter.isFound)
    }

    /// The first bytes that wait: whole characters, since what is behind them begins as one of the others does.
    private mutating func take(_ count: Int) -> String {
        defer { waiting.removeFirst(count) }
        return String(decoding: waiting[..<count], as: UTF8.self)
    }
}
