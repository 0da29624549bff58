import Foundation
import Tensors

/// A network applied to rows of observations, with what its derivatives need: the activations are kept.
///
/// `forward` comes first; `tangents` and `gradient` then belong to the same observations and parameters. Rows are split
/// into parts whose number depends on the shape alone, and sums over parts are taken in order, so results do not depend
/// on the number of threads. Nothing is allocated after `init`.
package final class DensePass {
    package let network: DenseNetwork
    /// Largest number of rows.
    package let capacity: Int
    /// Rows of the last `forward`.
    package private(set) var rows = 0

    private let block: UnsafeMutablePointer<Double>
    private let activations: [UnsafeMutablePointer<Double>]  // [capacity, width], the observations first
    private let derivatives: [UnsafeMutablePointer<Double>]  // tangents or cotangents of the same
    private let resultTangents: UnsafeMutablePointer<Double>  // [capacity, outputs]
    private let partial: UnsafeMutablePointer<Double>  // [parts, parameters]

    package init(_ network: DenseNetwork, capacity: Int) {
        precondition(capacity >= 1, "a pass over \(capacity) rows")
        (self.network, self.capacity) = (network, capacity)
        let widths = network.widths
        let values = widths.reduce(0, +)
        let count =
            capacity * (2 * values + network.outputs) + Self.parts(network, capacity) * network.parameterCount
        block = .allocate(capacity: count)
        block.initialize(repeating: 0, count: count)
        var place = block
        func take(_ count: Int) -> UnsafeMutablePointer<Double> {
            defer { place += count }
            return place
        }
        activations = widths.map { take(capacity * $0) }
        derivatives = widths.map { take(capacity * $0) }
        resultTangents = take(capacity * network.outputs)
        partial = place
    }

    deinit { block.deallocate() }

    /// The outputs of the last `forward`, `[rows, outputs]`.
    package var outputs: UnsafeMutableBufferPointer<Double> { last(activations) }
    /// What `gradient` goes back from, `[rows, outputs]`.
    package var cotangents: UnsafeMutableBufferPointer<Double> { last(derivatives) }
    /// The outputs of the last `tangents`, `[rows, outputs]`.
    package var tangents: UnsafeMutableBufferPointer<Double> {
        UnsafeMutableBufferPointer(start: resultTangents, count: rows * network.outputs)
    }

    private func last(_ buffers: [UnsafeMutablePointer<Double>]) -> UnsafeMutableBufferPointer<Double> {
        UnsafeMutableBufferPointer(start: buffers[buffers.count - 1], count: rows * network.outputs)
    }

    /// Parts of that many rows; more rows never give fewer.
    private static func parts(_ network: DenseNetwork, _ rows: Int) -> Int {
        Shards.parts(rows: rows, elements: rows * network.widths.reduce(0, +), smallestPart: 128)
    }

    /// What is done with a part of the rows; plain data, since a closure handed on would allocate.
    private enum Work { case forward, tangents, gradient }

    private func share(_ work: Work, _ parameters: [Double], along direction: [Double]) {
        network.check(parameters)
        network.check(direction)
        let parts = Self.parts(network, rows)
        parameters.withUnsafeBufferPointer { parameters in
            direction.withUnsafeBufferPointer { direction in
                guard let theta = parameters.baseAddress, let v = direction.baseAddress else { return }
                Shards.run(parts, on: (self, work, parts, theta, v)) { context, part in
                    let (pass, work, parts, theta, v) = context
                    let range = Shards.range(part, of: parts, rows: pass.rows)
                    switch work {
                    case .forward: pass.forward(range, theta)
                    case .tangents: pass.differentiate(range, theta, v)
                    case .gradient:
                        pass.goBack(range, theta, pass.partial + part * pass.network.parameterCount)
                    }
                }
            }
        }
    }
}

// MARK: - Forward

extension DensePass {
    /// Applies the network.
    ///
    /// - Parameters:
    ///   - observations: `[rows, inputs]`, copied.
    ///   - rows: in 1 … `capacity`.
    ///   - parameters: the flat vector.
    package func forward(_ observations: UnsafePointer<Double>, rows: Int, parameters: [Double]) {
        precondition(rows >= 1 && rows <= capacity, "\(rows) rows in a pass of at most \(capacity)")
        self.rows = rows
        activations[0].update(from: observations, count: rows * network.inputs)
        share(.forward, parameters, along: parameters)
    }

