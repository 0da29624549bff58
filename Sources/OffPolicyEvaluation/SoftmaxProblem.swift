import Foundation
import Tensors

/// Mean and deviation of columns; constant columns keep their scale.
struct RowScale: Sendable {
    let means, deviations: [Double]

    init(_ rows: [[Double]]) {
        let size = rows.first?.count ?? 0
        let count = Double(max(rows.count, 1))
        means = (0..<size).map { column in rows.reduce(0) { $0 + $1[column] } / count }
        let means = means
        deviations = (0..<size).map { column in
            let squares = rows.reduce(0) { sum, row in
                sum + (row[column] - means[column]) * (row[column] - means[column])
            }
            let deviation = (squares / count).squareRoot()
            return deviation > 0 ? deviation : 1
        }
    }

    func standardised(_ row: [Double]) -> [Double] {
        row.indices.map { (row[$0] - means[$0]) / deviations[$0] }
    }

    /// The standardised rows behind a column of ones, `[rows, 1 + size]`.
    func design(_ rows: [[Double]]) -> Matrix {
        Matrix(rows.count, means.count + 1, rows.flatMap { [1] + standardised($0) })
    }
}

/// Replaces scores by probabilities.
func softmax(_ scores: inout ArraySlice<Double>) {
    let largest = scores.max() ?? 0
    var sum = 0.0
    for index in scores.indices {
        scores[index] = exp(scores[index] - largest)
        sum += scores[index]
    }
    for index in scores.indices { scores[index] /= sum }
}

/// The penalised likelihood of a multinomial logistic regression, and its climb.
struct SoftmaxProblem {
    private let rows: Matrix
    private let transposed: Matrix
    private let labels: [Int]
    private let classes: Int
    private let ridge: Double
    /// `[features, classes]`; rows sum to 0.
    private(set) var weights: Matrix
    private(set) var meanLogLikelihood = 0.0

    init(rows: Matrix, labels: [Int], classes: Int, ridge: Double) {
        (self.rows, self.labels, self.classes, self.ridge) = (rows, labels, classes, ridge)
        transposed = rows.transposed()
        weights = Matrix(rows.columns, classes)
    }

    /// Climbs until no element of the gradient is above `tolerance` for each row.
    ///
    /// - Returns: steps made.
    mutating func climb(to tolerance: Double) throws(OffPolicyError) -> Int {
        // The curvature is at most XᵀX/2 + ridge in the space where classes sum to 0, in which all steps stay.
        var bound = transposed * rows
        for index in bound.elements.indices { bound.elements[index] /= 2 }
        for index in 0..<bound.rows { bound[index, index] += ridge }
        let factor: CholeskyFactor
        do { factor = try CholeskyFactor(bound) } catch { throw .noSolution("\(error)") }
        var (ahead, momentum) = (weights, 1.0)
        var here = value(at: weights)
        for iteration in 0..<10_000 {
            let (gradient, _) = derivative(at: ahead)
            if (gradient.elements.map { abs($0) }.max() ?? 0) <= tolerance * Double(rows.rows) {
                weights = ahead
                meanLogLikelihood = derivative(at: weights).logLikelihood / Double(rows.rows)
                return iteration
            }
            let step: Matrix
            do { step = try factor.solve(gradient) } catch { throw .noSolution("\(error)") }
            let next = ahead.adding(step, times: 1)
            let there = value(at: next)
            if there < here && momentum > 1 {
                (ahead, momentum) = (weights, 1)
                continue
            }
            let longer = (1 + (1 + 4 * momentum * momentum).squareRoot()) / 2
            let change = next.adding(weights, times: -1)
            ahead = next.adding(change, times: (momentum - 1) / longer)
            (weights, momentum, here) = (next, longer, there)
        }
        throw .noSolution("the behaviour's likelihood still rises after 10,000 steps; use a larger ridge")
    }

    private func value(at weights: Matrix) -> Double {
        derivative(at: weights).logLikelihood
            - ridge / 2 * weights.elements.reduce(0) { $0 + $1 * $1 }
    }

    /// The gradient of the penalised likelihood, and the likelihood without the penalty.
    private func derivative(at weights: Matrix) -> (gradient: Matrix, logLikelihood: Double) {
        var errors = rows * weights
        var sum = 0.0
        for (row, label) in labels.enumerated() {
            let range = row * classes..<(row + 1) * classes
            softmax(&errors.elements[range])
            sum += log(max(errors[row, label], .leastNormalMagnitude))
            for index in range { errors.elements[index] = -errors.elements[index] }
            errors[row, label] += 1
        }
        return ((transposed * errors).adding(weights, times: -ridge), sum)
    }
}

extension Matrix {
    /// The sum with a multiple of another matrix of the same shape.
    func adding(_ other: Matrix, times factor: Double) -> Matrix {
        precondition(rows == other.rows && columns == other.columns, "shapes differ")
        return Matrix(rows, columns, zip(elements, other.elements).map { $0 + factor * $1 })
    }
}
