/// Derivatives of ReLU networks by the patterns of which units are on.
///
/// Where a box holds kinks, lines lose how the slopes of one layer go with those of another, however small the box is. Along a line the derivative is that of
/// one pattern almost everywhere, so that an output does not fall where no pattern's derivative is negative.
extension BoxBounds {
    /// Units that may be on or off for their patterns to be tried.
    static let mostOpenUnits = 10

    /// Whether the derivative that a set of `monotone` asks about is not negative for any pattern of the box that was bounded last.
    func isProvedByPatterns(_ set: [OutputConstraint]) -> Bool {
        guard set.count == 1, set[0].isStrict, set[0].offset == 0, let slopes = unitSlopes() else {
            return false
        }
        let open = slopes.enumerated().flatMap { index, row in
            row.enumerated().filter { $0.element == nil }.map { (index, $0.offset) }
        }
        guard open.count <= Self.mostOpenUnits else { return false }
        for pattern in 0..<1 << open.count {
            var fixed = slopes.map { $0.map { $0 ?? 0 } }
            for (bit, place) in open.enumerated() where pattern >> bit & 1 == 1 {
                fixed[place.0][place.1] = 1
            }
            guard let bound = derivative(fixed, set[0].coefficients), bound >= 0 else { return false }
        }
        return true
    }

    /// The slope of each unit of each gate, nothing where it may be 0 or 1; nothing at all for a network that has no ReLU gates alone.
    private func unitSlopes() -> [[Double?]]? {
        var result: [[Double?]] = []
        var hasGate = false
        for node in network.nodes {
            guard case .gate(let function) = node.operation else {
                result.append([])
                continue
            }
            guard function == .relu else { return nil }
            hasGate = true
            let y = states[node.inputs[0]]
            result.append((0..<y.width).map { y.low[$0] >= 0 ? 1 : y.high[$0] <= 0 ? 0 : nil })
        }
        return hasGate ? result : nil
    }

    /// A lower bound of the derivative for fixed slopes; nothing where a step is not linear in them.
    private func derivative(_ slopes: [[Double]], _ row: [Double]) -> Double? {
        // Values and sums of magnitudes; of steps that do not depend on slopes none.
        var values: [[(value: Double, size: Double)]?] = [nil]
        for (index, node) in network.nodes.enumerated().dropFirst() {
            let inputs = node.inputs.map { values[$0] }
            switch node.operation {
            case .affine(let map) where map.weight.allSatisfy { $0 == 0 }:
                values.append(map.bias.map { ($0, abs($0)) })
            case .affine(let map):
                values.append(inputs[0].map { Self.product(map, $0) })
            case .gate:
                guard let v = inputs[1] else { return nil }
                values.append(zip(slopes[index], v).map { ($0 * $1.value, $0 * $1.size) })
            case .scaled(let scale, _):
                values.append(inputs[0].map { zip(scale, $0).map { ($0 * $1.value, abs($0) * $1.size) } })
            case .sum(let factors):
                let parts = inputs.compactMap { $0 }
                guard parts.count == inputs.count else {
                    values.append(nil)
                    continue
                }
                values.append(
                    parts[0].indices.map { place in
                        zip(factors, parts).reduce((0, 0)) {
                            ($0.0 + $1.0 * $1.1[place].value, $0.1 + abs($1.0) * $1.1[place].size)
                        }
                    })
            default: values.append(nil)
            }
        }
        guard let last = values[values.count - 1] else { return nil }
        let (value, size) = zip(row, last).reduce((0.0, 0.0)) {
            ($0.0 + $1.0 * $1.1.value, $0.1 + abs($1.0) * $1.1.size)
        }
        // Without terms there is nothing to round.
        return size == 0 ? 0 : value - 2 * termsRounding * size
    }

    private static func product(_ map: AffineMap, _ x: [(value: Double, size: Double)]) -> [(
        value: Double, size: Double
    )] {
        (0..<map.rows).map { i in
            var (sum, size) = (0.0, 0.0)
            for j in 0..<map.columns {
                sum += map.weight[i * map.columns + j] * x[j].value
                size += map.magnitude[i * map.columns + j] * x[j].size
            }
            return (sum, size)
        }
    }
}
