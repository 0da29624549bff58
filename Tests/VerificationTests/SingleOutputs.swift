import Foundation
import Verification

extension VerifiableNetwork {
    /// The outputs at a point by arithmetic in single precision, as a kernel might do it: sums in rising order.
    func singleOutputs(at point: [Double]) -> [Double] {
        var values: [[Float]] = [point.map { Float($0) }]
        for node in nodes.dropFirst() {
            let x = values[node.inputs[0]]
            switch node.operation {
            case .input, .gate: values.append(x)
            case .affine(let map):
                values.append(
                    (0..<map.rows).map { row in
                        var sum = Float(0)
                        for j in 0..<map.columns { sum += Float(map.weight[row * map.columns + j]) * x[j] }
                        return sum + Float(map.bias[row])
                    })
            case .activation(let function): values.append(x.map { Float(function.value(Double($0))) })
            case .centre:
                let mean = x.reduce(0, +) / Float(x.count)
                values.append(x.map { $0 - mean })
            case .normalise(let scale, let shift, let epsilon):
                let variance = x.reduce(0) { $0 + $1 * $1 } / Float(x.count)
                let inverse = 1 / (variance + Float(epsilon)).squareRoot()
                values.append(x.indices.map { x[$0] * inverse * Float(scale[$0]) + Float(shift[$0]) })
            case .scaled(let scale, let shift):
                values.append(x.indices.map { x[$0] * Float(scale[$0]) + Float(shift[$0]) })
            case .sum(let factors):
                values.append(
                    x.indices.map { place in
                        zip(factors, node.inputs).reduce(Float(0)) { $0 + Float($1.0) * values[$1.1][place] }
                    })
            case .concatenation: values.append(node.inputs.flatMap { values[$0] })
            }
        }
        return values[values.count - 1].map(Double.init)
    }
}
