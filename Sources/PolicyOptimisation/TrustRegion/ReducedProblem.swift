import Tensors

/// The step problem in the few numbers that decide it: the step is α·x + Σ βⱼ·pⱼ with x = H⁻¹g and pⱼ = H⁻¹bⱼ.
struct ReducedProblem {
    /// q = gᵀx, at least 0.
    let q: Double
    /// rⱼ = −gᵀpⱼ: negative where reward and cost rise together.
    let r: [Double]
    /// Sᵢⱼ = bᵢᵀpⱼ, symmetric.
    let s: Matrix
    /// cⱼ, positive = violated.
    let c: [Double]
    /// δ, the largest ½zᵀHz; positive.
    let divergence: Double

    /// What the step is made of.
    struct Solution {
        var stepCase: StepCase
        /// α.
        var reward: Double
        /// βⱼ.
        var costs: [Double]
        /// λ.
        var trustMultiplier = 0.0
        /// νⱼ.
        var costMultipliers: [Double]
        /// A and B, where there is one constraint.
        var discriminants: StepDiscriminants?
    }

    /// The step without constraints: √(2δ/q)·x.
    func unconstrained(_ stepCase: StepCase) -> Solution {
        Solution(
            stepCase: stepCase, reward: q > 0 ? (2 * divergence / q).squareRoot() : 0,
            costs: c.map { _ in 0 }, trustMultiplier: (q / (2 * divergence)).squareRoot(),
            costMultipliers: c.map { _ in 0 })
    }
}

/// Share of q below which A counts as 0: there the reward's gradient is a combination of the costs', and what is left of
/// it is rounding.
let dependentShare = 1e-12

// MARK: - One constraint

extension ReducedProblem {
    /// The closed form for one constraint.
    ///
    /// - Parameter gradientNorm: bᵀb.
    /// - Returns: the step with its case.
    /// - SeeAlso: Achiam et al. 2017, "Constrained Policy Optimization", arXiv:1705.10528, theorem 2.
    /// - Returns: the result, as said above.
    func solvedForOne(gradientNorm: Double) -> Solution {
        let (r, s, c) = (r[0], s[0, 0], c[0])
        if c < 0 && (gradientNorm <= 1e-6 || s <= 0) { return unconstrained(.insensitive) }
        if s <= 0 {  // nothing that the step could do about the cost
            return c > 0
                ? Solution(stepCase: .recovery, reward: 0, costs: [0], costMultipliers: [0])
                : unconstrained(.insensitive)
        }
        let share = q - r * r / s
        let a = share > dependentShare * q ? share : 0
        let b = 2 * divergence - c * c / s
        var solution: Solution
        if c >= 0 && b <= 0 {
            let length = (2 * divergence / s).squareRoot()
            solution = Solution(
                stepCase: .recovery, reward: 0, costs: [-length], costMultipliers: [length])
        } else if c < 0 && b < 0 {
            solution = unconstrained(.interior)
        } else {
            solution = dual(a, b)
        }
        solution.discriminants = StepDiscriminants(a: share, b: b)
        return solution
    }

    /// The better of the dual's two branches: with the constraint active, f_a, and without, f_b.
    private func dual(_ a: Double, _ b: Double) -> Solution {
        let (r, s, c, wide) = (r[0], s[0, 0], c[0], 2 * divergence)
        let stepCase: StepCase = c < 0 ? .bounded : .returning
        func active(_ l: Double) -> Double {
            l > 0 ? -0.5 * (a / l + b * l) - r * c / s : a > 0 ? -.infinity : -r * c / s
        }
        func inactive(_ l: Double) -> Double {
            l > 0 ? -0.5 * (q / l + wide * l) : q > 0 ? -.infinity : 0
        }
        var candidates: [(multiplier: Double, value: Double)] = []
        if let interval = multipliers(activeIf: true) {
            let l = (a > 0 ? (a / b).squareRoot() : 0).projected(on: interval)  // infinite for b = 0
            candidates.append((l, active(l)))
        }
        if let interval = multipliers(activeIf: false) {
            let l = (q / wide).squareRoot().projected(on: interval)
            candidates.append((l, inactive(l)))
        }
        // The two intervals cover all λ ≥ 0, so there is a candidate.
        let l = candidates.max { $0.value < $1.value }?.multiplier ?? 0
        let nu = max(0, l * c - r) / s
        // z = (x − ν·p)/λ, written so that λ = 0 and ν > 0 give the nearest point of the boundary.
        let along = l > 0 && (a > 0 || nu == 0) && q > 0 ? 1 / l : 0
        let cost = nu > 0 || (q == 0 && c > 0) ? -c / s + along * r / s : 0
        return Solution(
            stepCase: stepCase, reward: along, costs: [cost], trustMultiplier: l, costMultipliers: [nu])
    }

    /// The λ ≥ 0 with λc − r ≥ 0, where the constraint is active, or ≤ 0; nil where there is none.
    private func multipliers(activeIf isActive: Bool) -> ClosedRange<Double>? {
        let (r, c) = (r[0], c[0])
        if c == 0 { return (r <= 0) == isActive || r == 0 ? 0...Double.infinity : nil }
        let edge = r / c
        return (c > 0) == isActive ? max(edge, 0)...Double.infinity : edge >= 0 ? 0...edge : nil
    }
}

extension Double {
    fileprivate func projected(on interval: ClosedRange<Double>) -> Double {
        Swift.min(Swift.max(self, interval.lowerBound), interval.upperBound)
    }
}
