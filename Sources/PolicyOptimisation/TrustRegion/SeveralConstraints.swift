import Foundation
import Tensors

extension ReducedProblem {
    /// The step for any number of constraints: exact, by a search over one multiplier with a small quadratic problem in
    /// each step, finished by the closed form of the constraints found to be active.
    ///
    /// Where no point of the trust region keeps all constraints, the step minimises maxⱼ(bⱼᵀz + cⱼ) in it. A violated
    /// constraint without a gradient makes that so too; the others are then brought to 0 at most.
    func solvedForSeveral() -> Solution {
        let reaching = c.indices.filter { s[$0, $0] > 0 }
        let unit = UnitProblem(self, reaching)
        let isHopeless = c.indices.contains { s[$0, $0] <= 0 && c[$0] > 0 }
        let nearest = unit.leastNorm(bounds: unit.c.map { -$0 })
        guard !isHopeless, let nearest, nearest.norm < 1 - 1e-12 else { return recovery(unit) }
        let stepCase: StepCase =
            c.contains { $0 > 0 } ? .returning : unit.c.contains { $0 >= -1 } ? .bounded : .interior
        return rescaled(unit.maximised(from: nearest), of: unit, stepCase)
    }

    /// Back from unit rows, unit gradient and unit trust region.
    private func rescaled(_ found: UnitProblem.Point, of unit: UnitProblem, _ stepCase: StepCase) -> Solution
    {
        let (radius, length) = ((2 * divergence).squareRoot(), q.squareRoot())
        var solution = Solution(
            stepCase: stepCase, reward: q > 0 ? found.reward * radius / length : 0, costs: c.map { _ in 0 },
            trustMultiplier: found.trustMultiplier * length / radius, costMultipliers: c.map { _ in 0 })
        for (place, index) in unit.rows.enumerated() {
            let row = s[index, index].squareRoot()
            solution.costs[index] = found.costs[place] * radius / row
            solution.costMultipliers[index] = found.costMultipliers[place] * length / row
        }
        return solution
    }

    /// The least t ≥ 0 for which some z of the trust region has bⱼᵀz + cⱼ ≤ t for all j that the step reaches, by
    /// bisection; and the z of least norm for it.
    private func recovery(_ unit: UnitProblem) -> Solution {
        let radius = (2 * divergence).squareRoot()
        let scales = unit.rows.map { radius * s[$0, $0].squareRoot() }
        func point(_ t: Double) -> LeastNormPoint? {
            let found = unit.leastNorm(bounds: zip(scales, unit.c).map { t / $0 - $1 })
            return found.flatMap { $0.norm <= 1 ? $0 : nil }
        }
        var high = max(unit.rows.map { c[$0] }.max() ?? 0, 0)
        var low = max(zip(unit.rows, scales).map { c[$0] - $1 }.max() ?? 0, 0)
        var best = point(low)
        if best == nil {
            for _ in 0..<200 where high - low > 1e-15 * high {
                let middle = low + 0.5 * (high - low)
                if let found = point(middle) { (high, best) = (middle, found) } else { low = middle }
            }
        }
        var solution = Solution(
            stepCase: .recovery, reward: 0, costs: c.map { _ in 0 }, costMultipliers: c.map { _ in 0 })
        for (place, index) in unit.rows.enumerated() {
            let multiplier = best.map { $0.multipliers[place] * radius / s[index, index].squareRoot() } ?? 0
            (solution.costs[index], solution.costMultipliers[index]) = (-multiplier, multiplier)
        }
        return solution
    }
}

/// The same problem with ‖x‖ = ‖pⱼ‖ = 1 and a trust region of radius 1, for constraints that have a gradient.
private struct UnitProblem {
    /// Places of the constraints in the whole problem.
    let rows: [Int]
    let gram: Matrix
    /// In [−1, 1] but for rounding.
    let r: [Double]
    /// Beyond 1 a constraint cannot be kept, below −1 it cannot be broken, inside the trust region.
    let c: [Double]
    let hasReward: Bool

    struct Point {
        var reward: Double
        var costs: [Double]
        var trustMultiplier: Double
        var costMultipliers: [Double]
    }

    init(_ problem: ReducedProblem, _ rows: [Int]) {
        let norms = rows.map { problem.s[$0, $0].squareRoot() }
        let (radius, length) = ((2 * problem.divergence).squareRoot(), problem.q.squareRoot())
        var gram = Matrix.identity(rows.count)
        for i in rows.indices {
            for j in rows.indices where i != j {
                gram[i, j] = problem.s[rows[i], rows[j]] / (norms[i] * norms[j])
            }
        }
        (self.rows, self.gram, hasReward) = (rows, gram, problem.q > 0)
        r = rows.indices.map { problem.q > 0 ? problem.r[rows[$0]] / (length * norms[$0]) : 0 }
        c = rows.indices.map { problem.c[rows[$0]] / (radius * norms[$0]) }
    }

