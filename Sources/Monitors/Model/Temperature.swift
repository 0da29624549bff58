import Foundation

/// The number by which logits are divided so that their probabilities are as likely as can be on held-out rows.
///
/// - SeeAlso: Guo et al. 2017, "On calibration of modern neural networks", arXiv:1706.04599.
struct Temperature: Sendable {
    /// Above 0; 1 without rows.
    let value: Double

    init(value: Double) { self.value = value }

    /// Finds it by golden sections of its logarithm between 1/20 and 20, where the loss has one minimum.
    ///
    /// - Parameter rows: logits, and the class that is right.
    init(_ rows: [(logits: [Float], target: Int)]) {
        func loss(_ logarithm: Double) -> Double {
            let own = Temperature(value: exp(logarithm))
            return rows.reduce(0) { $0 - log(max(own.probabilities($1.logits)[$1.target], 1e-300)) }
        }
        var (low, high) = (-log(20.0), log(20.0))
        let section = (5.0.squareRoot() - 1) / 2
        var (a, b) = (high - section * (high - low), low + section * (high - low))
        var (lossA, lossB) = (loss(a), loss(b))
        for _ in 0..<60 where !rows.isEmpty {
            if lossA <= lossB {
                (high, b, lossB) = (b, a, lossA)
                a = high - section * (high - low)
                lossA = loss(a)
            } else {
                (low, a, lossA) = (a, b, lossB)
                b = low + section * (high - low)
                lossB = loss(b)
            }
        }
        value = rows.isEmpty ? 1 : exp((low + high) / 2)
    }

    /// Probabilities of the classes, each at least 0, with the sum 1; NaN where a logit is.
    func probabilities(_ logits: [Float]) -> [Double] {
        let scaled = logits.map { Double($0) / value }
        let largest = scaled.max() ?? 0
        let powers = scaled.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
