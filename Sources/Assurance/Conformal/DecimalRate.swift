/// A rate as the decimal fraction that people write, for counts that must not depend on how a `Double` rounds.
///
/// 0.29 · 100 is 28.999999999999996 in `Double`, and its floor 28; of the decimal fraction it is 29.
struct DecimalRate {
    /// The value is `digits` · 10^−`scale`.
    private let digits: UInt64
    private let scale: Int

    /// Takes the shortest decimal fraction that reads back as a number.
    ///
    /// - Parameter value: in (0, 1).
    init(_ value: Double) {
        precondition(value > 0 && value < 1, "a rate of \(value)")
        let text = value.description.lowercased()
        let parts = text.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        // A double has at most 17 significant digits, so they fit.
        digits = UInt64(mantissa[0] + fraction) ?? 0
        scale = fraction.count - (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    }

    /// ⌊rate · `count`⌋, exact.
    ///
    /// - Parameter count: at least 0.
    /// - Returns: in 0 … `count`.
    func floor(times count: Int) -> Int {
        var (high, low) = digits.multipliedFullWidth(by: UInt64(count))
        // Division by tens keeps the floor, one place after the other.
        for _ in 0..<scale {
            if high == 0 && low == 0 { return 0 }
            let (quotient, remainder) = high.quotientAndRemainder(dividingBy: 10)
            low = UInt64(10).dividingFullWidth((remainder, low)).quotient
            high = quotient
        }
        return Int(low)
    }
}
