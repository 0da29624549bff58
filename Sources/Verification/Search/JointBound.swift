import Foundation

/// What several rows say together: where all of them must be small at once, a mixture of their bounds may exclude it though none does alone.
struct JointBound {
    /// A lower bound of the mixture over the box.
    var bound = -Double.infinity
    /// Shares of the rows in the best mixture.
    var weights: [Double]
}

extension BoxBounds {
    /// Steps towards the best mixture.
    private static let steps = 24

    /// The best mixture of the rows that were bounded last, by multiplicative weights on their affine bounds.
    ///
    /// Any mixture is sound; steps end where one excludes the box, or where a corner shows that none can.
    func jointBound(rows: Int) -> JointBound {
        let x = states[0]
        var weights = [Double](repeating: 1 / Double(rows), count: rows)
        var best = JointBound(weights: weights)
        var corner = [Double](repeating: 0, count: x.width)
        for _ in 0..<Self.steps {
            let bound = mixture(weights, &corner)
            if bound > best.bound { best = JointBound(bound: bound, weights: weights) }
            if bound > 0 { return best }
            let values = (0..<rows).map { row in
                (0..<x.width).reduce(constants[row]) { $0 + x.coefficients[row * x.width + $1] * corner[$1] }
            }
            let (least, most) = (values.min() ?? 0, values.max() ?? 0)
            guard most > 0, most - least > 0, (most - least).isFinite else { return best }
            for row in 0..<rows { weights[row] *= exp(2 * (values[row] - most) / (most - least)) }
            let total = weights.reduce(0, +)
            for row in 0..<rows { weights[row] /= total }
        }
        return best
    }

    /// A lower bound of Σ weight·row over the box, and the corner where its affine bound is least.
    private func mixture(_ weights: [Double], _ corner: inout [Double]) -> Double {
        let x = states[0]
        var (sum, rounding) = (0.0, 0.0)
        for (row, weight) in weights.enumerated() {
            var size = magnitudes[row] + abs(constants[row])
            for k in 0..<x.width { size += abs(x.coefficients[row * x.width + k]) * x.magnitude[k] }
            sum += weight * constants[row]
            rounding += weight * (errors[row] * (1 + 0x1p-30) + 2 * termsRounding * size)
        }
        for k in 0..<x.width {
            var slope = 0.0
            for (row, weight) in weights.enumerated() { slope += weight * x.coefficients[row * x.width + k] }
            corner[k] = slope >= 0 ? x.low[k] : x.high[k]
            sum += slope * corner[k]
        }
        let bound = sum - rounding * (1 + 0x1p-30) - Rounding.tiny
        return bound.isNaN ? -.infinity : bound.nextDown
    }
}
