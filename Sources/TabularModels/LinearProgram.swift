import Tensors

/// A small linear programme: maximise c·x where every row keeps to its bound and x ≥ 0.
///
/// Solved by the two-phase simplex method on a dense tableau. Bland's rule, which always takes the lowest index, ends it
/// also where vertices coincide; the solution is then computed afresh from its basis, so that pivoting leaves no error
/// behind. Meant for tens of rows: time grows with rows · columns for every pivot.
///
/// - SeeAlso: Bland 1977, "New finite pivoting rules for the simplex method".
package struct LinearProgram {
    /// How a row's sum and its bound compare.
    package enum Relation {
        case atMost
        case equal
    }

    /// Σ coefficients·x compared with a bound.
    package struct Row {
        package var coefficients: [Double]
        package var relation: Relation
        package var bound: Double

        package init(coefficients: [Double], relation: Relation, bound: Double) {
            (self.coefficients, self.relation, self.bound) = (coefficients, relation, bound)
        }
    }

    /// What a programme has come to.
    package enum Result {
        /// x, c·x, and a price for each row: at least 0 for `atMost`, any sign for `equal`.
        case optimal(x: [Double], value: Double, prices: [Double])
        /// No x keeps to all rows.
        case infeasible
        /// c·x grows without end.
        case unbounded
    }

    /// c.
    let objective: [Double]
    /// The constraints; every row has as many coefficients as there are variables.
    let rows: [Row]

    /// Poses a programme.
    package init(maximising objective: [Double], subjectTo rows: [Row]) {
        precondition(
            rows.allSatisfy { $0.coefficients.count == objective.count }, "rows of another length than c")
        (self.objective, self.rows) = (objective, rows)
    }

    /// Solves it.
    ///
    /// - Throws: `singular` where the last basis cannot be inverted, which rounding alone can bring about.
    package func solve() throws(LinearAlgebraError) -> Result {
        var tableau = Tableau(self)
        guard tableau.reachFeasibility() else { return .infeasible }
        guard tableau.reachOptimum() else { return .unbounded }
        return try solution(of: tableau.basis)
    }

    /// The vertex of a basis, and the prices of its rows.
    private func solution(of basis: [Int?]) throws(LinearAlgebraError) -> Result {
        let kept = rows.indices.filter { basis[$0] != nil }
        let columns = kept.compactMap { basis[$0] }
        // Redundant rows have no basic variable and the price 0.
        var matrix = Matrix(kept.count, kept.count)
        var right = Matrix(kept.count, 1)
        for (i, row) in kept.enumerated() {
            for (j, column) in columns.enumerated() { matrix[i, j] = coefficient(row, column) }
            right[i, 0] = rows[row].bound
        }
        let values = try matrix.solve(right)
        let gains = Matrix(columns.count, 1, columns.map { $0 < objective.count ? objective[$0] : 0 })
        let dual = try matrix.transposed().solve(gains)
        var x = [Double](repeating: 0, count: objective.count)
        for (i, column) in columns.enumerated() where column < x.count { x[column] = max(0, values[i, 0]) }
        var prices = [Double](repeating: 0, count: rows.count)
        for (i, row) in kept.enumerated() {
            prices[row] = rows[row].relation == .equal ? dual[i, 0] : max(0, dual[i, 0])
        }
        return .optimal(x: x, value: zip(x, objective).reduce(0) { $0 + $1.0 * $1.1 }, prices: prices)
    }

    /// A variable's coefficient in a row; the variables after x are the slacks of the rows, in order.
    fileprivate func coefficient(_ row: Int, _ column: Int) -> Double {
        if column < objective.count { return rows[row].coefficients[column] }
        return rows[row].relation == .atMost && column - objective.count == row ? 1 : 0
    }
}

/// The rows of a programme in terms of its basic variables.
private struct Tableau {
    /// Below this a number counts as 0: data are of the order of 1.
    private static let epsilon = 1e-11

    private let program: LinearProgram
    private let real: Int
    private let width: Int
    /// `[rows, width + 1]`, the last column being the right side, never negative.
    private var table: [[Double]]
    /// The basic variable of every row; artificial ones have numbers from `real` on, a redundant row has none.
    private(set) var basis: [Int?]

    init(_ program: LinearProgram) {
        let (variables, rows) = (program.objective.count, program.rows)
        (self.program, real, width) = (program, variables + rows.count, variables + 2 * rows.count)
        (table, basis) = ([], [])
        for index in rows.indices {
            let sign: Double = rows[index].bound < 0 ? -1 : 1
            var line = (0..<real).map { sign * program.coefficient(index, $0) }
            line += [Double](repeating: 0, count: rows.count) + [sign * rows[index].bound]
            // A slack that begins at 0 or more can be basic; other rows need an artificial variable.
            let canStart = rows[index].relation == .atMost && sign > 0
            if !canStart { line[real + index] = 1 }
            table.append(line)
            basis.append(canStart ? variables + index : real + index)
        }
    }

    /// Drives the artificial variables to 0 and out of the basis; false where they cannot be 0.
    mutating func reachFeasibility() -> Bool {
        var objective = [Double](repeating: 0, count: width)
        for column in real..<width { objective[column] = -1 }
        _ = improve(objective, columns: width)
        let rest = table.indices.reduce(0) { (basis[$1] ?? 0) >= real ? $0 + table[$1][width] : $0 }
        let scale = program.rows.reduce(1) { max($0, abs($1.bound)) }
        guard rest <= 1e-10 * scale else { return false }
        for row in table.indices where (basis[row] ?? 0) >= real {
            if let column = (0..<real).first(where: { abs(table[row][$0]) > 1e-9 }) {
                pivot(row, column)
            } else {
                basis[row] = nil
            }
        }
        return true
    }

    /// Maximises the programme's own objective; false where it grows without end.
    mutating func reachOptimum() -> Bool {
        improve(
            program.objective + [Double](repeating: 0, count: width - program.objective.count), columns: real)
    }

    /// Pivots until no column improves the objective.
    private mutating func improve(_ objective: [Double], columns: Int) -> Bool {
        while true {
            let entering = (0..<columns).first { column in
                let price = table.indices.reduce(0.0) { sum, row in
                    basis[row].map { sum + objective[$0] * table[row][column] } ?? sum
                }
                return objective[column] - price > Self.epsilon * 10 && !basis.contains(column)
            }
            guard let entering else { return true }
            guard let leaving = leavingRow(for: entering) else { return false }
            pivot(leaving, entering)
        }
    }

    /// The row that first reaches 0 as a variable grows; of several the one with the lowest basic variable.
    private func leavingRow(for column: Int) -> Int? {
        var best: (row: Int, ratio: Double, basic: Int)?
        for row in table.indices {
            guard let basic = basis[row], table[row][column] > Self.epsilon else { continue }
            let ratio = max(0, table[row][width]) / table[row][column]
            guard let current = best else {
                best = (row, ratio, basic)
                continue
            }
            let margin = Self.epsilon * max(1, current.ratio)
            if ratio < current.ratio - margin || (ratio <= current.ratio + margin && basic < current.basic) {
                best = (row, ratio, basic)
            }
        }
        return best?.row
    }

    private mutating func pivot(_ row: Int, _ column: Int) {
        let factor = table[row][column]
        for index in 0...width { table[row][index] /= factor }
        for other in table.indices where other != row && table[other][column] != 0 {
            let share = table[other][column]
            for index in 0...width { table[other][index] -= share * table[row][index] }
            table[other][column] = 0
        }
        table[row][column] = 1
        basis[row] = column
    }
}
