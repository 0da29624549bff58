/// Numbers as a row of small bars, from the least to the largest of them.
enum Sparkline {
    private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The row.
    ///
    /// - Parameters:
    ///   - values: in order; one that is not finite is shown as `!`.
    ///   - width: most bars; of more values each bar is the mean of neighbours.
    /// - Returns: a bar a value, or `width` of them.
    static func text(_ values: [Double], width: Int) -> String {
        let shown = grouped(values, min(width, values.count))
        let finite = shown.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max() else {
            return String(repeating: "!", count: shown.count)
        }
        return String(
            shown.map { value -> Character in
                guard value.isFinite else { return "!" }
                guard high > low else { return bars[3] }
                return bars[min(bars.count - 1, Int((value - low) / (high - low) * Double(bars.count)))]
            })
    }

    private static func grouped(_ values: [Double], _ count: Int) -> [Double] {
        (0..<count).map { place in
            let part = values[place * values.count / count..<(place + 1) * values.count / count]
            return part.reduce(0, +) / Double(part.count)
        }
    }
}
