import Tensors

/// The point of least norm that keeps linear inequalities: min ‖y‖ subject to aᵢᵀy ≤ hᵢ.
///
/// The rows aᵢ are known by their inner products only, and y by its multipliers: y = −Σ μᵢ·aᵢ. The problem is solved as
/// least squares over μ ≥ 0, by active sets, which also says where no point keeps all inequalities.
///
/// - SeeAlso: Lawson and Hanson 1974, "Solving Least Squares Problems", chapter 23.
struct LeastNormPoint {
    /// μ ≥ 0.
    let multipliers: [Double]
    /// ‖y‖; infinite where no point keeps the inequalities, or none was found that does to ten digits.
    let norm: Double

    /// A point found elsewhere.
    init(multipliers: [Double], norm: Double) { (self.multipliers, self.norm) = (multipliers, norm) }

    /// Solves.
    ///
    /// - Parameters:
    ///   - gram: inner products of the rows, `[k, k]`, of unit rows.
    ///   - bounds: h.
    init(gram: Matrix, bounds: [Double]) {
        let zeros = [Double](repeating: 0, count: bounds.count)
        let scale = bounds.reduce(0) { max($0, abs($1)) }
        guard bounds.contains(where: { $0 < 0 }) else {
            (multipliers, norm) = (zeros, 0)
            return
        }
        let h = bounds.map { $0 / scale }
        let (u, active) = Self.nonnegative(gram, h)
        // ‖residual‖² of the least-squares problem: 0 where no point keeps the inequalities.
        let remainder = 1 + dot(h, u)
        guard remainder > 1e-13 else {
            (multipliers, norm) = (zeros, .infinity)
            return
        }
        let rough = u.map { $0 / remainder }
        let refined = Self.equalities(gram, h.map { -$0 }, active) ?? rough
        let found = refined.contains { $0 < 0 } ? rough : refined
        let isKept = h.indices.allSatisfy { row in
            h.indices.reduce(h[row]) { $0 + gram[row, $1] * found[$1] } >= -1e-10
        }
        // Larger ones cancel in y, and leave fewer than ten digits of it.
        let isExact = found.reduce(0, +) <= 1e5
        multipliers = found.map { $0 * scale }
        norm = isKept && isExact ? max(quadratic(gram, multipliers), 0).squareRoot() : .infinity
    }

    /// min ½uᵀGu + hᵀu over u ≥ 0, with G = gram + h·hᵀ: multipliers up to a factor, and which are not 0.
    private static func nonnegative(_ gram: Matrix, _ h: [Double]) -> ([Double], [Int]) {
        let k = h.count
        var g = gram
        for i in 0..<k { for j in 0..<k { g[i, j] += h[i] * h[j] } }
        var u = [Double](repeating: 0, count: k)
        var active: [Int] = []
        var barred: Set<Int> = []
        for _ in 0..<30 * k {
            let slope = (0..<k).map { i in -h[i] - (0..<k).reduce(0) { $0 + g[i, $1] * u[$1] } }
            let open = (0..<k).filter { !active.contains($0) && !barred.contains($0) && slope[$0] > 1e-13 }
            guard let next = open.max(by: { slope[$0] < slope[$1] }) else { break }
            let entered = active + [next]
            // A row that depends on the others, or that rounding alone lets in, gains nothing.
            guard let first = equalities(g, h.map { -$0 }, entered), first[next] > 0 else {
                barred.insert(next)
                continue
            }
            active = entered
            move(&u, &active, toward: first, g, h)
            barred.removeAll()
        }
        return (u, active)
    }

    /// Goes toward the solution on the active set, dropping what would become negative, until nothing does.
    private static func move(
        _ u: inout [Double], _ active: inout [Int], toward first: [Double], _ g: Matrix, _ h: [Double]
    ) {
        var goal = first
        while let (share, blocking) = active.filter({ goal[$0] <= 0 })
            .map({ (u[$0] > 0 ? u[$0] / (u[$0] - goal[$0]) : 0, $0) }).min(by: { $0.0 < $1.0 })
        {
            for index in active { u[index] += share * (goal[index] - u[index]) }
            active.removeAll { $0 == blocking || goal[$0] <= 0 && u[$0] <= 1e-15 }
            for index in u.indices where !active.contains(index) { u[index] = 0 }
            guard let next = equalities(g, h.map { -$0 }, active) else { return }
            goal = next
        }
        u = goal
    }

    /// The solution of A·x = b on the rows and columns of a set, 0 elsewhere; nil where they depend on each other.
    static func equalities(_ a: Matrix, _ b: [Double], _ set: [Int]) -> [Double]? {
        var result = [Double](repeating: 0, count: b.count)
        guard !set.isEmpty else { return result }
        let part = Matrix(set.count, set.count, set.flatMap { i in set.map { a[i, $0] } })
        guard let factor = try? CholeskyFactor(part),
            (0..<set.count).allSatisfy({ factor.lower[$0, $0] > 1e-7 }),
            let x = try? factor.solve(Matrix(set.count, 1, set.map { b[$0] }))
        else { return nil }
        for (place, index) in set.enumerated() { result[index] = x.elements[place] }
        return result
    }
}

/// vᵀ·A·v.
func quadratic(_ a: Matrix, _ v: [Double]) -> Double {
    var sum = 0.0
    for i in v.indices { for j in v.indices { sum += v[i] * a[i, j] * v[j] } }
    return sum
}
