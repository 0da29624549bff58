import Foundation

/// One axis of a plot: its range, round ticks in it, and how their numbers are written.
struct Axis: Equatable {
    /// What the numbers on the axis can be.
    enum Kind: Equatable {
        /// Anything.
        case any
        /// At least 0.
        case nonNegative
        /// In 0 … 1; the axis always shows all of that.
        case share
        /// Whole numbers from 0 up, without room at the ends.
        case count
    }

    /// From the lower to the upper end.
    let range: ClosedRange<Double>
    /// Where numbers stand, rising.
    let ticks: [Double]
    /// What the numbers are multiplied with, and what is added to them, such as `×10^{−8}`; empty where they stand alone.
    let scaleLabel: String
    private let base: Double
    private let exponent: Int
    private let decimals: Int

    /// Chooses an axis for values.
    ///
    /// - Parameters:
    ///   - values: finite; none gives 0 … 1.
    ///   - kind: what they can be.
    ///   - count: about how many ticks.
    ///   - isTight: whether the axis ends where the values do.
    ///   - isNumbered: whether it has ticks.
    init(
        _ values: [Double], _ kind: Kind, ticks count: Int = 4, isTight: Bool = false, isNumbered: Bool = true
    ) {
        var (range, step) = Self.extent(values, kind, count)
        if isTight, let low = values.min(), let high = values.max(), low < high { range = low...high }
        if kind == .count { step = max(step, 1) }
        let first = Int((range.lowerBound / step - 1e-6).rounded(.up))
        let last = Int((range.upperBound / step + 1e-6).rounded(.down))
        ticks = first > last || !isNumbered ? [] : (first...last).map { Double($0) * step }
        self.range = range
        let largest = max(abs(range.lowerBound), abs(range.upperBound))
        // More than five digits before the ticks differ: the common part stands beside the axis.
        let isFar = largest / step >= 1e5 && kind != .count
        base = isFar ? Self.base(of: range) : 0
        let shown = isFar ? range.upperBound - base : largest
        let order = shown > 0 ? Int(log10(shown).rounded(.down)) : 0
        exponent = order >= 4 || order <= -3 ? Int((Double(order) / 3).rounded(.down)) * 3 : 0
        decimals = max(0, exponent - Int((log10(step) + 1e-9).rounded(.down)))
        let power = exponent == 0 ? "" : "×10^{\(exponent < 0 ? "−" : "")\(abs(exponent))}"
        scaleLabel = power + (base == 0 ? "" : "\(base < 0 ? "−" : "+")\(String(format: "%.10g", abs(base)))")
    }

    /// A tick's number as it is written beside the axis.
    func label(_ tick: Double) -> String {
        let text = String(format: "%.\(decimals)f", (tick - base) / pow(10, Double(exponent)))
        return text.allSatisfy { "-0.".contains($0) } ? "0" : text.replacingOccurrences(of: "-", with: "−")
    }

    /// A value in short, such as `12.3` or `4.1·10^{−9}`.
    static func short(_ value: Double) -> String {
        let text = String(format: "%.3g", value).replacingOccurrences(of: "-", with: "−")
        guard let e = text.firstIndex(of: "e") else { return text }
        let sign = text[text.index(after: e)] == "−" ? "−" : ""
        let digits = text[e...].drop { !("1"..."9").contains($0) }
        return "\(text[..<e])·10^{\(sign)\(digits)}"
    }

    /// The range and the distance of its ticks.
    private static func extent(
        _ values: [Double], _ kind: Kind, _ count: Int
    ) -> (range: ClosedRange<Double>, step: Double) {
        func plain(_ range: ClosedRange<Double>) -> (ClosedRange<Double>, Double) {
            (range, step(range, count))
        }
        func fromTickToTick(_ range: ClosedRange<Double>) -> (ClosedRange<Double>, Double) {
            let step = step(range, count)
            return (rounded(range.lowerBound, step, .down)...rounded(range.upperBound, step, .up), step)
        }
        guard kind != .share, let low = values.min(), let high = values.max() else { return plain(0...1) }
        // Differences in the last digits are rounding, not a course.
        let isConstant = high - low <= 1e-9 * max(abs(low), abs(high))
        switch (kind, isConstant) {
        case (.count, false): return plain(low...high)
        case (.count, true): return fromTickToTick(0...max(high, 1))
        case (_, true) where low == 0: return plain(kind == .any ? -1...1 : 0...1)
        case (.nonNegative, true) where low > 0: return fromTickToTick(0...1.25 * high)
        case (_, true): return plain(low - abs(low) / 2...low + abs(low) / 2)
        // From 0 where that costs little room.
        case (.nonNegative, false) where low >= 0 && low < 0.5 * high: return fromTickToTick(0...high)
        default: return fromTickToTick(low...high)
        }
    }

    /// A round number at or below a narrow range, which all of its numbers begin with.
    private static func base(of range: ClosedRange<Double>) -> Double {
        let part = pow(10, log10(range.upperBound - range.lowerBound).rounded(.up))
        return (range.lowerBound / part + 1e-9).rounded(.down) * part
    }

    private static func rounded(_ value: Double, _ step: Double, _ rule: FloatingPointRoundingRule) -> Double
    {
        let parts = value / step
        let whole = parts.rounded(rule)
        // No extra tick for what lies on one already.
        return (abs(parts - parts.rounded()) < 1e-6 ? parts.rounded() : whole) * step
    }

    /// 1, 2 or 5 times a power of ten.
    private static func step(_ range: ClosedRange<Double>, _ count: Int) -> Double {
        let raw = max((range.upperBound - range.lowerBound) / Double(count), 1e-300)
        let power = pow(10, log10(raw).rounded(.down))
        return power * ([1, 2, 5, 10].first { $0 * power >= raw * 0.999 } ?? 10)
    }
}
