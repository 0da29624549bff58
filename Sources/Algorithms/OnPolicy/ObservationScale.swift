import SafeRL

/// Running mean and deviation of observations, in whose units a policy sees them.
package struct ObservationScale: StoredValue, Equatable {
    /// Observations so far.
    private(set) var count = 0.0
    /// Mean, and sum of squared deviations from it.
    private(set) var means, squares: [Double]
    /// Farther from the mean, in deviations, nothing is told apart.
    private static let most = 10.0

    /// Knows nothing: observations are seen as they are.
    package init(size: Int) {
        means = [Double](repeating: 0, count: size)
        squares = means
    }

    /// Takes further observations in, by the formula for two samples.
    ///
    /// - Parameter observations: `[rows, size]`.
    package mutating func include(_ observations: Matrix) {
        let (rows, size) = (Double(observations.rows), means.count)
        guard rows > 0 else { return }
        for column in 0..<size {
            let values = stride(from: column, to: observations.elements.count, by: size).map {
                observations.elements[$0]
            }
            let mean = values.reduce(0, +) / rows
            let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let (shift, total) = (mean - means[column], count + rows)
            squares[column] += square + shift * shift * count * rows / total
            means[column] += shift * rows / total
        }
        count += rows
    }

    /// (x − mean) / deviation, within ±10; a number that never moved is seen as it is, less its mean.
    ///
    /// - Parameter observations: `[rows, size]`.
    /// - Returns: the same shape.
    package func scaled(_ observations: Matrix) -> Matrix {
        guard count > 1 else { return observations }
        var result = observations
        let factors = squares.map { $0 > 0 ? 1 / ($0 / count).squareRoot() : 1 }
        for index in result.elements.indices {
            let column = index % means.count
            let value = (result.elements[index] - means[column]) * factors[column]
            result.elements[index] = min(max(value, -Self.most), Self.most)
        }
        return result
    }

    /// Adds `scaled` to the steps of a network.
    package func add(after x: Int, to steps: inout NetworkSteps) -> Int {
        guard count > 1 else { return x }
        let deviation = squares.map { $0 > 0 ? ($0 / count).squareRoot() : 1 }
        return steps.clipped(to: Self.most, steps.normalised(mean: means, deviation: deviation, x))
    }

    /// As `StoredValue` says.
    package func check() throws(UnsoundValue) {
        guard count >= 0, count.isFinite, means.count == squares.count, !means.isEmpty else {
            throw UnsoundValue("the scale of observations does not fit together")
        }
        guard means.allSatisfy(\.isFinite), squares.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
            throw UnsoundValue("the scale of observations holds a number that is none")
        }
    }
}
