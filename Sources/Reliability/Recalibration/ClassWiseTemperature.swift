/// A temperature for each class, T_k = T·(1 + γ·s̃_k), as published; columns are divided, so predictions may change.
///
/// γ is the one of −2, −1.999 … 1.999 that has the least expected calibration error (15 bins of equal width), the first where
/// several do; those with a T_k of 0.05 or less are skipped.
///
/// - SeeAlso: "Two sides of miscalibration", UAI 2023.
public struct ClassWiseTemperature: Sendable, Hashable {
    /// How signed scores of classes become factors s̃.
    public enum Scale: String, Sendable, Hashable, CaseIterable {
        /// Divided by the largest.
        case byLargest = "divide-by-max"
        /// Moved and stretched to [0, 1].
        case minMax = "min-max"
        /// As they are.
        case plain
    }

    /// The temperature of all classes that these start from.
    public let base: Double
    /// Signed scores of classes at the base temperature; 0 for a class without rows.
    public let signed: [Double]
    /// The scores with outliers moved to the whiskers of a box plot.
    public let winsorised: [Double]
    /// The factor γ.
    public let gamma: Double
    /// One temperature a class, for `ClassifierRows.divided(byColumn:)`.
    public let temperatures: [Double]
    /// The error on the rows of the fit.
    public let ece: Double

    /// Fits temperatures.
    ///
    /// - Parameters:
    ///   - rows: to fit on.
    ///   - base: T, such as `TemperatureScaling.byGrid`.
    ///   - scale: how scores become factors.
    /// - Throws: `noPositiveScore` where division by the largest would turn signs.
    public init(_ rows: ClassifierRows, base: Double, scale: Scale) throws(ReliabilityError) {
        let signed = try ClassWiseCalibration(rows.divided(by: base)).signed.map { $0 ?? 0 }
        let winsorised = Self.winsorised(signed)
        let (least, most) = (winsorised.min() ?? 0, winsorised.max() ?? 0)
        let factors: [Double]
        switch scale {
        case .byLargest:
            guard most > 0 else { throw .noPositiveScore }
            factors = winsorised.map { $0 / most }
        case .minMax:
            factors = winsorised.map { most > least ? ($0 - least) / (most - least) : 0 }
        case .plain: factors = winsorised
        }
        var best = (ece: Double.infinity, gamma: 0.0, temperatures: factors.map { _ in base })
        for step in 0..<4000 {
            let gamma = -2 + Double(step) * 0.001
            let temperatures = factors.map { base * (1 + gamma * $0) }
            guard temperatures.allSatisfy({ $0 > 0.05 }) else { continue }
            let ece = try rows.divided(byColumn: temperatures).ece()
            if ece < best.ece { best = (ece, gamma, temperatures) }
        }
        (self.base, self.signed, self.winsorised) = (base, signed, winsorised)
        (gamma, temperatures, ece) = (best.gamma, best.temperatures, best.ece)
    }

    /// Values beyond q₁ − 1.5·IQR and q₃ + 1.5·IQR moved there; quartiles between two values are their middle.
    static func winsorised(_ values: [Double]) -> [Double] {
        let sorted = values.sorted()
        func quartile(_ share: Double) -> Double {
            let place = share * Double(sorted.count - 1)
            return (sorted[Int(place.rounded(.down))] + sorted[Int(place.rounded(.up))]) / 2
        }
        let (first, third) = (quartile(0.25), quartile(0.75))
        let reach = 1.5 * (third - first)
        return values.map { min(max($0, first - reach), third + reach) }
    }
}
