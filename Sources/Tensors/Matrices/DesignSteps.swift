import CKernels

/// The steps of an optimal design: how the sensitivities κ = fᵀM⁻¹f of many rows f change with a rank-one change of M.
package enum DesignSteps {
    /// Numbers from one row to the next: a multiple of 8, the rest being 0.
    package static func stride(_ columns: Int) -> Int { (columns + 7) / 8 * 8 }

    /// Where the largest κ is, and the smallest among rows of positive weight; the first of equals.
    package struct Extremes: Equatable, Sendable {
        package var largest: Int
        package var smallest: Int
        package init(largest: Int, smallest: Int) { (self.largest, self.smallest) = (largest, smallest) }
    }

    /// κ = (κ − beta·(f·u)²)·scale and w = w·shrink for all rows.
    ///
    /// - Parameters:
    ///   - f: rows, `[n, stride]`.
    ///   - stride: a multiple of 8.
    ///   - u: M⁻¹ times the row that changes, `[stride]`.
    ///   - beta: factor of the square.
    ///   - scale: factor of κ.
    ///   - shrink: factor of the weights.
    ///   - kappa: κ, `[n]`.
    ///   - weights: w, `[n]`.
    /// - Returns: the extremes afterwards; `smallest` is n if no weight is positive.
    package static func step(
        _ f: [Double], stride: Int, _ u: [Double], beta: Double, scale: Double, shrink: Double,
        kappa: inout [Double], weights: inout [Double]
    ) -> Extremes {
        let rows = kappa.count
        let parts = Shards.parts(rows: rows, elements: rows * stride, smallestPart: 256)
        var found = [Int](repeating: 0, count: 2 * parts)
        kappa.withUnsafeMutableBufferPointer { kappa in
            weights.withUnsafeMutableBufferPointer { weights in
                found.withUnsafeMutableBufferPointer { found in
                    f.withUnsafeBufferPointer { f in
                        u.withUnsafeBufferPointer { u in
                            guard let f = f.baseAddress, let u = u.baseAddress, let kappa = kappa.baseAddress,
                                let weights = weights.baseAddress, let found = found.baseAddress
                            else { return }
                            let work = Work(
                                f: f, u: u, kappa: kappa, weights: weights, found: found, stride: stride,
                                rows: rows, parts: parts, beta: beta, scale: scale, shrink: shrink)
                            Shards.run(parts, on: work) { $0.run($1) }
                        }
                    }
                }
            }
        }
        var result = Extremes(largest: found[0], smallest: rows)
        for part in 0..<parts {
            let (most, least) = (found[2 * part], found[2 * part + 1])
            if kappa[most] > kappa[result.largest] { result.largest = most }
            if least < rows && (result.smallest == rows || kappa[least] < kappa[result.smallest]) {
                result.smallest = least
            }
        }
        return result
    }

    private struct Work {
        let f, u: UnsafePointer<Double>
        let kappa, weights: UnsafeMutablePointer<Double>
        let found: UnsafeMutablePointer<Int>
        let stride, rows, parts: Int
        let beta, scale, shrink: Double

        func run(_ part: Int) {
            let range = Shards.range(part, of: parts, rows: rows)
            let first = range.lowerBound
            var (most, least) = (0, 0)
            ck_design_step(
                f + first * stride, stride, range.count, u, beta, scale, shrink, kappa + first,
                weights + first,
                &most, &least)
            found[2 * part] = first + most
            found[2 * part + 1] = least == range.count ? rows : first + least
        }
    }

    /// A·u for A `[rows, stride]` and u `[stride]`, written to the first numbers of a vector of `stride`.
    package static func product(_ a: [Double], stride: Int, rows: Int, _ u: UnsafePointer<Double>) -> [Double]
    {
        var result = [Double](repeating: 0, count: stride)
        ck_row_products(a, stride, rows, u, &result)
        return result
    }

    /// A = (A − beta·u·uᵀ)·scale for A `[rows, stride]`.
    package static func update(
        _ a: inout [Double], stride: Int, rows: Int, _ u: [Double], beta: Double, scale: Double
    ) {
        ck_rank_one(&a, stride, rows, u, beta, scale)
    }
}
