import Foundation
import SafeRL

/// ln alpha of a multiplier alpha that ascends by plain steps of its own gradient, within ±5.
package struct DualVariable: StoredValue {
    /// What ln alpha is kept within.
    static let bound: Float = 5
    /// ln alpha, 0 to begin with.
    package var logarithm: Float = 0

    /// alpha.
    package var value: Float { exp(logarithm) }

    /// One step: ln alpha + rate · alpha · excess, kept within ±5.
    ///
    /// - Parameters:
    ///   - excess: by how much the constraint is exceeded; below 0 where it is kept.
    ///   - rate: at least 0.
    mutating func ascend(_ excess: Float, rate: Float) {
        logarithm = min(max(logarithm + rate * value * excess, -Self.bound), Self.bound)
    }

    package func check() throws(UnsoundValue) {
        guard abs(logarithm) <= Self.bound else {
            throw UnsoundValue("a multiplier's logarithm is \(logarithm), not from -5 to 5")
        }
    }
}
