import Tensors

/// The D-optimal design of vectors fᵢ: weights w on the simplex that maximise log det M(w), M(w) = Σ wᵢ·fᵢ·fᵢᵀ.
///
/// Its dual is the smallest ellipsoid around the origin that holds all ±fᵢ: {f : fᵀ·M(w)⁻¹·f ≤ r} for vectors of r numbers.
/// A design is optimal if and only if no sensitivity κᵢ = fᵢᵀ·M(w)⁻¹·fᵢ exceeds r, and then κᵢ = r where wᵢ > 0.
///
/// Solved by Frank–Wolfe steps toward the vector of largest κ or away from the weighted one of smallest κ, each with its
/// exact length, on a working set of vectors. When that is solved well enough, a pass over the others measures the gap of
/// the whole problem and brings in those that the working set misses. A pass also tells which vectors cannot carry weight
/// at the optimum; later passes leave them out, but for the last one, which is over all vectors again.
///
/// - SeeAlso: Atwood 1973, "Sequences converging to D-optimal designs of experiments"; Harman and Pronzato 2007,
///   "Improvements on removing nonoptimal support points in D-optimum design algorithms"; Todd 2016, "Minimum-volume
///   ellipsoids".
struct OptimalDesign: Sendable, Equatable {
    /// Numbers in a vector.
    let order: Int
    /// The gap that counts as optimal.
    let tolerance: Double
    /// Rows of the working set, rising.
    private(set) var active: [Int]
    /// Their weights, which sum to 1 but for rounding.
    private(set) var weights: [Double]
    /// Steps made.
    private(set) var iterations = 0
    /// max(max κ/r − 1, 1 − min κ/r over w > 0) at the last pass; infinite before the first.
    ///
    /// Once converged it is that over all vectors, before that over those that may carry weight.
    private(set) var gap = Double.infinity
    /// Whether the gap is within the tolerance.
    private(set) var isConverged = false

    /// Rows that may carry weight at the optimum, rising; nothing for all that are kept.
    private var candidates: [Int]?
    private let stride: Int
    private var vectors: [Double] = []
    private var kappa: [Double]
    private var inverse: [Double]
    private var extremes = DesignSteps.Extremes(largest: 0, smallest: 0)
    private var sinceFactor = 0
    /// The gap at which the working set is solved well enough for another pass.
    private var innerTolerance: Double

    /// Updates by rank one lose digits, so the factorisation is made anew after as many of them.
    private static let refactorAfter = 200
}

extension OptimalDesign {
    /// The vectors of a problem.
    struct Vectors {
        let product: ProductBasis
        let points: Matrix
        /// The rows that must be inside.
        let kept: [Int]
    }

    /// Starts with equal weights on the vectors that stick out most.
    ///
    /// - Parameters:
    ///   - vectors: the problem.
    ///   - ranked: the kept rows, that which sticks out least first.
    ///   - tolerance: of the gap, positive.
    /// - Throws: `singularMoments` if the kept vectors do not span the space.
    init(_ vectors: Vectors, ranked: some BidirectionalCollection<Int>, tolerance: Double)
        throws(GuardianError)
    {
        order = vectors.product.count
        self.tolerance = tolerance
        stride = DesignSteps.stride(order)
        (active, weights, kappa, inverse, innerTolerance) = ([], [], [], [], 0.2)
        var count = 4 * order
        while true {
            count = min(2 * count, ranked.count)
            active = ranked.suffix(count).sorted()
            weights = [Double](repeating: 1 / Double(count), count: count)
            do throws(GuardianError) {
                try lift(vectors)
                try refactor(vectors)
                return
            } catch {
                if count == ranked.count { throw error }
            }
        }
    }

    /// Makes steps, and passes over all vectors where they are due.
    ///
    /// The state afterwards depends on how many steps were made in all, not on how they were portioned.
    ///
    /// - Parameters:
    ///   - steps: at most as many; none once converged.
    ///   - vectors: the problem.
    /// - Throws: `singularMoments` if rounding has destroyed the moments.
    mutating func advance(_ steps: Int, _ vectors: Vectors) throws(GuardianError) {
        let end = iterations + steps
        while !isConverged {
            if workingGap <= innerTolerance {
                try pass(vectors)
            } else if iterations < end {
                try step(vectors)
            } else {
                return
            }
        }
    }

