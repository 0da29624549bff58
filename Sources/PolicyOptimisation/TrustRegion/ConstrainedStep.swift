import Tensors

/// The step of a trust-region method: TRPO without constraints, CPO with one or several.
///
/// It maximises gᵀz subject to bⱼᵀz + cⱼ ≤ 0 for every constraint and ½zᵀHz ≤ δ, where H is known by its products. Where
/// no z does, it recovers: the largest bⱼᵀz + cⱼ becomes as small as the trust region allows.
///
/// - SeeAlso: Schulman et al. 2015, arXiv:1502.05477; Achiam et al. 2017, arXiv:1705.10528.
public struct ConstrainedStep: Codable, Equatable, Sendable {
    /// δ, positive.
    public var divergence: Double
    /// How the systems with H are solved.
    public var solver: ConjugateGradient

    /// Describes steps.
    ///
    /// - Parameters:
    ///   - divergence: largest ½zᵀHz, positive.
    ///   - solver: how the systems with H are solved.
    public init(divergence: Double, solver: ConjugateGradient = ConjugateGradient()) {
        precondition(divergence > 0 && divergence.isFinite, "a trust region of \(divergence)")
        (self.divergence, self.solver) = (divergence, solver)
    }

    /// Finds the step.
    ///
    /// - Parameters:
    ///   - gradient: g, of the reward's surrogate, to go up.
    ///   - costGradients: bⱼ, of each cost's surrogate, as long as g; may be empty.
    ///   - excess: cⱼ = Jⱼ − dⱼ in the unit of that surrogate, positive = violated.
    ///   - curvature: multiplies by H.
    /// - Returns: the step with its case, multipliers and predictions.
    /// - Throws: `NonFiniteError` naming the gradient, excess or product that is not finite, and what `curvature` throws.
    public func callAsFunction(
        gradient: [Double], costGradients: [[Double]], excess: [Double],
        curvature: ConjugateGradient.Product
    ) throws -> ConstrainedStepReport {
        precondition(
            costGradients.count == excess.count,
            "\(costGradients.count) constraints, \(excess.count) excesses")
        for (number, value) in excess.enumerated() where !value.isFinite {
            throw NonFiniteError("excess of cost \(number)")
        }
        let x = try solver.solve(gradient, name: "gradient of the reward surrogate", curvature)
        let p = try costGradients.enumerated().map { number, b in
            try solver.solve(b, name: "gradient of the surrogate of cost \(number)", curvature)
        }
        let problem = reduced(gradient, costGradients, excess, x.x, p.map(\.x))
        let solution =
            switch excess.count {
            case 0: problem.unconstrained(.unconstrained)
            case 1: problem.solvedForOne(gradientNorm: dot(costGradients[0], costGradients[0]))
            default: problem.solvedForSeveral()
            }
        var step = x.x.map { solution.reward * $0 }
        for (factor, p) in zip(solution.costs, p) where factor != 0 {
            for index in step.indices { step[index] += factor * p.x[index] }
        }
        return try report(step, solution, gradient, costGradients, excess, [x] + p, curvature)
    }

    private func reduced(
        _ g: [Double], _ b: [[Double]], _ c: [Double], _ x: [Double], _ p: [[Double]]
    ) -> ReducedProblem {
        var s = Matrix(c.count, c.count)
        // Of an inexact solution the two halves differ a little.
        for i in c.indices { for j in c.indices { s[i, j] = 0.5 * (dot(b[i], p[j]) + dot(b[j], p[i])) } }
        return ReducedProblem(
            q: max(dot(g, x), 0), r: p.map { -dot(g, $0) }, s: s, c: c, divergence: divergence)
    }

    private func report(
        _ step: [Double], _ solution: ReducedProblem.Solution, _ g: [Double], _ b: [[Double]], _ c: [Double],
        _ solved: [ConjugateGradient.Solution], _ curvature: ConjugateGradient.Product
    ) throws -> ConstrainedStepReport {
        var product = [Double](repeating: 0, count: step.count)
        try curvature(step, &product)
        let divergence = 0.5 * dot(step, product)
        guard divergence.isFinite else { throw NonFiniteError("step") }
        return ConstrainedStepReport(
            step: step, stepCase: solution.stepCase, trustMultiplier: solution.trustMultiplier,
            costMultipliers: solution.costMultipliers, discriminants: solution.discriminants,
            predictedGain: dot(g, step), predictedExcess: zip(b, c).map { dot($0, step) + $1 },
            predictedDivergence: divergence, residuals: solved.map(\.residual),
            products: solved.reduce(0) { $0 + $1.iterations })
    }
}
