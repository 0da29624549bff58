import CKernels

/// A basis of polynomials of several variables, and what is computed from it for many points: the points lifted.
///
/// Element 0 is the constant 1; every other is an earlier element times a polynomial of one variable, which come from a
/// recurrence P₀ = 1, P₁ = x, Pₙ = factor·x·Pₙ₋₁ − shift·Pₙ₋₂. What comes out for a point depends neither on the points
/// beside it nor on the number of threads.
package struct ProductBasis: Sendable {
    /// An element as the product of an earlier one and polynomial `power` of a variable.
    package struct Step: Sendable {
        let element, variable, power: Int
        package init(element: Int, variable: Int, power: Int) {
            (self.element, self.variable, self.power) = (element, variable, power)
        }
    }

    /// Numbers in a point.
    package let variables: Int
    /// Elements chosen.
    package let count: Int
    private let all: Int
    private let chosen: [Int]?
    private let factor, shift: [Double]
    private let element, variable, power: [Int32]
    private let monomials: [QuadraticMoments.Monomial]?

    /// Keeps a basis.
    ///
    /// - Parameters:
    ///   - variables: at least 1.
    ///   - recurrence: factor and shift of Pₙ, from n = 2 on.
    ///   - steps: of elements 1, 2 and so on.
    ///   - chosen: which elements are wanted, in which order.
    package init(
        variables: Int, recurrence: [(factor: Double, shift: Double)], steps: [Step], chosen: [Int]
    ) {
        self.variables = variables
        all = steps.count + 1
        count = chosen.count
        self.chosen = chosen == Array(0..<all) ? nil : chosen
        precondition(chosen.allSatisfy((0..<all).contains), "an element beyond the \(all) of the basis")
        factor = [0, 0] + recurrence.map(\.factor)
        shift = [0, 0] + recurrence.map(\.shift)
        element = [0] + steps.map { Int32($0.element) }
        variable = [0] + steps.map { Int32($0.variable) }
        power = [0] + steps.map { Int32($0.power) }
        for (index, step) in steps.enumerated() {
            precondition(
                0...index ~= step.element && 0..<variables ~= step.variable && 1..<factor.count ~= step.power,
                "element \(index + 1) is not made of earlier ones")
        }
        monomials = QuadraticMoments.monomials(recurrence: recurrence, steps: steps, chosen: chosen)
    }

    /// The elements at points.
    ///
    /// - Parameters:
    ///   - points: `[n, variables]`.
    ///   - rows: which of them.
    ///   - stride: numbers from one row of the result to the next, at least `count`.
    /// - Returns: `[rows.count, stride]`, 0 beyond `count`.
    package func lifted(_ points: Matrix, rows: [Int], stride: Int) -> [Double] {
        var result = [Double](repeating: 0, count: rows.count * stride)
        result.withUnsafeMutableBufferPointer { result in
            guard let result = result.baseAddress else { return }
            overGroups(points, rows) { e, first, here in
                for j in 0..<here {
                    let line = result + (first + j) * stride
                    for i in 0..<count { line[i] = e[i * Self.width + j] }
                }
            }
        }
        return result
    }

    /// ‖T e(x)‖² of points.
    ///
    /// - Parameters:
    ///   - triangle: T, of order `count`.
    ///   - points: `[n, variables]`.
    ///   - rows: which of them; nothing for all.
    /// - Returns: one number for each of the rows.
    package func norms(_ triangle: ArrangedTriangle, _ points: Matrix, rows: [Int]? = nil) -> [Double] {
        precondition(triangle.order == count, "a triangle of order \(triangle.order) for \(count) elements")
        var result = [Double](repeating: 0, count: rows?.count ?? points.rows)
        result.withUnsafeMutableBufferPointer { result in
            triangle.panels.withUnsafeBufferPointer { panels in
                guard let result = result.baseAddress, let panels = panels.baseAddress else { return }
                overGroups(points, rows) { e, first, here in
                    withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.width) { q in
                        guard let q = q.baseAddress else { return }
                        ck_triangle_norms(panels, count, e, q)
                        (result + first).update(from: q, count: here)
                    }
                }
            }
        }
        return result
    }

    /// Σ e(x) e(x)ᵀ / n, the matrix of second moments.
    ///
    /// The points are summed in a fixed number of parts, so that the number of threads does not count.
    ///
    /// - Parameters:
    ///   - points: `[n, variables]`.
    ///   - rows: which of them; nothing for all.
    /// - Returns: `[count, count]`, symmetric.
    package func moments(_ points: Matrix, rows: [Int]? = nil) -> Matrix {
        let total = rows?.count ?? points.rows
        let parts = min(Shards.most, max(1, total / Self.block))
        let size = count * count
        let quadratic = monomials.flatMap { QuadraticMoments(variables: variables, elements: $0) }
        var sums = [Double](repeating: 0, count: parts * size)
        sums.withUnsafeMutableBufferPointer { sums in
            guard let sums = sums.baseAddress else { return }
            Shards.run(parts, on: (self, points, rows, quadratic, sums)) { work, part in
                let (basis, points, rows, quadratic, sums) = work
                let range = Shards.range(part, of: parts, rows: rows?.count ?? points.rows)
                basis.addMoments(
                    points, rows, range, quadratic, to: sums + part * basis.count * basis.count)
            }
        }
        var result = Matrix(count, count)
        for row in 0..<count {
            for column in 0...row {
                var sum = 0.0
                let place = quadratic?.places[row * count + column] ?? row * count + column
                for part in 0..<parts { sum += sums[part * size + place] }
                result[row, column] = sum / Double(total)
                result[column, row] = sum / Double(total)
            }
        }
        return result
    }
}

