import Tensors
import Verification

/// Small networks of all kinds of steps, for tests of soundness.
struct RandomNetwork {
    private var random: RandomStream

    /// A stream of networks.
    init(seed: UInt64) { random = RandomStream(seed: seed, for: .testing) }

    mutating func below(_ count: Int) -> Int { random.nextInteger(below: count) }
    mutating func uniform(_ low: Double, _ high: Double) -> Double {
        low + random.nextPreciseUniform() * (high - low)
    }

    private mutating func numbers(_ count: Int, _ scale: Double) -> [Double] {
        // Numbers of single precision, as networks store them.
        (0..<count).map { _ in Double(Float(uniform(-scale, scale))) }
    }

    /// Steps of a network of 1 to 4 inputs and 1 to 5 layers.
    mutating func nodes(functions: [ActivationFunction] = ActivationFunction.allCases) -> [NetworkNode] {
        var builder = NetworkBuilder(inputs: 1 + below(4))
        var place = 0
        let scale = [0.5, 1, 2, 4][below(4)]
        for _ in 0..<1 + below(4) {
            let (before, width) = (place, 1 + below(7))
            let rows = below(3) == 0 ? builder.width(before) : width
            let columns = builder.width(before)
            place = builder.affine(
                AffineMap(rows, columns, weight: numbers(rows * columns, scale), bias: numbers(rows, scale)),
                before)
            if below(4) == 0 && rows > 1 {
                place = builder.layerNorm(
                    scale: numbers(rows, 2), shift: numbers(rows, 1), epsilon: 1e-6, place)
            }
            if below(5) > 0 { place = builder.activation(functions[below(functions.count)], place) }
            if below(4) == 0 { place = builder.scaled(numbers(rows, 2), numbers(rows, 1), place) }
            if rows == builder.width(before) && below(2) == 0 {
                place = builder.sum([1, below(2) == 0 ? 1 : -1], [before, place])
            }
            if below(6) == 0 { place = builder.concatenation([before, place]) }
        }
        let (rows, columns) = (1 + below(3), builder.width(place))
        _ = builder.affine(
            AffineMap(rows, columns, weight: numbers(rows * columns, scale), bias: numbers(rows, scale)),
            place)
        return builder.nodes
    }

    /// A box, which now and then is thin.
    mutating func box(_ inputs: Int) -> [ClosedInterval] {
        (0..<inputs).map { _ in
            let low = uniform(-2, 2)
            return ClosedInterval(low, low + [0, 1e-6, 0.1, 1, 3][below(5)] * uniform(0, 1))
        }
    }

    /// A point of a box, often on its boundary.
    mutating func point(in box: [ClosedInterval]) -> [Double] {
        box.map { interval in
            switch below(4) {
            case 0: interval.low
            case 1: interval.high
            default: min(interval.high, uniform(interval.low, interval.high))
            }
        }
    }
}
