import Foundation
import Tensors

/// N(μ(s), diag(σ²)): means from the network, log standard deviations shared by all states.
///
/// Actions are not clipped.
struct GaussianActions: ActionDistribution {
    let outputs: Int
    var sharedCount: Int { outputs }
    var takesAllowed: Bool { false }
    /// −∂² log N/∂(ln σ)², in the mean.
    var sharedFisher: Double { 2 }

    func settle(_ rows: inout Matrix, allowed: [Bool]?) {}

    func check(_ actions: PolicyActions) {
        guard case .vectors(let vectors) = actions, vectors.columns == outputs else {
            preconditionFailure("a Gaussian policy over \(outputs) numbers needs action vectors of that size")
        }
    }

    /// The action of a row in one coordinate.
    private func value(_ actions: PolicyActions, _ row: Int, _ column: Int) -> Double {
        guard case .vectors(let vectors) = actions else { return .nan }
        return vectors.elements[row * outputs + column]
    }

    func logProbability(of actions: PolicyActions, row: Int, at point: ActionPoint) -> Double {
        var sum = 0.0
        for column in 0..<outputs {
            let logDeviation = point.shared[column]
            let distance = value(actions, row, column) - point.rows.elements[row * outputs + column]
            let z = distance / exp(logDeviation)
            sum -= 0.5 * z * z + logDeviation + halfLogTwoPi
        }
        return sum
    }

    func score(
        of actions: PolicyActions, row: Int, weight: Double, at point: ActionPoint,
        outputs result: UnsafeMutablePointer<Double>, shared: inout [Double]
    ) {
        for column in 0..<outputs {
            let deviation = exp(point.shared[column])
            let z = (value(actions, row, column) - point.rows.elements[row * outputs + column]) / deviation
            result[column] = weight * z / deviation
            shared[column] += weight * (z * z - 1)
        }
    }

    func entropy(row: Int, at point: ActionPoint) -> Double {
        point.shared.reduce(0) { $0 + $1 + halfLogTwoPi + 0.5 }
    }

    func addEntropyGradient(
        row: Int, weight: Double, at point: ActionPoint, outputs result: UnsafeMutablePointer<Double>,
        shared: inout [Double]
    ) {
        for column in 0..<outputs { shared[column] += weight }
    }

    /// Σ ln(σₙ/σₒ) + (σₒ² + (μₒ − μₙ)²)/(2σₙ²) − ½.
    func divergence(row: Int, from old: ActionPoint, to new: ActionPoint) -> Double {
        var sum = 0.0
        for column in 0..<outputs {
            let (from, to) = (old.shared[column], new.shared[column])
            let distance = shift(row, column, old, new) / exp(to)
            // expm1(2d) − 2d for d = ln(σₒ/σₙ) keeps its digits where the two are near each other.
            let d = 2 * (from - to)
            sum += 0.5 * (expm1(d) - d + distance * distance)
        }
        return sum
    }

    func divergenceGradient(
        row: Int, weight: Double, from old: ActionPoint, to new: ActionPoint,
        outputs result: UnsafeMutablePointer<Double>, shared: inout [Double]
    ) {
        for column in 0..<outputs {
            let (from, to) = (old.shared[column], new.shared[column])
            let z = shift(row, column, old, new) / exp(to)
            result[column] = weight * z / exp(to)
            shared[column] += weight * (-expm1(2 * (from - to)) - z * z)
        }
    }

    func fisher(
        row: Int, weight: Double, at point: ActionPoint, tangents: UnsafePointer<Double>,
        outputs result: UnsafeMutablePointer<Double>
    ) {
        for column in 0..<outputs {
            result[column] = weight * tangents[column] * exp(-2 * point.shared[column])
        }
    }

    func draw(at point: ActionPoint, using streams: inout [RandomStream]) -> PolicyActions {
        var vectors = point.rows
        let deviations = point.shared.map { exp($0) }
        for row in 0..<vectors.rows {
            for column in 0..<outputs {
                vectors.elements[row * outputs + column] +=
                    deviations[column] * Double(streams[row].nextNormal())
            }
        }
        return .vectors(vectors)
    }

    func mode(at point: ActionPoint) -> PolicyActions { .vectors(point.rows) }

    private func shift(_ row: Int, _ column: Int, _ old: ActionPoint, _ new: ActionPoint) -> Double {
        new.rows.elements[row * outputs + column] - old.rows.elements[row * outputs + column]
    }
}

private let halfLogTwoPi = 0.5 * log(2 * Double.pi)
