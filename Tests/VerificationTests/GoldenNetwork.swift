import Foundation
import Storage
import Verification

/// A network of the set `guard`, as its README describes it.
struct GoldenNetwork: Decodable {
    struct Layer: Decodable {
        struct Norm: Decodable {
            let epsilon: Double
            let scale, shift: [Double]
        }
        let weight: [[Double]]
        let bias: [Double]
        let norm: Norm?
        let residual: Bool?
    }

    let sizes: [Int]
    let activation: String
    let layers: [Layer]

    /// The network; the last layer is affine.
    func network() throws -> VerifiableNetwork {
        guard let function = ActivationFunction(rawValue: activation) else {
            throw VerificationError("activation", "\(activation) is none")
        }
        var builder = NetworkBuilder(inputs: sizes[0])
        var place = 0
        for (index, layer) in layers.enumerated() {
            let map = AffineMap(
                layer.bias.count, layer.weight[0].count, weight: layer.weight.flatMap { $0 }, bias: layer.bias
            )
            var next = builder.affine(map, place)
            if let norm = layer.norm {
                next = builder.layerNorm(
                    scale: norm.scale, shift: norm.shift, epsilon: norm.epsilon, next)
            }
            if index < layers.count - 1 { next = builder.activation(function, next) }
            if layer.residual == true { next = builder.sum([1, 1], [place, next]) }
            place = next
        }
        return VerifiableNetwork(builder.nodes)
    }
}

/// An entry of `ranges_relu.json` or `ranges_smooth.json` beside its network.
struct GoldenRange: Decodable {
    let box: [[Double]]
    let objective: [Double]
    let minimum_double, maximum_double: Double?
    let attained_minimum, attained_maximum: Double?

    var intervals: [ClosedInterval] { box.map { ClosedInterval($0[0], $0[1]) } }
    var values: ClosedInterval {
        ClosedInterval(minimum_double ?? attained_minimum ?? .nan, maximum_double ?? attained_maximum ?? .nan)
    }
}

/// An entry of `robustness.json` beside its network.
struct GoldenRobustness: Decodable {
    struct Ball: Decodable {
        let radius: Double
        let smallest_margin: String
        let holds: Bool
    }
    struct Rise: Decodable {
        let input: Int
        let rises: Bool
    }
    let point: [Double]
    let `class`: Int
    let robustness: [Ball]
    let monotone: [Rise]
}

/// An entry of `activations.json`.
struct GoldenActivation: Decodable {
    let activation: String
    let low, high: Double
    let minimum, maximum, secant, offset_low, offset_high: String
}

/// A fraction such as `-695/512`, or a decimal, as the nearest `Double`.
func number(_ text: String) -> Double {
    let parts = text.split(separator: "/").compactMap { Double($0) }
    return parts.count == 2 ? parts[0] / parts[1] : parts.first ?? .nan
}

extension VerificationProperty {
    /// A property from JSON text.
    init(json: String, semantics: Semantics) throws {
        self = try VerificationProperty.read(
            JSONValue(parsing: Array(json.utf8)), FaultPlace("property"), semantics
        ).property
    }
}
