import Tensors

/// Ridge regression of a number on the scaled state and action, with products of two of them where wanted.
///
/// Least squares of the training rows plus `ridge` times the squared coefficients, the constant excepted; closed form.
public struct SignalRegression: Sendable, Equatable {
    /// Which products of the scaled columns it adds up.
    public enum Terms: String, Codable, Sendable {
        /// A constant and the columns.
        case linear
        /// Also their squares and products of two.
        case quadratic
    }

    /// Names and order of the columns of states and actions.
    public let variables: ModelVariables
    /// Which products it adds up.
    public let terms: Terms
    /// How states and actions were scaled.
    public let scale: ColumnScale
    /// One a term.
    public let coefficients: [Double]

    /// Fits a regression.
    ///
    /// - Parameters:
    ///   - targets: one a row of the data, finite.
    ///   - data: recorded transitions.
    ///   - rows: those to fit on; all where nil.
    ///   - terms: which products to add up.
    ///   - ridge: at least 0, per row.
    /// - Throws: `DynamicsError` for no rows, targets that are not finite or another ridge; `LinearAlgebraError` where the
    ///   columns do not determine the coefficients and the ridge is 0.
    public init(
        of targets: [Double], in data: ModelData, rows: [Int]? = nil, terms: Terms = .quadratic,
        ridge: Double = 1e-6
    ) throws {
        let rows = rows ?? Array(0..<data.count)
        guard !rows.isEmpty else { throw DynamicsError.noRows }
        guard targets.count == data.count else {
            throw DynamicsError.unequalLengths(
                column: "targets", rows: targets.count, expected: data.count)
        }
        guard ridge >= 0 && ridge.isFinite else {
            throw DynamicsError.outOfRange(option: "ridge", value: ridge, range: "[0, ∞)")
        }
        if let bad = rows.first(where: { !targets[$0].isFinite }) {
            throw DynamicsError.notFinite(column: "targets", row: bad)
        }
        let points = data.observations.rows(at: rows).joined(data.actions.rows(at: rows))
        let scale = ColumnScale(.standard, of: points)
        let design = Self.design(scale(points), terms)
        var normal = Matrix(design.columns, design.columns)
        DoubleProducts.gram(design.columns, design.rows, design.elements, &normal.elements)
        for term in 1..<design.columns { normal[term, term] += ridge * Double(rows.count) }
        let right = design.transposed() * Matrix(rows.count, 1, rows.map { targets[$0] })
        coefficients = try CholeskyFactor(normal).solve(right).elements
        (variables, self.terms, self.scale) = (data.variables, terms, scale)
    }

    /// The fitted number of each row.
    ///
    /// - Parameters:
    ///   - states: `[n, S]`.
    ///   - actions: `[n, A]`.
    /// - Returns: one a row.
    public func predict(_ states: Matrix, _ actions: Matrix) -> [Double] {
        let design = Self.design(scale(states.joined(actions)), terms)
        // In order and row by row, so that a row's value does not depend on the rows beside it.
        return (0..<design.rows).map { row in
            coefficients.indices.reduce(0) {
                $0 + coefficients[$1] * design.elements[row * design.columns + $1]
            }
        }
    }

    /// 1, the columns, and where wanted the products of column i with column j ≥ i.
    private static func design(_ points: Matrix, _ terms: Terms) -> Matrix {
        let d = points.columns
        let count = 1 + d + (terms == .quadratic ? d * (d + 1) / 2 : 0)
        var elements: [Double] = []
        elements.reserveCapacity(points.rows * count)
        for row in 0..<points.rows {
            let x = points.row(row)
            elements.append(1)
            elements.append(contentsOf: x)
            if terms == .linear { continue }
            for i in 0..<d { for j in i..<d { elements.append(x[i] * x[j]) } }
        }
        return Matrix(points.rows, count, elements)
    }
}