    /// The factor of M(w), and the vectors that carry weight.
    func factor() throws(GuardianError) -> CholeskyFactor {
        let carrying = weights.indices.filter { weights[$0] > 0 }
        var rows = [Double](repeating: 0, count: carrying.count * order)
        for (place, row) in carrying.enumerated() {
            let root = weights[row].squareRoot()
            for k in 0..<order { rows[place * order + k] = root * vectors[row * stride + k] }
        }
        var moments = Matrix(order, order)
        DoubleProducts.gram(order, carrying.count, rows, &moments.elements)
        do throws(LinearAlgebraError) {
            let factor = try CholeskyFactor(moments)
            for k in 0..<order where !(factor.lower[k, k] * factor.lower[k, k] > 1e-12 * moments[k, k]) {
                throw LinearAlgebraError.notPositiveDefinite(order: k + 1)
            }
            return factor
        } catch {
            if case .notPositiveDefinite(let order) = error { throw .singularMoments(order: order, ridge: 0) }
            throw .singularMoments(order: self.order, ridge: 0)
        }
    }

    private var workingGap: Double {
        max(kappa[extremes.largest] / Double(order) - 1, 1 - kappa[extremes.smallest] / Double(order))
    }

    /// One step of exact length, and what changes with it.
    private mutating func step(_ vectors: Vectors) throws(GuardianError) {
        let r = Double(order)
        let (far, near) = (extremes.largest, extremes.smallest)
        let isToward = kappa[far] - r >= r - kappa[near]
        let j = isToward ? far : near
        let (k, weight) = (kappa[j], weights[j])
        var length = k > 1 ? (k - r) / (r * (k - 1)) : -.infinity
        let drops = !isToward && length <= -weight / (1 - weight)
        if drops { length = -weight / (1 - weight) }
        let (beta, scale) = (length / (1 - length + length * k), 1 / (1 - length))
        let u = self.vectors.withUnsafeBufferPointer { f in
            f.baseAddress.map { DesignSteps.product(inverse, stride: stride, rows: order, $0 + j * stride) }
                ?? []
        }
        weights[j] = 0
        extremes = DesignSteps.step(
            self.vectors, stride: stride, u, beta: beta, scale: scale, shrink: 1 - length, kappa: &kappa,
            weights: &weights)
        if !drops {
            weights[j] = weight * (1 - length) + length
            let least = extremes.smallest
            if least == kappa.count || kappa[j] < kappa[least] || (kappa[j] == kappa[least] && j < least) {
                extremes.smallest = j
            }
        }
        DesignSteps.update(&inverse, stride: stride, rows: order, u, beta: beta, scale: scale)
        iterations += 1
        sinceFactor += 1
        if sinceFactor == Self.refactorAfter { try refactor(vectors) }
    }

    /// Measures the gap over all vectors; if it is too large, brings in those outside, farthest first.
    private mutating func pass(_ vectors: Vectors) throws(GuardianError) {
        let carrying = weights.indices.filter { weights[$0] > 0 }
        if carrying.count < active.count {
            active = carrying.map { active[$0] }
            weights = carrying.map { weights[$0] }
            try lift(vectors)
        }
        let triangle = try refactor(vectors)
        var asked = candidates ?? vectors.kept
        var all = vectors.product.norms(triangle, vectors.points, rows: asked)
        let r = Double(order)
        gap = max(all.reduce(0, max) / r - 1, workingGap)
        if gap <= tolerance && candidates != nil {
            (candidates, asked) = (nil, vectors.kept)
            all = vectors.product.norms(triangle, vectors.points, rows: asked)
            gap = max(all.reduce(0, max) / r - 1, workingGap)
        }
        isConverged = gap <= tolerance
        if isConverged { return }
        let inside = Set(active)
        let outside = all.indices.filter {
            all[$0] > r * (1 + tolerance / 2) && !inside.contains(asked[$0])
        }
        .sorted { all[$0] != all[$1] ? all[$0] > all[$1] : $0 < $1 }
        .prefix(16 * order)
        let least = leastOfSupport(largest: all.reduce(0, max))
        candidates = all.indices.filter { all[$0] >= least }.map { asked[$0] }
        let joined = (zip(active, weights).map { ($0, $1) } + outside.map { (asked[$0], 0) })
            .sorted { $0.0 < $1.0 }
        (active, weights) = (joined.map(\.0), joined.map(\.1))
        try lift(vectors)
        try refactor(vectors)
        innerTolerance = max(0.7 * tolerance, 0.2 * min(innerTolerance, gap))
    }

    /// What κ of a vector must reach, now, for it to carry weight at the optimum.
    ///
    /// - Parameter largest: κ of all that may carry weight.
    /// - Returns: less than r.
    private func leastOfSupport(largest: Double) -> Double {
        let r = Double(order)
        let excess = max(largest / r - 1, 0)
        let root = (excess * max(4 + excess - 4 / r, 0)).squareRoot()
        // Lower by more than what rounding can do to it.
        return r * (1 + excess / 2 - root / 2 - 1e-9)
    }

