import Foundation

/// Half of a stream head: risk and category of one token from the backbone's state there.
///
///     z = RMSNorm(W_pre h),   risk = W_risk z,   category = W_category z
///
/// All in double precision, without biases; matrices are lists of rows.
///
/// - SeeAlso: Qwen3Guard's report, arXiv:2510.14276; the norm is the released model's.
public struct StreamTower: Sendable, Hashable {
    /// W_pre, `[inner][hidden]`.
    public internal(set) var pre: [[Double]]
    /// Weights of the norm, `[inner]`.
    public internal(set) var norm: [Double]
    /// W_risk, `[3][inner]`, in the order of `GuardLabel`.
    public internal(set) var risk: [[Double]]
    /// W_category, `[categories][inner]`.
    public internal(set) var category: [[Double]]

    /// Takes weights.
    public init(pre: [[Double]], norm: [Double], risk: [[Double]], category: [[Double]]) {
        let inner = norm.count
        precondition(
            pre.count == inner && risk.count == GuardLabel.allCases.count
                && (risk + category).allSatisfy { $0.count == inner }
                && pre.allSatisfy { $0.count == pre[0].count }, "a tower of \(inner) whose weights do not fit"
        )
        (self.pre, self.norm, self.risk, self.category) = (pre, norm, risk, category)
    }

    /// A tower of the same shape whose weights are 0, for gradients.
    var zero: Self {
        func zero(_ rows: [[Double]]) -> [[Double]] { rows.map { $0.map { _ in 0 } } }
        return Self(pre: zero(pre), norm: norm.map { _ in 0 }, risk: zero(risk), category: zero(category))
    }

    /// What a tower says of a token, and what its slopes need.
    public struct Look: Sendable, Hashable {
        /// Logits of safe, unsafe and controversial.
        public let risk: [Double]
        /// Logits of the categories.
        public let category: [Double]
        /// Of the norm: what goes in, the reciprocal of its root mean square, and what comes out.
        let inner: [Double]
        let scale: Double
        let normed: [Double]
    }

    /// Looks at the state of a token, `[hidden]`.
    ///
    /// - Parameters:
    ///   - state: behind the backbone's last norm.
    ///   - epsilon: of the norm, above 0; the backbone's.
    /// - Returns: logits.
    public func callAsFunction(_ state: [Double], epsilon: Double) -> Look {
        let inner = pre.map { dot($0, state) }
        let scale = 1 / (dot(inner, inner) / Double(inner.count) + epsilon).squareRoot()
        let normed = zip(inner, norm).map { $0 * scale * $1 }
        return Look(
            risk: risk.map { dot($0, normed) }, category: category.map { dot($0, normed) }, inner: inner,
            scale: scale, normed: normed)
    }

    /// The cross-entropy of a token: of its risk, and of its category where the risk is not safe.
    ///
    /// Adds the slopes, times `weight`, to a gradient.
    func loss(
        _ state: [Double], _ target: GuardLabel, _ category: Int, weight: Double, epsilon: Double,
        into gradient: inout Self
    ) -> Double {
        let look = self(state, epsilon: epsilon)
        var slope = [Double](repeating: 0, count: norm.count)
        var loss = Self.entropy(
            look.risk, target.rawValue, weight, risk, look.normed, &gradient.risk, &slope)
        if target != .safe {
            loss += Self.entropy(
                look.category, category, weight, self.category, look.normed, &gradient.category, &slope)
        }
        // Through the norm: ∂z_i/∂u_j = w_i·(s·δ_ij − s³·u_i·u_j/n).
        let weighted = zip(slope, norm).map { $0 * $1 }
        let share = dot(weighted, look.inner) * look.scale * look.scale / Double(norm.count)
        for row in norm.indices {
            gradient.norm[row] += slope[row] * look.inner[row] * look.scale
            let inward = look.scale * (weighted[row] - share * look.inner[row])
            for column in state.indices { gradient.pre[row][column] += inward * state[column] }
        }
        return loss
    }

    private static func entropy(
        _ logits: [Double], _ target: Int, _ weight: Double, _ rows: [[Double]], _ normed: [Double],
        _ gradient: inout [[Double]], _ slope: inout [Double]
    ) -> Double {
        let largest = logits.reduce(-Double.infinity, max)
        let sum = logits.reduce(0) { $0 + exp($1 - largest) }
        for (row, logit) in logits.enumerated() {
            let error = weight * (exp(logit - largest) / sum - (row == target ? 1 : 0))
            for index in normed.indices {
                gradient[row][index] += error * normed[index]
                slope[index] += error * rows[row][index]
            }
        }
        return log(sum) + largest - logits[target]
    }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
    precondition(a.count == b.count, "\(a.count) and \(b.count) numbers")
    return zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}
