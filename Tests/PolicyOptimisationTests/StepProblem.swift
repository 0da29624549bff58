import PolicyOptimisation
import Tensors
import Testing

/// A step problem with a matrix for H, and what it takes to prove a solution right without solving anything.
struct StepProblem {
    var h: Matrix
    var g: [Double]
    var b: [[Double]]
    var c: [Double]
    var delta = 0.01

    /// Constraints whose boundaries lie between `reach` of the trust region's radius from the origin.
    init(_ n: Int, constraints: Int, reach: Range<Float>, seed: UInt64) throws {
        var random = RandomNumbers(seed: seed)
        h = random.positiveDefinite(n)
        g = random.vector(n)
        b = (0..<constraints).map { _ in random.vector(n) }
        c = []
        for row in b {
            let p = try CholeskyFactor(h).solve(Matrix(n, 1, row))
            c.append(random.uniform(in: reach) * (2 * delta * inner(row, p.elements)).squareRoot())
        }
    }

    func solve() throws -> ConstrainedStepReport {
        try ConstrainedStep(divergence: delta, solver: thorough)(
            gradient: g, costGradients: b, excess: c, curvature: product(h))
    }

    /// H⁻¹·v.
    func solved(_ v: [Double]) throws -> [Double] {
        try CholeskyFactor(h).solve(Matrix(v.count, 1, v)).elements
    }

    /// The conditions of Karush, Kuhn and Tucker: for a convex problem they make the step a best one.
    func expectOptimal(_ report: ConstrainedStepReport, _ what: String, tolerance: Double = 1e-7) {
        let z = report.step, trust = report.trustMultiplier, costs = report.costMultipliers
        let norm = inner(g, g).squareRoot()
        let hz = (h * Matrix(z.count, 1, z)).elements
        let slack = zip(b, c).map { inner($0, z) + $1 }
        var rest = zip(g, hz).map { $0 - trust * $1 }
        for (nu, row) in zip(costs, b) { for index in rest.indices { rest[index] -= nu * row[index] } }
        #expect(inner(rest, rest).squareRoot() <= tolerance * norm, "\(what): stationary")
        #expect(trust >= 0 && costs.allSatisfy { $0 >= 0 }, "\(what): multipliers")
        #expect(0.5 * inner(z, hz) <= delta * (1 + tolerance), "\(what): trust region")
        #expect(trust * (delta - 0.5 * inner(z, hz)) <= tolerance * norm, "\(what): trust region used")
        for (nu, value) in zip(costs, slack) {
            #expect(value <= tolerance, "\(what): constraint")
            #expect(abs(nu * value) <= tolerance * norm, "\(what): constraint used")
        }
        #expect(report.stepCase != .recovery, "\(what)")
    }

    /// The step reaches a lower bound of the largest violation, which makes it a best one.
    ///
    /// For weights w of sum 1 the bound is cᵀw − √(2δ·wᵀSw); above 0 it proves that no step keeps all constraints.
    func expectBestRecovery(_ report: ConstrainedStepReport, _ what: String) throws {
        let total = report.costMultipliers.reduce(0, +)
        var mixed = g.map { _ in 0.0 }
        for (nu, row) in zip(report.costMultipliers, b) {
            for index in mixed.indices { mixed[index] += nu / total * row[index] }
        }
        let value = inner(c, report.costMultipliers) / total
        let bound = value - (2 * delta * inner(mixed, try solved(mixed))).squareRoot()
        let reached = try #require(zip(b, c).map { inner($0, report.step) + $1 }.max())
        let size = c.reduce(0) { max($0, abs($1)) }
        #expect(report.stepCase == .recovery && report.trustMultiplier == 0, "\(what)")
        #expect(reached > 0 && abs(reached - bound) <= 1e-7 * size, "\(what): \(reached) above \(bound)")
        #expect(0.5 * square(h, report.step) <= delta * (1 + 1e-9), "\(what): trust region")
    }

    /// No point near the step violates less; since the problem is convex, none does anywhere.
    func expectNoBetterNeighbour(_ report: ConstrainedStepReport, _ what: String) {
        func largest(_ z: [Double]) -> Double { zip(b, c).map { inner($0, z) + $1 }.max() ?? 0 }
        let reached = largest(report.step)
        var random = RandomNumbers(seed: 99)
        for scale in [0.1, 1e-2, 1e-4] {
            for _ in 0..<300 {
                var z = zip(report.step, random.vector(g.count, scale: scale)).map { $0 + $1 }
                let length = (0.5 * square(h, z) / delta).squareRoot()
                if length > 1 { z = z.map { $0 / length } }
                #expect(largest(z) >= reached - 1e-9, "\(what)")
            }
        }
        #expect(reached > 0 && 0.5 * square(h, report.step) <= delta * (1 + 1e-9), "\(what)")
    }
}
