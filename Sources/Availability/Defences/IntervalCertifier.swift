/// A network of fully connected layers with rectified ones between them, whose output is bounded over boxes.
///
/// Centres and half widths are propagated in `Double` and not rounded outward: who needs a proof asks `saferl verify`.
public struct IntervalCertifier: Sendable {
    /// One layer.
    public struct Layer: Sendable, Hashable {
        /// `[inputs][outputs]`, and `[outputs]`.
        public let weights: [[Double]]
        /// See `weights`.
        public let bias: [Double]

        /// Takes numbers.
        public init(weights: [[Double]], bias: [Double]) {
            precondition(weights.allSatisfy { $0.count == bias.count }, "a layer of uneven rows")
            (self.weights, self.bias) = (weights, bias)
        }
    }

    private let layers: [Layer]

    /// Takes layers, the last of which has one output.
    public init(_ layers: [Layer]) {
        precondition(layers.last?.bias.count == 1, "a certifier of one output")
        self.layers = layers
    }

    /// Bounds of the output over all inputs that differ by `radius` at most in every entry.
    ///
    /// - Parameters:
    ///   - centre: an input.
    ///   - radius: at least 0.
    /// - Returns: the least and the largest output, or wider.
    public func bounds(round centre: [Double], radius: Double) -> ClosedRange<Double> {
        precondition(radius >= 0 && centre.count == layers[0].weights.count)
        var (low, high) = (centre.map { $0 - radius }, centre.map { $0 + radius })
        for (number, layer) in layers.enumerated() {
            if number > 0 { (low, high) = (low.map { max($0, 0) }, high.map { max($0, 0) }) }
            var (middle, width) = (layer.bias, [Double](repeating: 0, count: layer.bias.count))
            for (input, row) in layer.weights.enumerated() {
                let (mean, half) = ((low[input] + high[input]) / 2, (high[input] - low[input]) / 2)
                for output in row.indices {
                    middle[output] += mean * row[output]
                    width[output] += half * abs(row[output])
                }
            }
            (low, high) = (zip(middle, width).map { $0 - $1 }, zip(middle, width).map { $0 + $1 })
        }
        return low[0]...high[0]
    }

    /// Whether the output is above 0, the row unsafe, in the whole box; nothing where it is neither above nor below.
    public func isUnsafe(round centre: [Double], radius: Double) -> Bool? {
        let range = bounds(round: centre, radius: radius)
        return range.lowerBound > 0 ? true : range.upperBound < 0 ? false : nil
    }
}
