import Tensors

/// Coordinates in which recorded states vary by 1 in every direction and together in none.
///
/// Directions in which they hardly vary, such as columns that repeat others or hold rounding errors, are left out.
struct Whitening: Sendable {
    private let means: [Double]
    /// `[numbers, directions]`: from states to coordinates.
    private let forward: Matrix
    /// `[directions, numbers]`: back to states.
    private let backward: Matrix

    /// Columns whose deviation is below this share of the largest count as constant.
    private static let leastDeviation = 1e-5
    /// Directions of standardised states with less variance are left out.
    private static let leastVariance = 1e-4
    /// Coordinates farther from 0 count as so far.
    static let farthest = 5.0

    /// Finds the directions.
    ///
    /// - Parameters:
    ///   - elements: rows of states, one at least.
    ///   - size: numbers in a row.
    /// - Throws: `OffPolicyError.noSolution`.
    init(_ elements: [Float], size: Int) throws(OffPolicyError) {
        let rows = elements.count / size
        var (means, squares) = ([Double](repeating: 0, count: size), [Double](repeating: 0, count: size))
        for (place, value) in elements.enumerated() { means[place % size] += Double(value) / Double(rows) }
        var standard = Matrix(rows, size)
        for (place, value) in elements.enumerated() {
            let difference = Double(value) - means[place % size]
            standard.elements[place] = difference
            squares[place % size] += difference * difference / Double(rows)
        }
        let spreads = squares.map { $0.squareRoot() }
        let largest = spreads.max() ?? 0
        let inverse = spreads.map { $0 > Self.leastDeviation * largest ? 1 / $0 : 0 }
        for place in standard.elements.indices { standard.elements[place] *= inverse[place % size] }
        var covariance = Matrix(size, size)
        DoubleProducts.gram(
            size, rows, alpha: 1 / Double(max(rows, 1)), standard.elements, &covariance.elements)
        let eigen: SymmetricEigen
        do { eigen = try SymmetricEigen(covariance) } catch { throw .noSolution("\(error)") }
        let kept = eigen.values.indices.filter { eigen.values[$0] > Self.leastVariance }
        var (forward, backward) = (Matrix(size, kept.count), Matrix(kept.count, size))
        for (place, direction) in kept.enumerated() {
            for column in 0..<size {
                let (share, root) = (eigen.vectors[column, direction], eigen.values[direction].squareRoot())
                forward[column, place] = share * inverse[column] / root
                if inverse[column] > 0 { backward[place, column] = share * spreads[column] * root }
            }
        }
        (self.means, self.forward, self.backward) = (means, forward, backward)
    }

    /// Number of coordinates.
    var count: Int { forward.columns }

    /// The coordinates of states, `[rows, count]`, cut at `farthest` where they are inputs.
    func coordinates(_ states: ArraySlice<Float>, isCut: Bool = true) -> Matrix {
        let size = means.count
        var centred = Matrix(states.count / size, size)
        for (place, value) in states.enumerated() {
            centred.elements[place] = Double(value) - means[place % size]
        }
        var result = centred * forward
        guard isCut else { return result }
        for index in result.elements.indices {
            result.elements[index] = min(max(result.elements[index], -Self.farthest), Self.farthest)
        }
        return result
    }

    /// The states at coordinates, `[rows, numbers]`: what was left out is as on the mean.
    func states(at coordinates: Matrix) -> [Float] {
        let back = coordinates * backward
        return back.elements.enumerated().map { Float($0.element + means[$0.offset % means.count]) }
    }
}