    private func forward(_ range: Range<Int>, _ theta: UnsafePointer<Double>) {
        for (number, layer) in network.layers.enumerated() {
            let y = activations[number + 1] + range.lowerBound * layer.outputs  // [part, outputs]
            for row in 0..<range.count {
                (y + row * layer.outputs).update(from: theta + layer.biases, count: layer.outputs)
            }
            multiply(range, activations[number], theta, layer, y)
            if number < network.layers.count - 1 {
                for index in 0..<range.count * layer.outputs { y[index] = tanh(y[index]) }
            }
        }
    }

    /// y += x·Wᵀ.
    private func multiply(
        _ range: Range<Int>, _ x: UnsafePointer<Double>, _ weights: UnsafePointer<Double>,
        _ layer: DenseNetwork.Layer, _ y: UnsafeMutablePointer<Double>
    ) {
        DoubleProducts.multiply(
            range.count, layer.outputs, layer.inputs, x + range.lowerBound * layer.inputs, lda: layer.inputs,
            weights + layer.weights, ldb: layer.inputs, transposeB: true, beta: 1, y, ldc: layer.outputs)
    }
}

// MARK: - Derivatives

extension DensePass {
    /// The directional derivative of the outputs along a direction of the parameters, into `tangents`: J·v, exactly.
    ///
    /// - Parameters:
    ///   - direction: v, laid out as the parameters are.
    ///   - parameters: those of the last `forward`.
    package func differentiate(along direction: [Double], parameters: [Double]) {
        share(.tangents, parameters, along: direction)
    }

    private func differentiate(
        _ range: Range<Int>, _ theta: UnsafePointer<Double>, _ v: UnsafePointer<Double>
    ) {
        for (number, layer) in network.layers.enumerated() {
            let isLast = number == network.layers.count - 1
            let into = isLast ? resultTangents : derivatives[number + 1]
            let t = into + range.lowerBound * layer.outputs  // [part, outputs]
            for row in 0..<range.count {
                (t + row * layer.outputs).update(from: v + layer.biases, count: layer.outputs)
            }
            multiply(range, activations[number], v, layer, t)
            if number > 0 { multiply(range, derivatives[number], theta, layer, t) }
            if !isLast { scaleByTanhDerivative(t, number + 1, range) }
        }
    }

    /// The gradient of Σ cotangents·outputs with respect to the parameters: Jᵀ·u, exactly.
    ///
    /// - Parameters:
    ///   - result: the places of this network's parameters are overwritten, others stay.
    ///   - parameters: those of the last `forward`.
    package func gradient(into result: inout [Double], parameters: [Double]) {
        network.check(result)
        share(.gradient, parameters, along: parameters)
        let (count, offset) = (network.parameterCount, network.offset)
        for index in 0..<count { result[offset + index] = partial[index] }
        for part in 1..<max(Self.parts(network, rows), 1) {
            let sums = partial + part * count
            for index in 0..<count { result[offset + index] += sums[index] }
        }
    }

    private func goBack(
        _ range: Range<Int>, _ theta: UnsafePointer<Double>, _ sums: UnsafeMutablePointer<Double>
    ) {
        for (number, layer) in network.layers.enumerated().reversed() {
            let u = derivatives[number + 1] + range.lowerBound * layer.outputs  // [part, outputs]
            let x = activations[number] + range.lowerBound * layer.inputs  // [part, inputs]
            DoubleProducts.multiply(
                layer.outputs, layer.inputs, range.count, u, lda: layer.outputs, transposeA: true, x,
                ldb: layer.inputs, sums + (layer.weights - network.offset), ldc: layer.inputs)
            let biases = sums + (layer.biases - network.offset)
            biases.update(repeating: 0, count: layer.outputs)
            for row in 0..<range.count {
                for column in 0..<layer.outputs { biases[column] += u[row * layer.outputs + column] }
            }
            guard number > 0 else { return }
            let below = derivatives[number] + range.lowerBound * layer.inputs
            DoubleProducts.multiply(
                range.count, layer.inputs, layer.outputs, u, lda: layer.outputs, theta + layer.weights,
                ldb: layer.inputs, below, ldc: layer.inputs)
            scaleByTanhDerivative(below, number, range)
        }
    }

    /// d ← d·(1 − y²) for a hidden layer's values y.
    private func scaleByTanhDerivative(
        _ d: UnsafeMutablePointer<Double>, _ number: Int, _ range: Range<Int>
    ) {
        let width = network.widths[number]
        let y = activations[number] + range.lowerBound * width
        for index in 0..<range.count * width { d[index] *= 1 - y[index] * y[index] }
    }
}