    /// The point of least norm with pⱼᵀy ≤ boundsⱼ, among those of norm 1 at most; nil where a bound alone excludes it.
    ///
    /// Bounds that no such point reaches are left out.
    func leastNorm(bounds: [Double]) -> LeastNormPoint? {
        guard !bounds.contains(where: { $0 < -1 }) else { return nil }
        return leastNorm(among: bounds.indices.filter { bounds[$0] < 1 }, bounds)
    }

    private func leastNorm(among kept: [Int], _ bounds: [Double]) -> LeastNormPoint {
        let part = Matrix(kept.count, kept.count, kept.flatMap { i in kept.map { gram[i, $0] } })
        let found = LeastNormPoint(gram: part, bounds: kept.map { bounds[$0] })
        var multipliers = bounds.map { _ in 0.0 }
        for (place, index) in kept.enumerated() { multipliers[index] = found.multipliers[place] }
        return LeastNormPoint(multipliers: multipliers, norm: found.norm)
    }

    // MARK: - The largest gain

    /// The z of the unit ball with pⱼᵀz + cⱼ ≤ 0 that goes farthest along x; `nearest` is the one of least norm.
    ///
    /// For a multiplier λ the best point is the projection of x/λ on the constraints, z = (x − Σ νⱼpⱼ)/λ. Its norm falls
    /// as λ grows, so λ is where the norm becomes 1.
    func maximised(from nearest: LeastNormPoint) -> Point {
        guard hasReward else {
            return Point(
                reward: 0, costs: nearest.multipliers.map { -$0 }, trustMultiplier: 0,
                costMultipliers: nearest.multipliers)
        }
        var (low, high) = (1e-7, 1 / (1 - nearest.norm))
        var best: Point?
        for _ in 0..<120 where high > low * (1 + 1e-15) {
            let middle = (low * high).squareRoot()
            guard let nu = projection(middle) else {
                low = middle
                continue
            }
            // What meets all conditions for a best point is one, wherever the search is.
            let active = c.indices.filter { nu[$0] > 1e-9 * (nu.max() ?? 0) }
            if let exact = closedForm(active) { return exact }
            if 1 + 2 * dot(r, nu) + quadratic(gram, nu) <= middle * middle {
                high = middle
                best = Point(
                    reward: 1 / middle, costs: nu.map { -$0 / middle }, trustMultiplier: middle,
                    costMultipliers: nu)
            } else {
                low = middle
            }
        }
        // Of two evils: a step that keeps the constraints and gains less.
        if let best, excess(best).allSatisfy({ $0 <= 1e-7 }) { return best }
        return Point(
            reward: 0, costs: nearest.multipliers.map { -$0 }, trustMultiplier: 0,
            costMultipliers: c.map { _ in 0 })
    }

    /// The multipliers of the projection of x/λ on the constraints, times λ; nil where rounding spoils them.
    private func projection(_ l: Double) -> [Double]? {
        let found = leastNorm(among: c.indices.filter { c[$0] >= -1 }, zip(r, c).map { $0 - l * $1 })
        return found.norm.isFinite ? found.multipliers : nil
    }

    /// pⱼᵀz + cⱼ.
    private func excess(_ point: Point) -> [Double] {
        c.indices.map { row in
            c[row] - point.reward * r[row] + c.indices.reduce(0) { $0 + gram[row, $1] * point.costs[$1] }
        }
    }

    /// The solution if exactly these constraints are active; nil if it breaks others or needs a negative multiplier.
    private func closedForm(_ active: [Int]) -> Point? {
        guard let back = LeastNormPoint.equalities(gram, c, active),  // S⁻¹c
            let aside = LeastNormPoint.equalities(gram, r, active)  // S⁻¹r
        else { return nil }
        let a = 1 - dot(r, aside)
        let b = 1 - dot(c, back)
        guard b > 0 else { return nil }
        let l = a > dependentShare ? (a / b).squareRoot() : 0
        let along = l > 0 ? 1 / l : 0
        let nu = zip(back, aside).map { l * $0 - $1 }
        let costs = zip(back, aside).map { along * $1 - $0 }
        let point = Point(
            reward: along, costs: costs, trustMultiplier: l, costMultipliers: nu.map { max($0, 0) })
        let isBest = nu.allSatisfy { $0 >= -1e-9 } && excess(point).allSatisfy { $0 <= 1e-9 }
        return isBest ? point : nil
    }
}
