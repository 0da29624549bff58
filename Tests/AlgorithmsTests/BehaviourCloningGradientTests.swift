import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

/// The loss and its gradient against the formula in double precision and its central differences.
@Suite struct BehaviourCloningGradientTests {
    /// The network's numbers in double precision, by name.
    private struct Reference {
        var weights: [String: [Double]]
        let layers: [(name: String, inputs: Int, outputs: Int)]

        /// Mean over rows and components of (tanh(network(s)) − a)².
        func loss(_ states: [[Double]], _ actions: [[Double]]) -> Double {
            var total = 0.0
            for (state, action) in zip(states, actions) {
                var x = state
                for (number, layer) in layers.enumerated() {
                    x = apply(layer, x)
                    if number < layers.count - 1 { x = x.map { max($0, 0) } }
                }
                for (y, a) in zip(x, action) {
                    let error = tanh(y) - a
                    total += error * error
                }
            }
            return total / Double(states.count * actions[0].count)
        }

        private func apply(_ layer: (name: String, inputs: Int, outputs: Int), _ x: [Double]) -> [Double] {
            guard let w = weights["\(layer.name).weight"], let b = weights["\(layer.name).bias"] else {
                return []
            }
            return (0..<layer.outputs).map { column in
                (0..<layer.inputs).reduce(b[column]) { $0 + x[$1] * w[$1 * layer.outputs + column] }
            }
        }
    }

    @Test func lossAndGradientAreThoseOfTheFormula() throws {
        let c = BehaviourCloning.Configuration.with { ($0.rows, $0.widths) = (7, [6, 5]) }
        let bc = try BehaviourCloning(c, on: try randomTransitions(), seed: 4)
        let learner = bc.actor.learner
        var stream = RandomStream(seed: 21, for: .testing)
        var reference = Reference(weights: [:], layers: [("l0", 3, 6), ("l1", 6, 5), ("out", 5, 2)])
        for entry in learner.layout.entries {
            // Biases start at 0; random ones make their part of the formula count.
            let values = learner.elements(entry, .weights)
            if entry.name.hasSuffix(".bias") {
                for index in values.indices { values[index] = stream.nextUniform(in: -0.3..<0.3) }
            }
            reference.weights[entry.name] = values.map { Double($0) }
        }
        bc.drawBatch()
        let loss = try learner.differentiate(on: bc.tape) { bc.error() }

        func columns(_ tensor: borrowing Tensor) -> [[Double]] {
            (0..<tensor.shape.rows).map { row in
                (0..<tensor.shape.columns).map { Double(tensor.buffer[row * tensor.shape.columns + $0]) }
            }
        }
        let (states, actions) = (columns(bc.batch.observations), columns(bc.batch.actions))
        #expect(abs(Double(loss) / reference.loss(states, actions) - 1) < 1e-5)
        for entry in learner.layout.entries {
            let start = try #require(reference.weights[entry.name])
            let slopes = start.indices.map { index in
                var (up, down) = (reference, reference)
                up.weights[entry.name]?[index] += 1e-6
                down.weights[entry.name]?[index] -= 1e-6
                return Float((up.loss(states, actions) - down.loss(states, actions)) / 2e-6)
            }
            #expect(relativeError(learner.elements(entry, .gradient), slopes) < 1e-4, "\(entry.name)")
        }
    }
}
