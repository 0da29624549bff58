/// One step of a network: what is computed from which earlier steps.
package struct NetworkNode: Sendable {
    /// What a node computes.
    package enum Operation: Sendable {
        /// The network's input.
        case input
        /// W·x + b of one node.
        case affine(AffineMap)
        /// A function of each number of one node.
        case activation(ActivationFunction)
        /// f′(y)·v of two nodes, y and v.
        case gate(ActivationFunction)
        /// x − mean(x) of one node.
        case centre
        /// scale·v/√(mean(v²) + epsilon) + shift of a node that is centred.
        case normalise(scale: [Double], shift: [Double], epsilon: Double)
        /// scale·x + shift of one node, number by number.
        case scaled(scale: [Double], shift: [Double])
        /// Σ factor·x over nodes of equal width.
        case sum([Double])
        /// Nodes behind each other.
        case concatenation
    }

    /// What it computes.
    package let operation: Operation
    /// The nodes that it reads, each earlier than itself.
    package let inputs: [Int]
    /// How many numbers it has.
    package let width: Int
}

/// A dense matrix with an offset.
package final class AffineMap: Sendable {
    /// Rows, one an output.
    package let rows: Int
    /// Columns, one an input.
    package let columns: Int
    /// W, row-major.
    package let weight: [Double]
    /// |W|, row-major.
    package let magnitude: [Double]
    /// b.
    package let bias: [Double]

    /// Takes a matrix.
    ///
    /// - Parameters:
    ///   - rows: outputs.
    ///   - columns: inputs.
    ///   - weight: `[rows, columns]`, finite.
    ///   - bias: `[rows]`, finite.
    package init(_ rows: Int, _ columns: Int, weight: [Double], bias: [Double]) {
        precondition(weight.count == rows * columns && bias.count == rows, "an affine map of other sizes")
        (self.rows, self.columns, self.weight, self.bias) = (rows, columns, weight, bias)
        magnitude = weight.map(abs)
    }
}