extension ProductBasis {
    /// Points whose moments are taken by one product.
    private static let block = 512

    /// Adds Σ e(x) e(x)ᵀ of a range of the rows to a matrix: to its lower triangle, or to the places that are read.
    private func addMoments(
        _ points: Matrix, _ rows: [Int]?, _ range: Range<Int>, _ quadratic: QuadraticMoments?,
        to sums: UnsafeMutablePointer<Double>
    ) {
        // A row holds one element at all points of a block, as groups of points come; its length is no power of two, so
        // that equal places of the rows do not fight for the same lines of the cache.
        let stride = Self.block + 8
        withUnsafeTemporaryAllocation(of: Double.self, capacity: count * stride) { scratch in
            guard let lifted = scratch.baseAddress else { return }
            Shards.inBlocks(of: Self.block, range) { range in
                overGroups(points, range.map { rows?[$0] ?? $0 }) { e, first, here in
                    for i in 0..<count {
                        (lifted + i * stride + first).update(from: e + i * Self.width, count: here)
                    }
                }
                guard let quadratic else {
                    DoubleProducts.gramOfRows(count, range.count, lifted, lda: stride, beta: 1, sums)
                    return
                }
                let whole = (range.count + 7) / 8 * 8
                for i in 0..<count {
                    (lifted + i * stride + range.count).update(repeating: 0, count: whole - range.count)
                }
                for (rows, columns) in quadratic.blocks.map({ ($0.rows, $0.columns) }) {
                    ck_add_row_products(
                        lifted, stride, whole, rows, rows.count, columns, columns.count, sums, count)
                }
            }
        }
    }
}

/// A lower triangular matrix, arranged for norms of many vectors.
package struct ArrangedTriangle: Sendable {
    /// Rows and columns.
    package let order: Int
    fileprivate let panels: [Double]

    /// Arranges the lower triangle of a square matrix.
    package init(_ lower: Matrix) {
        precondition(lower.rows == lower.columns, "\(lower.rows) × \(lower.columns) is not square")
        order = lower.rows
        var panels = [Double](repeating: 0, count: ck_triangle_size(order))
        ck_arrange_triangle(lower.elements, order, &panels)
        self.panels = panels
    }
}

extension ProductBasis {
    /// Points lifted together.
    private static let width = Int(CK_POINTS)

    /// Lifts groups of points on several threads and hands each group on: `[count, 16]`, its first place in `rows`, and how
    /// many of the 16 are meant.
    private func overGroups(
        _ points: Matrix, _ rows: [Int]?,
        _ body: @escaping (_ e: UnsafePointer<Double>, _ first: Int, _ here: Int) -> Void
    ) {
        precondition(
            points.columns == variables, "points of \(points.columns) numbers, \(variables) variables")
        points.elements.withUnsafeBufferPointer { numbers in
            guard let numbers = numbers.baseAddress else { return }
            Shards.overBlocks(rows?.count ?? points.rows, of: 16 * Self.width) { block in
                withBasis { basis in
                    inScratch(max(ck_lift_scratch(basis), count * Self.width)) { x, e, scratch in
                        for first in stride(from: block.lowerBound, to: block.upperBound, by: Self.width) {
                            let here = min(Self.width, block.upperBound - first)
                            // A group that is not full repeats its last point.
                            for j in 0..<Self.width {
                                let place = first + min(j, here - 1)
                                let point = numbers + (rows?[place] ?? place) * variables
                                for k in 0..<variables { x[k * Self.width + j] = point[k] }
                            }
                            ck_lift(basis, x, e, scratch)
                            body(select(e, scratch), first, here)
                        }
                    }
                }
            }
        }
    }

    /// The chosen ones of all elements, in their order, gathered in `scratch` where they are not all.
    private func select(_ e: UnsafePointer<Double>, _ scratch: UnsafeMutablePointer<Double>)
        -> UnsafePointer<Double>
    {
        guard let chosen else { return e }
        for (place, element) in chosen.enumerated() {
            (scratch + place * Self.width).update(from: e + element * Self.width, count: Self.width)
        }
        return UnsafePointer(scratch)
    }

    private func withBasis(_ body: (UnsafePointer<ck_basis>) -> Void) {
        factor.withUnsafeBufferPointer { factor in
            shift.withUnsafeBufferPointer { shift in
                element.withUnsafeBufferPointer { element in
                    variable.withUnsafeBufferPointer { variable in
                        power.withUnsafeBufferPointer { power in
                            var basis = ck_basis(
                                variables: variables, degree: factor.count - 1, count: all,
                                factor: factor.baseAddress, shift: shift.baseAddress,
                                element: element.baseAddress,
                                variable: variable.baseAddress, power: power.baseAddress)
                            withUnsafePointer(to: &basis, body)
                        }
                    }
                }
            }
        }
    }

    private func inScratch(
        _ size: Int,
        _ body: (
            _ x: UnsafeMutablePointer<Double>, _ e: UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>
        ) -> Void
    ) {
        let (x, e) = (variables * Self.width, all * Self.width)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: x + e + size) { scratch in
            guard let scratch = scratch.baseAddress else { return }
            body(scratch, scratch + x, scratch + x + e)
        }
    }
}
