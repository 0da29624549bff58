import Foundation
import Tensors

/// A softmax over a finite choice, where inputs may forbid some of it: what is forbidden has probability exactly 0.
struct CategoricalActions: ActionDistribution {
    let outputs: Int
    var sharedCount: Int { 0 }
    var takesAllowed: Bool { true }
    var sharedFisher: Double { 0 }

    /// Outputs become log-probabilities: z − ln Σ exp z over what is allowed, −∞ elsewhere.
    func settle(_ rows: inout Matrix, allowed: [Bool]?) {
        for start in stride(from: 0, to: rows.elements.count, by: outputs) {
            if let allowed {
                for index in start..<start + outputs where !allowed[index] {
                    rows.elements[index] = -.infinity
                }
            }
            var largest = -Double.infinity
            for index in start..<start + outputs { largest = max(largest, rows.elements[index]) }
            var sum = 0.0
            for index in start..<start + outputs { sum += exp(rows.elements[index] - largest) }
            let normaliser = largest + log(sum)
            for index in start..<start + outputs { rows.elements[index] -= normaliser }
        }
    }

    func check(_ actions: PolicyActions) {
        guard case .choices(let choices) = actions else {
            preconditionFailure("a policy over a choice of \(outputs) needs the numbers of actions")
        }
        for (row, choice) in choices.enumerated() {
            precondition(0..<outputs ~= choice, "row \(row): action \(choice) of \(outputs)")
        }
    }

    private func choice(_ actions: PolicyActions, _ row: Int) -> Int {
        guard case .choices(let choices) = actions else { return 0 }
        return choices[row]
    }

    func logProbability(of actions: PolicyActions, row: Int, at point: ActionPoint) -> Double {
        point.rows.elements[row * outputs + choice(actions, row)]
    }

    func score(
        of actions: PolicyActions, row: Int, weight: Double, at point: ActionPoint,
        outputs result: UnsafeMutablePointer<Double>, shared: inout [Double]
    ) {
        for column in 0..<outputs {
            result[column] = -weight * exp(point.rows.elements[row * outputs + column])
        }
        result[choice(actions, row)] += weight
    }

    func entropy(row: Int, at point: ActionPoint) -> Double {
        var sum = 0.0
        for index in row * outputs..<(row + 1) * outputs where point.rows.elements[index] > -.infinity {
            sum -= exp(point.rows.elements[index]) * point.rows.elements[index]
        }
        return sum
    }

    /// ∂H/∂z = −p·(ln p + H).
    func addEntropyGradient(
        row: Int, weight: Double, at point: ActionPoint, outputs result: UnsafeMutablePointer<Double>,
        shared: inout [Double]
    ) {
        let entropy = entropy(row: row, at: point)
        for column in 0..<outputs {
            let logProbability = point.rows.elements[row * outputs + column]
            if logProbability > -.infinity {
                result[column] -= weight * exp(logProbability) * (logProbability + entropy)
            }
        }
    }

    func divergence(row: Int, from old: ActionPoint, to new: ActionPoint) -> Double {
        var sum = 0.0
        for index in row * outputs..<(row + 1) * outputs where old.rows.elements[index] > -.infinity {
            let from = old.rows.elements[index]
            sum += exp(from) * (from - new.rows.elements[index])
        }
        return sum
    }

    func divergenceGradient(
        row: Int, weight: Double, from old: ActionPoint, to new: ActionPoint,
        outputs result: UnsafeMutablePointer<Double>, shared: inout [Double]
    ) {
        for column in 0..<outputs {
            let index = row * outputs + column
            result[column] = weight * (exp(new.rows.elements[index]) - exp(old.rows.elements[index]))
        }
    }

    /// (diag(p) − p·pᵀ)·u = p·(u − pᵀu).
    func fisher(
        row: Int, weight: Double, at point: ActionPoint, tangents: UnsafePointer<Double>,
        outputs result: UnsafeMutablePointer<Double>
    ) {
        var mean = 0.0
        for column in 0..<outputs {
            result[column] = exp(point.rows.elements[row * outputs + column])
            mean += result[column] * tangents[column]
        }
        for column in 0..<outputs { result[column] *= weight * (tangents[column] - mean) }
    }

    /// The first action whose cumulated probability exceeds a uniform draw; rounding cannot lead beyond the last possible.
    func draw(at point: ActionPoint, using streams: inout [RandomStream]) -> PolicyActions {
        .choices(
            (0..<point.rows.rows).map { row in
                let uniform = Double(streams[row].nextInteger() >> 11) * 0x1p-53
                var (sum, last) = (0.0, 0)
                for column in 0..<outputs {
                    let probability = exp(point.rows.elements[row * outputs + column])
                    guard probability > 0 else { continue }
                    sum += probability
                    last = column
                    if sum > uniform { break }
                }
                return last
            })
    }

    func mode(at point: ActionPoint) -> PolicyActions {
        .choices(
            (0..<point.rows.rows).map { row in
                let start = row * outputs
                return (0..<outputs).reduce(0) {
                    point.rows.elements[start + $1] > point.rows.elements[start + $0] ? $1 : $0
                }
            })
    }
}
