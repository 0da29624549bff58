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

    func head(_ outputs: VariableOf<Double>, shared: VariableOf<Double>?, allowed: [Bool]?) -> ActionHead {
        ActionHead(outputs: outputs, shared: shared, rows: outputs)
    }

    func check(_ actions: PolicyActions) {
        guard case .vectors(let vectors) = actions, vectors.columns == outputs else {
            preconditionFailure("a Gaussian policy over \(outputs) numbers needs action vectors of that size")
        }
    }

    private func logDeviation(_ head: ActionHead) -> VariableOf<Double> {
        guard let shared = head.shared else { preconditionFailure("a Gaussian without deviations") }
        return shared
    }

    func logProbability(of actions: PolicyActions, at head: ActionHead) -> VariableOf<Double> {
        guard case .vectors(let vectors) = actions else {
            preconditionFailure("a Gaussian policy needs action vectors")
        }
        return gaussianLogDensity(
            head.tape.constant(vectors), mean: head.rows, logDeviation: logDeviation(head))
    }

    /// Σ ln σ + ½·ln 2πe.
    func entropy(at head: ActionHead) -> VariableOf<Double> {
        logDeviation(head).sum() + Double(outputs) * 0.5 * (log(2 * Double.pi) + 1)
    }

    /// Σ ½·(e²ᵈ − 1 − 2d + ((μₒ − μₙ)/σₙ)²) with d = ln(σₒ/σₙ).
    func divergence(from old: ActionPoint, to new: ActionHead) -> VariableOf<Double> {
        let (tape, to) = (new.tape, logDeviation(new))
        let from = old.shared.withUnsafeBufferPointer { tape.constant($0, 1, old.shared.count) }
        let ratio = 2 * (from - to)
        let shift = (new.rows - tape.constant(old.rows)) * (-to).exp()
        return 0.5 * (shift.squared() + (ratio.exp() - 1 - ratio)).rowSums()
    }

    func fisher(
        row: Int, weight: Double, at head: ActionHead, tangents: UnsafePointer<Double>,
        outputs result: UnsafeMutablePointer<Double>
    ) {
        let logDeviation = logDeviation(head).values
        for column in 0..<outputs {
            result[column] = weight * tangents[column] * exp(-2 * logDeviation[column])
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
}
