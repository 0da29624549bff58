/// Bounds of a network's outputs over one box, without a search.
public enum OutputBounds {
    /// Bounds every output.
    ///
    /// - Parameters:
    ///   - box: one interval an input.
    ///   - network: whose outputs.
    ///   - semantics: what it is taken to compute.
    /// - Returns: one interval an output that contains every value.
    public static func over(_ box: [ClosedInterval], _ network: VerifiableNetwork, _ semantics: Semantics)
        -> [ClosedInterval]
    {
        precondition(box.count == network.inputs, "a box of \(box.count) sides for \(network.inputs) inputs")
        let space = BoxBounds(network, semantics)
        let ends = box.map(\.low) + box.map(\.high)
        ends.withUnsafeBufferPointer { ends in
            guard let low = ends.baseAddress else { return }
            space.bound(low: low, high: low + network.inputs)
        }
        return (0..<network.outputs).map { output in
            var row = [Double](repeating: 0, count: network.outputs)
            var bounds = [0.0, 0]
            var gradient = [Double](repeating: 0, count: 2 * network.inputs)
            row[output] = 1
            space.lowerBounds(of: [row, row.map { -$0 }], plus: [0, 0], into: &bounds, gradient: &gradient)
            return ClosedInterval(bounds[0], -bounds[1])
        }
    }
}
