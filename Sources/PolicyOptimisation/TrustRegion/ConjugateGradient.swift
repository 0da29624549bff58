import Tensors

/// Solves H·x = b for a symmetric, positive definite H that is known by its products only.
///
/// - SeeAlso: Hestenes and Stiefel 1952, "Methods of conjugate gradients for solving linear systems".
public struct ConjugateGradient: Codable, Equatable, Sendable {
    /// Most products with H in one solution, at least 1.
    public var iterations: Int
    /// The iteration ends where ‖b − H·x‖ ≤ tolerance·‖b‖; at least 0.
    public var tolerance: Double

    /// Limits of the iteration.
    public init(iterations: Int = 20, tolerance: Double = 1e-10) {
        (self.iterations, self.tolerance) = (iterations, tolerance)
    }

    /// Writes H·v for a given v into the second argument.
    public typealias Product = (_ v: [Double], _ result: inout [Double]) throws -> Void

    /// An approximate solution.
    public struct Solution: Equatable, Sendable {
        /// x.
        public var x: [Double]
        /// Products with H that it took.
        public var iterations: Int
        /// ‖b − H·x‖ / ‖b‖ as the recursion has it; 0 for b = 0.
        public var residual: Double
    }

    /// Solves from x = 0.
    ///
    /// - Parameters:
    ///   - b: the right side.
    ///   - name: what b is, for errors.
    ///   - product: multiplies by H.
    /// - Returns: the solution; `residual` above `tolerance` says that the iterations did not suffice, or that a direction
    ///   without curvature was met and the iteration ended there.
    /// - Throws: `NonFiniteError` for a b or a product that is not finite, and what `product` throws.
    public func solve(_ b: [Double], name: String, _ product: Product) throws -> Solution {
        precondition(
            iterations >= 1 && tolerance >= 0, "\(iterations) iterations, tolerance \(tolerance)")
        var (x, r, p) = ([Double](repeating: 0, count: b.count), b, b)
        var hp = x
        let norm = dot(b, b)
        guard norm.isFinite else { throw NonFiniteError(name) }
        var (squared, done) = (norm, 0)
        let enough = tolerance * tolerance * norm
        while done < iterations && squared > enough {
            try product(p, &hp)
            let curvature = dot(p, hp)
            guard curvature.isFinite else { throw NonFiniteError("curvature along \(name)") }
            guard curvature > 0 else { break }
            let length = squared / curvature
            for index in x.indices {
                x[index] += length * p[index]
                r[index] -= length * hp[index]
            }
            let next = dot(r, r)
            guard next.isFinite else { throw NonFiniteError("curvature along \(name)") }
            let ratio = next / squared
            for index in p.indices { p[index] = r[index] + ratio * p[index] }
            (squared, done) = (next, done + 1)
        }
        return Solution(x: x, iterations: done, residual: norm > 0 ? (squared / norm).squareRoot() : 0)
    }
}

/// Σ aᵢ·bᵢ, in order.
func dot(_ a: [Double], _ b: [Double]) -> Double {
    precondition(a.count == b.count, "\(a.count) numbers meet \(b.count)")
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
}
