import Verification

extension VerifiableNetwork {
    /// A network of dense layers, each but the last followed by one function: what tests write down by hand.
    ///
    /// - Parameters:
    ///   - layers: rows of the weight, and the bias.
    ///   - function: of all hidden layers; nothing for none.
    package init(_ layers: [(weight: [[Double]], bias: [Double])], _ function: ActivationFunction? = .relu) {
        var builder = NetworkBuilder(inputs: layers[0].weight[0].count)
        var place = 0
        for (index, layer) in layers.enumerated() {
            let map = AffineMap(
                layer.bias.count, layer.weight[0].count, weight: layer.weight.flatMap { $0 },
                bias: layer.bias)
            place = builder.affine(map, place)
            if let function, index + 1 < layers.count { place = builder.activation(function, place) }
        }
        self.init(builder.nodes)
    }
}
