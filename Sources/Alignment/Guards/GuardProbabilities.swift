import Foundation

/// A guard's verdict from one pass over a prompt: how likely each label is to follow `Safety: `.
///
/// It costs no generation, and its threshold can be calibrated. A probability that is no number is none of being safe.
public struct GuardProbabilities: Sendable, Hashable {
    /// Of the labels, in the order of `GuardLabel`; they add up to 1.
    public let values: [Double]

    /// Compares the labels with each other, and with nothing else that might follow.
    ///
    /// - Parameter logProbabilities: ln p or logits of the labels' tokens, in the order of `GuardLabel`.
    public init(logProbabilities: [Double]) {
        precondition(
            logProbabilities.count == GuardLabel.allCases.count, "\(logProbabilities.count) labels' numbers")
        let largest = logProbabilities.reduce(-Double.infinity) { max($0, $1) }
        guard largest.isFinite, !logProbabilities.contains(where: \.isNaN) else {
            // A guard that says nothing has not said that it is safe.
            values = GuardLabel.allCases.map { $0 == .unsafe ? 1 : 0 }
            return
        }
        let parts = logProbabilities.map { exp($0 - largest) }
        let sum = parts.reduce(0, +)
        values = parts.map { $0 / sum }
    }

    /// Compares two labels, for guards that know safe and unsafe alone.
    ///
    /// - Parameters:
    ///   - safe: ln p or logit of the token of *safe*.
    ///   - unsafe: of the token of *unsafe*.
    public init(safe: Double, unsafe: Double) {
        self.init(logProbabilities: [safe, unsafe, -.infinity])
    }

    /// The likeliest label; of equals the one that is not safe, and unsafe before controversial.
    public var label: GuardLabel {
        [GuardLabel.unsafe, .controversial, .safe].reduce(.unsafe) {
            values[$1.rawValue] > values[$0.rawValue] ? $1 : $0
        }
    }

    /// The probability of what counts as unsafe.
    public func unsafe(_ policy: GuardPolicy) -> Double {
        GuardLabel.allCases.filter { $0.isUnsafe(policy) }.reduce(0) { $0 + values[$1.rawValue] }
    }

    /// Whether that reaches a threshold.
    ///
    /// - Parameters:
    ///   - policy: what counts as unsafe.
    ///   - threshold: in [0, 1]; calibrated, or ½.
    /// - Returns: true for unsafe.
    public func isUnsafe(_ policy: GuardPolicy, threshold: Double = 0.5) -> Bool {
        unsafe(policy) >= threshold
    }
}