    /// The vectors of the working set.
    private mutating func lift(_ vectors: Vectors) throws(GuardianError) {
        self.vectors = vectors.product.lifted(vectors.points, rows: active, stride: stride)
    }

    /// M(w)⁻¹ and every κ of the working set anew.
    @discardableResult
    private mutating func refactor(_ vectors: Vectors) throws(GuardianError) -> ArrangedTriangle {
        let sum = weights.reduce(0, +)
        for row in weights.indices { weights[row] /= sum }
        let root = try factor().lower.inverseOfLower()
        var moments = Matrix(order, order)
        DoubleProducts.gram(order, order, root.elements, &moments.elements)
        inverse = [Double](repeating: 0, count: order * stride)
        for row in 0..<order {
            for column in 0..<order {
                inverse[row * stride + column] = moments[max(row, column), min(row, column)]
            }
        }
        let triangle = ArrangedTriangle(root)
        kappa = vectors.product.norms(triangle, vectors.points, rows: active)
        sinceFactor = 0
        extremes = DesignSteps.Extremes(largest: 0, smallest: kappa.count)
        for row in kappa.indices {
            if kappa[row] > kappa[extremes.largest] { extremes.largest = row }
            let least = extremes.smallest
            if weights[row] > 0 && (least == kappa.count || kappa[row] < kappa[least]) {
                extremes.smallest = row
            }
        }
        return triangle
    }
}

// MARK: - Records

extension OptimalDesign {
    /// What the JSON text of a stored design holds.
    struct Details: Codable {
        var iterations: Int
        var sinceFactor: Int
        var isConverged: Bool
        var largest: Int
        var smallest: Int
    }

    var details: Details {
        Details(
            iterations: iterations, sinceFactor: sinceFactor, isConverged: isConverged,
            largest: extremes.largest, smallest: extremes.smallest)
    }

    /// Everything that the next step needs, but for the vectors, which follow from the points.
    var arrays: [GuardianRecord.NumberArray] {
        [
            GuardianRecord.NumberArray("design.active", shape: [active.count], active.map(Double.init)),
            GuardianRecord.NumberArray("design.weights", shape: [active.count], weights),
            GuardianRecord.NumberArray("design.kappa", shape: [active.count], kappa),
            GuardianRecord.NumberArray("design.inverse", shape: [order, stride], inverse),
            // Nothing where all rows may carry weight: some always do.
            GuardianRecord.NumberArray(
                "design.candidates", shape: [candidates?.count ?? 0], candidates?.map(Double.init) ?? []),
            // A gap that is not known yet is written as −1.
            GuardianRecord.NumberArray(
                "design.gaps", shape: [2], [gap.isFinite ? gap : -1, innerTolerance]),
        ]
    }

    /// Goes on from a record.
    init(
        _ record: GuardianRecord, _ details: Details, _ vectors: Vectors, tolerance: Double
    ) throws(GuardianError) {
        order = vectors.product.count
        self.tolerance = tolerance
        stride = DesignSteps.stride(order)
        active = try record.integers("design.active", in: 0..<vectors.points.rows)
        weights = try record.values("design.weights", shape: [active.count])
        kappa = try record.values("design.kappa", shape: [active.count])
        inverse = try record.values("design.inverse", shape: [order, stride])
        let candidates = try record.integers("design.candidates", in: 0..<vectors.points.rows)
        self.candidates = candidates.isEmpty ? nil : candidates
        let gaps = try record.values("design.gaps", shape: [2])
        gap = gaps[0] < 0 ? .infinity : gaps[0]
        innerTolerance = gaps[1]
        (iterations, sinceFactor) = (details.iterations, details.sinceFactor)
        isConverged = details.isConverged
        extremes = DesignSteps.Extremes(largest: details.largest, smallest: details.smallest)
        guard zip(active, active.dropFirst()).allSatisfy({ $0 < $1 }), weights.allSatisfy({ $0 >= 0 }),
            zip(candidates, candidates.dropFirst()).allSatisfy({ $0 < $1 }),
            active.indices.contains(extremes.largest), active.indices.contains(extremes.smallest),
            Set(active + candidates).isSubset(of: vectors.kept), iterations >= 0,
            0..<Self.refactorAfter ~= sinceFactor
        else { throw record.malformed("its design is not consistent") }
        try lift(vectors)
    }
}
